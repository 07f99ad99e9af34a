/** Makes the one record of a delivery out of its trail and its end. */
import { CHECKS, type Decision } from '../event/decision.ts'
import { toInstant } from '../platform/time.ts'
import { requiredAt } from './check/level.ts'
import type { RefusalCode } from './outcome.ts'
import { comesAgain, isUnproven } from './respond.ts'
import type { Trail } from './trail.ts'

/** How it ended: by a refusal, or with what became of the delivery. */
export type End =
  | { readonly refused: RefusalCode }
  | { readonly taken: Extract<Decision['processing']['status'], 'queued' | 'duplicate' | 'answered'> }

export function decisionOf(
  trail: Trail,
  { requestId, atMs }: { readonly requestId: string; readonly atMs: number },
  end: End,
): Decision {
  const { level = null, checks, degraded } = trail
  const { passed, failed } = checks
  return {
    request_id: requestId,
    at: toInstant(atMs),
    authentication: {
      status: authentication(trail, end),
      tried: [...trail.tried],
      proved: [...trail.proved],
    },
    security: {
      status: security(trail, end),
      level,
      required: level === null ? null : requiredAt(level),
      passed: CHECKS.filter((name) => passed.includes(name)),
      failed: CHECKS.filter((name) => failed.includes(name)),
      undecided: CHECKS.filter((name) => !passed.includes(name) && !failed.includes(name)),
      alerts: [...checks.alerts],
      degraded,
    },
    processing: { status: processing(end) },
  }
}

function authentication({ proved }: Trail, end: End): Decision['authentication']['status'] {
  if (proved.length > 0) return 'proven'
  if (!('refused' in end)) return 'not_reached'
  if (end.refused === 'proof_unavailable') return 'unavailable'
  return isUnproven(end.refused) ? 'refused' : 'not_reached'
}

/** Refusals that a check alone has made. */
const BY_A_CHECK: ReadonlySet<RefusalCode> = new Set<RefusalCode>([
  'timestamp_outside_window',
  'source_ip_refused',
  'checks_failed',
  'rate_limited',
  'copy_in_flight',
  'token_reused',
])

function security({ proved, checks }: Trail, end: End): Decision['security']['status'] {
  if (proved.length === 0) return 'not_reached'
  if ('refused' in end && BY_A_CHECK.has(end.refused)) return 'refused'
  if (checks.failed.length > 0) return 'tolerated'
  return checks.passed.length < CHECKS.length ? 'undecided' : 'passed'
}

function processing(end: End): Decision['processing']['status'] {
  if ('taken' in end) return end.taken
  return comesAgain(end.refused) ? 'postponed' : 'refused'
}
