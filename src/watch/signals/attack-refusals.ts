/** Refusals that tell of an attack. */
import type { RefusalCode } from '../../event/refusal-code.ts'
import type { MinuteSignals, Refused } from './signals.ts'

const NONE: readonly Refused[] = []

const withCode =
  (...codes: readonly RefusalCode[]) =>
  ({ refused }: MinuteSignals): readonly Refused[] =>
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
