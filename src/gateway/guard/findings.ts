/** The findings of the checks `rate` and `replay`, from the guard's answer. */
import type { CheckName } from '../../event/decision.ts'
import { type CheckRecord, type Finding, PASSED, failedBy, recorded } from '../check/level.ts'
import type { Outcome, RefusalCode } from '../outcome.ts'
import type { Admission } from './admit.ts'

type Findings = Partial<Record<Extract<CheckName, 'rate' | 'replay'>, Finding>>

/** The claim is looked at first: a copy says nothing of the quota, and a guard that is down says nothing at all. */
const OF_ADMISSION: Readonly<Record<Admission['kind'], Findings>> = {
  admitted: { rate: PASSED, replay: PASSED },
  duplicate: { replay: failedBy('copy') },
  degraded: {},
}

const OF_REFUSAL: ReadonlyMap<RefusalCode, Findings> = new Map<RefusalCode, Findings>([
  ['rate_limited', { rate: failedBy('rate_exceeded'), replay: PASSED }],
  ['copy_in_flight', { replay: failedBy('copy_in_flight') }],
  ['token_reused', { replay: failedBy('token_reused') }],
  ['timestamp_outside_window', { replay: failedBy('signature_outside_window') }],
])

/** The record with what the guard decided; what it did not decide stays undecided. */
export function withAdmission(record: CheckRecord, admission: Outcome<Admission>): CheckRecord {
  const { rate, replay } = admission.ok
    ? OF_ADMISSION[admission.value.kind]
    : (OF_REFUSAL.get(admission.refusal.code) ?? {})
  const rated = rate === undefined ? record : recorded(record, 'rate', rate)
  return replay === undefined ? rated : recorded(rated, 'replay', replay)
}
