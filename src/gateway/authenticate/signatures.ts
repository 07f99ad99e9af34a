/** What all signature schemes share: several signatures, several keys, bounded work. */
import { type Bytes, concat } from '../../platform/bytes.ts'
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
export async function verifySigned(
  evidence: Signed,
  context: SchemeContext,
  how: How,
): Promise<Outcome<void>> {
  const signatures: Bytes[] = []
  for (const { text, encoding } of evidence.signatures.slice(0, MAX_SIGNATURES)) {
    const bytes = decodePresented(text, encoding)
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
  const secrets = context
    .secrets(slots)
    .filter((secret) => fits(secret, use))
    .slice(0, MAX_KEYS)
  if (secrets.length === 0) return refuse({ code: 'secret_missing' })

  const [first] = signed
  const bytes = signed.length === 1 && first !== undefined ? first : concat(signed)
  for (const signature of signatures)
    for (const secret of secrets) {
      if (!isCheap(use) && !context.attempts.take()) break
      const key = await context.keyOf(secret, use)
      if (await verifies(use, key, signature, bytes)) return pass(undefined)
    }
  return refuse({ code: 'signature_mismatch', keysTried: secrets.length })
}

/** Their number is bounded by the signatures and the keys alone. */
const isCheap = (use: KeyUse): boolean => use.startsWith('hmac-')

const isAbsent = ({ signatures }: Signed): boolean => signatures.every(({ text }) => text === '')
