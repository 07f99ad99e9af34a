/** What all signature schemes share: several signatures, several keys, bounded work. */
import { type Bytes, concat } from '../../platform/bytes.ts'
import { Scratch } from '../../platform/scratch.ts'
import type { Encoding } from '../../providers/presented-credentials.ts'
import { type Outcome, pass, refuse } from '../outcome.ts'
import { keysFor, verifies } from './keys.ts'
import { MAX_SIGNATURES, decodePresented } from './limits.ts'
import type { KeyUse, SchemeContext } from './scheme.ts'

interface Presented {
  readonly text: string
  readonly encoding: Encoding
}

export interface Signed {
  readonly slots: readonly string[]
  readonly signatures: readonly Presented[]
  readonly signed: readonly Uint8Array[]
}

/** Made once and not for each delivery: in workerd that alone is a tenth of an HMAC. */
export interface How {
  readonly use: KeyUse
  /** From the bytes that were presented to those that WebCrypto takes; `undefined` for a form that is not allowed. */
  readonly form: (signature: Bytes) => Bytes | undefined
}

/** Passes when one of the presented signatures was made with one of the source's keys. */
export async function verifySigned(
  { slots, signatures, signed }: Signed,
  context: SchemeContext,
  { use, form }: How,
): Promise<Outcome<void>> {
  const imported = keysFor(context.secrets(slots), use)
  const keys = imported instanceof Promise ? await imported : imported
  let whole: Uint8Array | undefined
  let wellFormed = 0
  for (const presented of signatures) {
    let signature = read(presented, form)
    // What is malformed takes no place of one that is not.
    if (signature === undefined) continue
    if (wellFormed++ === MAX_SIGNATURES) break
    for (const key of keys) {
      // Once something was awaited, the lent memory holds another's.
      signature ??= read(presented, form)
      if (signature === undefined || (!CHEAP.has(use) && !context.attempts.take())) break
      // Nothing is put together for a signature that cannot be one: a body may be large.
      whole ??= wholeOf(signed)
      if (await verifies(use, key, signature, whole ?? lentForBytes.join(signed))) return pass(undefined)
      signature = undefined
    }
  }
  if (wellFormed === 0) {
    return refuse({ code: isAbsent(signatures) ? 'proof_missing' : 'proof_malformed', field: 'signature' })
  }
  return keys.length === 0
    ? refuse({ code: 'secret_missing' })
    : refuse({ code: 'signature_mismatch', keysAttempted: keys.length })
}

/**
 * What is handed to WebCrypto is put together in lent memory, anew for each attempt: memory of its own costs half a microsecond
 * for the bytes that were signed and as much for the signature, and of 64 KB it costs a fiftieth of the delivery.
 */
const LENT_BYTES = 128 * 1024
const lentForBytes = new Scratch(LENT_BYTES)
/** An RSA-8192 signature. */
const lentForSignature = new Scratch(1024)

function read({ text, encoding }: Presented, form: How['form']): Bytes | undefined {
  const bytes = decodePresented(text, encoding, lentForSignature.lend)
  return bytes && form(bytes)
}

/** The bytes that were signed where they are in one piece or large; `undefined` where lent memory takes them. */
function wholeOf(signed: readonly Uint8Array[]): Uint8Array | undefined {
  const [first] = signed
  if (signed.length === 1 && first !== undefined) return first
  let length = 0
  for (const { byteLength } of signed) length += byteLength
  return length > LENT_BYTES ? concat(signed) : undefined
}

/** Their number is bounded by the signatures and the keys alone. */
const CHEAP: ReadonlySet<KeyUse> = new Set<KeyUse>([
  'hmac-sha1',
  'hmac-sha256',
  'hmac-sha256-base64',
  'hmac-sha512',
])

const isAbsent = (signatures: readonly Presented[]): boolean => signatures.every(({ text }) => text === '')
