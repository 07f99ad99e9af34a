/** How many failed checks a source's level tolerates. So a new check changes no level. */
import type { Level } from '../../event/decision.ts'
import type { CheckRefusal } from '../../event/refusal-code.ts'
import { type Outcome, pass, refuse } from '../outcome.ts'
import type { CheckRecord } from './record.ts'

const TOLERATED: Readonly<Record<Level, number>> = { standard: 2, enhanced: 1, maximum: 0 }

export const toleratedAt = (level: Level): number => TOLERATED[level]

/** Refuses if more checks failed than the level tolerates. A check that is not decided yet has a refusal of its own later. */
export function withinLevel(record: CheckRecord, level: Level): Outcome<CheckRecord, CheckRefusal> {
  const tolerated = toleratedAt(level)
  return record.failed.length <= tolerated
    ? pass(record)
    : refuse({ code: 'checks_failed', failed: record.failed, tolerated })
}
