/** Refusals that tell of an attack. Codes are of `src/event/refusal-code.ts`. */
import type { MinuteSignals, Refused } from './signals.ts'

/** A proof was presented and is wrong. Scanners present none: those refusals say nothing. */
const WRONG_PROOF: ReadonlySet<string> = new Set([
  'signature_mismatch',
  'credentials_wrong',
  'token_invalid',
  'certificate_refused',
])

const NONE: readonly Refused[] = []

const refusalsWith = (signals: MinuteSignals, fits: (code: string) => boolean): readonly Refused[] =>
  signals.refused.length === 0 ? NONE : signals.refused.filter(({ code }) => fits(code))

export const wrongProofs = (signals: MinuteSignals): readonly Refused[] =>
  refusalsWith(signals, (code) => WRONG_PROOF.has(code))

/** A signature that is genuine or was, and old. */
export const oldDeliveries = (signals: MinuteSignals): readonly Refused[] =>
  refusalsWith(signals, (code) => code === 'timestamp_outside_window')

/** Somebody has a genuine single-use token and presents it with another body. */
export const reusedTokens = (signals: MinuteSignals): readonly Refused[] =>
  refusalsWith(signals, (code) => code === 'token_reused')
