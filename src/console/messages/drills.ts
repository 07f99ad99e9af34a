/** Whether a restore drill is due, in words and with what to do. */
import type { Drills } from '../../api/health.ts'
import { instantOrNull, toInstant } from '../../platform/time.ts'
import type { DrillState } from '../../registry/drills/drills.ts'

export const drillsAnswer = ({ restoredMs, dueMs }: DrillState, nowMs: number): Drills => ({
  last_restore_at: instantOrNull(restoredMs),
  due_at: toInstant(dueMs),
  problems:
    nowMs < dueMs
      ? []
      : [
          {
            problem: 'drill_due',
            level: 'note',
            says:
              restoredMs === null
                ? 'No restore of a backup was ever practiced.'
                : `The last restore that passed was practiced on ${toInstant(restoredMs).slice(0, 10)}.`,
            todo: 'postern drill restore, in a checkout: docs/drills.md.',
          },
        ],
})
