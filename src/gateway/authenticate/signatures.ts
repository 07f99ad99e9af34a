/** What all signature schemes share: several signatures, several keys, bounded work. */
import { type Bytes, concat } from '../../platform/bytes.ts'
import { Scratch } from '../../platform/scratch.ts'
import type { Encoding } from '../../providers/evidence.ts'
import { type Outcome, pass, refuse } from '../outcome.ts'
import { fits, verifies } from './keys.ts'
import { MAX_KEYS, MAX_SIGNATURES, decodePresented } from './limits.ts'
import type { KeyUse, SchemeContext } from './scheme.ts'

interface Signed {
  readonly slots: readonly string[]
  readonly signatures: readonly { readonly text: string; readonly encoding: Encoding }[]
  readonly signed: readonly Uint8Array[]
}

interface How {
  readonly use: KeyUse
  /** From the bytes that were presented to those that WebCrypto takes; `undefined` for a form that is not allowed. */
  readonly form: (signature: Bytes) => Bytes | undefined
}

/** Passes when one of the presented signatures was made with one of the source's keys. */
export function verifySigned(
  evidence: Signed,
  context: SchemeContext,
  how: How,
): Outcome<void> | Promise<Outcome<void>> {
  const signatures: Bytes[] = []
  const presented = Math.min(evidence.signatures.length, MAX_SIGNATURES)
  for (let i = 0; i < presented; i++) {
    const entry = evidence.signatures[i]
    const bytes = entry && decodePresented(entry.text, entry.encoding)
    const formed = bytes && how.form(bytes)
    if (formed !== undefined) signatures.push(formed)
  }
  if (signatures.length === 0) {
    return refuse({ code: isAbsent(evidence) ? 'proof_missing' : 'proof_malformed', field: 'signature' })
  }
  return verifyBytes(signatures, evidence, context, how)
}

/** As {@link verifySigned}, for signatures that are already decoded. */
export async function verifyBytes(
  signatures: readonly Bytes[],
  { slots, signed }: Pick<Signed, 'slots' | 'signed'>,
  context: SchemeContext,
  { use }: Pick<How, 'use'>,
): Promise<Outcome<void>> {
  const secrets = context.secrets(slots)
  let keys = 0
  for (const secret of secrets) if (fits(secret, use)) keys++
  if (keys === 0) return refuse({ code: 'secret_missing' })

  const whole = wholeOf(signed)
  for (const signature of signatures) {
    let tried = 0
    for (const secret of secrets) {
      if (!fits(secret, use)) continue
      if (tried++ === MAX_KEYS || (!isCheap(use) && !context.attempts.take())) break
      const key = context.keyOf(secret, use)
      const ready = key instanceof Promise ? await key : key
      if (await verifies(use, ready, signature, whole ?? lent.concat(signed))) return pass(undefined)
    }
  }
  return refuse({ code: 'signature_mismatch', keysTried: Math.min(keys, MAX_KEYS) })
}

/** Parts of a few kilobytes are put together in lent memory, anew for each attempt: half a microsecond less than an array. */
const LENT_BYTES = 16 * 1024
const lent = new Scratch(LENT_BYTES)

/** The bytes that were signed where they are in one piece or large; `undefined` where lent memory takes them. */
function wholeOf(signed: readonly Uint8Array[]): Uint8Array | undefined {
  const [first] = signed
  if (signed.length === 1 && first !== undefined) return first
  let length = 0
  for (const { byteLength } of signed) length += byteLength
  return length > LENT_BYTES ? concat(signed) : undefined
}

/** Their number is bounded by the signatures and the keys alone. */
const isCheap = (use: KeyUse): boolean => use.startsWith('hmac-')

const isAbsent = ({ signatures }: Signed): boolean => signatures.every(({ text }) => text === '')
