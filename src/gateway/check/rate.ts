/** Check `rate`: the source's quota of deliveries a minute. The guard counts; this reads its answer. */
import { type Finding, PASSED, failedBy } from './record.ts'
import { type GuardAnswer, kindOf } from './guard-answer.ts'

/** The guard looks at the claim first. So the answer to a copy says nothing of the quota. */
const FINDINGS: Readonly<Record<ReturnType<typeof kindOf>, Finding | undefined>> = {
  admitted: PASSED,
  duplicate: undefined,
  degraded: undefined,
  rate_limited: failedBy('rate_exceeded'),
  copy_in_flight: undefined,
  token_reused: undefined,
  timestamp_outside_window: undefined,
  guard_unavailable: undefined,
}

export const rate = (answer: GuardAnswer): Finding | undefined => FINDINGS[kindOf(answer)]
