/** Findings of the checks of one delivery so far. */
import { type Alert, CHECKS, type CheckName, type DecidedChecks } from '../../event/decision.ts'

/** Result of one check. Alerts are stable codes, never values of the delivery; a check that passed has none. */
export interface Finding {
  readonly passed: boolean
  readonly alerts: readonly Alert[]
}

export const PASSED: Finding = { passed: true, alerts: [] }
export const failedBy = (alert: Alert): Finding => ({ passed: false, alerts: [alert] })

/** The checks that are decided. A check that failed and was tolerated is in `failed` and has its alerts. */
export interface CheckRecord {
  readonly passed: readonly CheckName[]
  readonly failed: readonly CheckName[]
  readonly alerts: readonly Alert[]
}

export const EMPTY_RECORD: CheckRecord = { passed: [], failed: [], alerts: [] }

/** The record with more checks decided. A check without a finding stays undecided. */
export function recorded(
  record: CheckRecord,
  findings: Readonly<Partial<Record<CheckName, Finding | undefined>>>,
): CheckRecord {
  const passed = [...record.passed]
  const failed = [...record.failed]
  const alerts = [...record.alerts]
  for (const name of CHECKS) {
    const finding = findings[name]
    if (finding === undefined) continue
    if (finding.passed) passed.push(name)
    else failed.push(name)
    alerts.push(...finding.alerts)
  }
  return { passed, failed, alerts }
}

/** Every check in one of three lists, as the decision record and the events have them. */
export const decidedChecks = ({ passed, failed }: CheckRecord): DecidedChecks => ({
  passed: CHECKS.filter((name) => passed.includes(name)),
  failed: CHECKS.filter((name) => failed.includes(name)),
  undecided: CHECKS.filter((name) => !passed.includes(name) && !failed.includes(name)),
})
