/** The five checks and how many of them a source's level asks for. */
import type { Level } from '../../registry/document.ts'
import { type Outcome, pass, refuse } from '../outcome.ts'

export const CHECKS = ['source_ip', 'rate', 'replay', 'payload', 'transport'] as const
export type CheckName = (typeof CHECKS)[number]

/** What one check says. Alerts are stable codes for the operator, never values of the delivery. */
export interface Finding {
  readonly passed: boolean
  readonly alerts: readonly string[]
}

/** The decided checks of a delivery. What failed and was tolerated stands in `failed` and has its alerts. */
export interface CheckRecord {
  readonly passed: readonly CheckName[]
  readonly failed: readonly CheckName[]
  readonly alerts: readonly string[]
}

export const EMPTY_RECORD: CheckRecord = { passed: [], failed: [], alerts: [] }

const REQUIRED: Readonly<Record<Level, number>> = { standard: 3, enhanced: 4, maximum: 5 }

/** The record with one more check decided. `rate` and `payload` are added where the path decides them. */
export const recorded = (record: CheckRecord, name: CheckName, { passed, alerts }: Finding): CheckRecord => ({
  passed: passed ? [...record.passed, name] : record.passed,
  failed: passed ? record.failed : [...record.failed, name],
  alerts: [...record.alerts, ...alerts],
})

/**
 * Whether a delivery can still reach its level: checks that are not decided yet count as passed, since what decides them
 * (quota, schema) has an answer of its own when they fail.
 */
export function reachesLevel(record: CheckRecord, level: Level): Outcome<CheckRecord> {
  const passed = CHECKS.length - record.failed.length
  const required = REQUIRED[level]
  return passed >= required
    ? pass(record)
    : refuse({ code: 'checks_failed', failed: record.failed, passed, required })
}
