/** Makes the decision record of a delivery from its context and its end. */
import { CHECKS, type Decision } from '../event/decision.ts'
import { toInstant } from '../platform/time.ts'
import { toleratedAt } from './check/level.ts'
import { decidedChecks } from './check/record.ts'
import type { CheckRefusal, GuardRefusal, RefusalCode } from '../event/refusal-code.ts'
import { comesAgain, isUnverified } from './respond.ts'
import type { DeliveryContext } from './delivery-context.ts'

/** How a delivery ended: refused, or processed. */
export type End =
  | { readonly refused: RefusalCode }
  | {
      readonly processed: Extract<
        Decision['processing']['status'],
        'queued' | 'observed' | 'duplicate' | 'answered'
      >
    }

export function decisionOf(
  context: DeliveryContext,
  { requestId, atMs }: { readonly requestId: string; readonly atMs: number },
  end: End,
): Decision {
  const { level = null, checks, degraded } = context
  return {
    request_id: requestId,
    at: toInstant(atMs),
    authentication: {
      status: authentication(context, end),
      attempted: [...context.attempted],
      verified: [...context.verified],
    },
    security: {
      status: security(context, end),
      level,
      tolerated: level === null ? null : toleratedAt(level),
      ...decidedChecks(checks),
      alerts: [...checks.alerts],
      degraded,
    },
    processing: { status: processing(end) },
  }
}

function authentication({ verified }: DeliveryContext, end: End): Decision['authentication']['status'] {
  if (verified.length > 0) return 'verified'
  if (!('refused' in end)) return 'not_reached'
  if (end.refused === 'proof_unavailable') return 'unavailable'
  if (end.refused === 'network_blocked') return 'not_reached'
  return isUnverified(end.refused) ? 'refused' : 'not_reached'
}

/** Whether a failed check is the reason of a refusal. The others say that something else failed. */
const BY_A_CHECK: Readonly<Partial<Record<RefusalCode, boolean>>> = {
  timestamp_outside_window: true,
  source_ip_refused: true,
  checks_failed: true,
  rate_limited: true,
  copy_in_flight: true,
  token_reused: true,
  guard_unavailable: false,
} satisfies Record<(CheckRefusal | GuardRefusal)['code'], boolean>

function security({ verified, checks }: DeliveryContext, end: End): Decision['security']['status'] {
  if (verified.length === 0) return 'not_reached'
  if ('refused' in end && BY_A_CHECK[end.refused] === true) return 'refused'
  if (checks.failed.length > 0) return 'tolerated'
  return checks.passed.length < CHECKS.length ? 'undecided' : 'passed'
}

function processing(end: End): Decision['processing']['status'] {
  if ('processed' in end) return end.processed
  return comesAgain(end.refused) ? 'postponed' : 'refused'
}
