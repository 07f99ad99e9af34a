/**
 * Check `replay`: a delivery comes once. It has two halves: the time that the sender signed, which is judged here, and the claim,
 * which the guard takes.
 */
import type { CheckRefusal } from '../../event/refusal-code.ts'
import type { Provider } from '../../providers/shared/provider.ts'
import type { Source } from '../../registry/sources/source.ts'
import { type Outcome, pass, refuse } from '../outcome.ts'
import { type GuardAnswer, kindOf } from './guard-answer.ts'
import { type Finding, PASSED, failedBy } from './record.ts'

/** The source's window, else the provider's, in seconds. The claim is remembered at least as long. */
export const windowSecondsOf = ({ config }: Source, provider: Provider): number =>
  config.replayWindowSeconds ?? provider.replayWindowSeconds

/** How far a sender's clock may be ahead. A longer window is for retries, whose signature is old and never of the future. */
export const AHEAD_MAX_SECONDS = 300

/**
 * Passes if the sender signed within the window before now, or a few minutes ahead. If no time is signed, the claim alone decides
 * the check.
 */
export function replayWindow(
  signedAtSeconds: number | undefined,
  windowSeconds: number,
  nowSeconds: number,
): Outcome<void, CheckRefusal> {
  if (signedAtSeconds === undefined) return pass(undefined)
  const ageSeconds = nowSeconds - signedAtSeconds
  const limitSeconds = ageSeconds < 0 ? Math.min(windowSeconds, AHEAD_MAX_SECONDS) : windowSeconds
  return Math.abs(ageSeconds) <= limitSeconds
    ? pass(undefined)
    : refuse({ code: 'timestamp_outside_window', ageSeconds, windowSeconds: limitSeconds })
}

const FINDINGS: Readonly<Record<ReturnType<typeof kindOf>, Finding | undefined>> = {
  admitted: PASSED,
  duplicate: failedBy('copy'),
  degraded: undefined,
  rate_limited: PASSED,
  copy_in_flight: failedBy('copy_in_flight'),
  token_reused: failedBy('token_reused'),
  timestamp_outside_window: failedBy('signature_outside_window'),
  guard_unavailable: undefined,
}

export const replay = (answer: GuardAnswer): Finding | undefined => FINDINGS[kindOf(answer)]
