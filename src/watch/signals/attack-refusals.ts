/** Refusals of a minute, and those of them that tell of an attack. */
import type { RefusalCode } from '../../event/refusal-code.ts'

/** Refusals of one minute that have a code and a network in common. */
export interface Refused {
  /** A code of `src/event/refusal-code.ts`. */
  readonly code: string
  /** /24 or /48 of the client; `other` past the bound; null if unknown. */
  readonly network: string | null
  /** Number of the autonomous system of that network; null if unknown. */
  readonly asn: number | null
  readonly count: number
}

const NONE: readonly Refused[] = []

const withCode =
  (...codes: readonly RefusalCode[]) =>
  ({ refused }: { readonly refused: readonly Refused[] }): readonly Refused[] =>
    refused.length === 0 ? NONE : refused.filter(({ code }) => codes.includes(code as RefusalCode))

/** A proof was presented and is wrong. Scanners present none: those refusals say nothing. */
const WRONG_PROOFS: readonly RefusalCode[] = [
  'signature_mismatch',
  'credentials_wrong',
  'token_invalid',
  'certificate_refused',
]

export const isWrongProof = (code: string): boolean => WRONG_PROOFS.includes(code as RefusalCode)

export const wrongProofs = withCode(...WRONG_PROOFS)

/** Whether a refusal says something: a pattern counts it. */
export const isTelling = (code: string): boolean =>
  isWrongProof(code) || code === 'timestamp_outside_window' || code === 'token_reused'

/** A delivery is older than the window: perhaps somebody recorded it. */
export const oldDeliveries = withCode('timestamp_outside_window')

/** Somebody has a genuine single-use token and presents it with another body. */
export const reusedTokens = withCode('token_reused')
