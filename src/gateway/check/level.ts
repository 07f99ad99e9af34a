/** How many of the five checks a source's level asks for. */
import { CHECKS, type Level } from '../../event/decision.ts'
import { type Outcome, pass, refuse } from '../outcome.ts'
import type { CheckRecord } from './record.ts'

const REQUIRED: Readonly<Record<Level, number>> = { standard: 3, enhanced: 4, maximum: 5 }

export const requiredAt = (level: Level): number => REQUIRED[level]

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
