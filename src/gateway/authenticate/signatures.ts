/** Shared part of all signature schemes: several signatures, several keys, bounded work. */
import { type Bytes, concat } from '../../platform/bytes.ts'
import type { Encoding } from '../../providers/shared/presented-credentials.ts'
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
  const keys = await keysFor(context.secrets(slots), use)
  let whole: Uint8Array | undefined
  let wellFormed = 0
  for (const { text, encoding } of signatures) {
    const bytes = decodePresented(text, encoding)
    const signature = bytes && form(bytes)
    // A malformed signature does not count against the limit.
    if (signature === undefined) continue
    if (wellFormed++ === MAX_SIGNATURES) break
    for (const key of keys) {
      if (!CHEAP.has(use) && !context.attempts.take()) break
      // Joined only for a signature that can be one: a body may be large.
      whole ??= joined(signed)
      if (await verifies(use, key, signature, whole)) return pass(undefined)
    }
  }
  if (wellFormed === 0) {
    return refuse({ code: isAbsent(signatures) ? 'proof_missing' : 'proof_malformed', field: 'signature' })
  }
  return keys.length === 0
    ? refuse({ code: 'secret_missing' })
    : refuse({ code: 'signature_mismatch', keysAttempted: keys.length })
}

/** Passes if one of several does. Otherwise returns the refusal of one that was well-formed, if there is any. */
export async function closest<T>(
  all: readonly T[],
  verify: (one: T) => Outcome<void> | Promise<Outcome<void>>,
): Promise<Outcome<void>> {
  let outcome: Outcome<void> = refuse({ code: 'proof_malformed', field: 'signature' })
  for (const one of all) {
    const judged = await verify(one)
    if (judged.ok) return judged
    // A wrong signature is a better reason than a malformed one, and the best is one that may pass later.
    const isUndecided = !outcome.ok && outcome.refusal.code === 'proof_unavailable'
    if (all.length === 1 || (judged.refusal.code !== 'proof_malformed' && !isUndecided)) outcome = judged
  }
  return outcome
}

function joined(signed: readonly Uint8Array[]): Uint8Array {
  const [first] = signed
  return signed.length === 1 && first !== undefined ? first : concat(signed)
}

/** Their number is bounded by the signatures and the keys alone. */
const CHEAP: ReadonlySet<KeyUse> = new Set<KeyUse>([
  'hmac-sha1',
  'hmac-sha256',
  'hmac-sha256-base64',
  'hmac-sha512',
])

const isAbsent = (signatures: readonly Presented[]): boolean => signatures.every(({ text }) => text === '')
