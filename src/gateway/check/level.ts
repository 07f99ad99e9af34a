/** How many of the five checks a source's level asks for. */
import { type Alert, CHECKS, type CheckName, type Level } from '../../event/decision.ts'
import { type Outcome, pass, refuse } from '../outcome.ts'

/** What one check says. Alerts are stable codes for the operator, never values of the delivery; none where it passed. */
export interface Finding {
  readonly passed: boolean
  readonly alerts: readonly Alert[]
}

/** The decided checks of a delivery. What failed and was tolerated stands in `failed` and has its alerts. */
export interface CheckRecord {
  readonly passed: readonly CheckName[]
  readonly failed: readonly CheckName[]
  readonly alerts: readonly Alert[]
}

export const EMPTY_RECORD: CheckRecord = { passed: [], failed: [], alerts: [] }

export const PASSED: Finding = { passed: true, alerts: [] }
export const failedBy = (alert: Alert): Finding => ({ passed: false, alerts: [alert] })

const REQUIRED: Readonly<Record<Level, number>> = { standard: 3, enhanced: 4, maximum: 5 }

export const requiredAt = (level: Level): number => REQUIRED[level]

/** The record with one more check decided: by `check/`, by the guard's answer, or by what the payload turned out to be. */
export const recorded = (record: CheckRecord, name: CheckName, { passed, alerts }: Finding): CheckRecord => ({
  passed: passed ? [...record.passed, name] : record.passed,
  failed: passed ? record.failed : [...record.failed, name],
  alerts: alerts.length === 0 ? record.alerts : [...record.alerts, ...alerts],
})

/**
 * Whether a delivery can still reach its level: checks that are not decided yet count as passed, since what decides them
 * (quota, claim, schema) has an answer of its own when they fail.
 */
export function reachesLevel(record: CheckRecord, level: Level): Outcome<CheckRecord> {
  const passed = CHECKS.length - record.failed.length
  const required = REQUIRED[level]
  return passed >= required
    ? pass(record)
    : refuse({ code: 'checks_failed', failed: record.failed, passed, required })
}
