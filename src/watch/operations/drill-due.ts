/** Nobody has practiced a restore for months. */
import { MINUTES_A_DAY, measured } from '../patterns/pattern.ts'
import type { DrillFact } from './facts.ts'
import type { OperationPattern } from './operation-pattern.ts'

/** A reminder becomes a warning if nobody follows it. */
const WARNING_DAYS = 30

export const drillDue: OperationPattern<DrillFact> = {
  kind: 'drill_due',
  quietHours: 24,
  advice: [
    'Run `postern drill restore` in a checkout: it restores the newest backup on your machine, compares, and changes nothing here.',
    'If it fails, the backups may not save you: its report says what differs.',
  ],
  notDrilled: 'It needs ninety days without a drill.',
  factsOf: ({ drill }) => (drill === undefined ? [] : [drill]),
  find({ restoredMinute, dueMinute }, minute) {
    const days = Math.floor((minute - dueMinute) / MINUTES_A_DAY)
    if (!(minute >= dueMinute)) return undefined
    return {
      subject: 'the backups',
      severity: days >= WARNING_DAYS ? 'warning' : 'info',
      fromMinute: dueMinute,
      ...measured('days_overdue', days, 0),
      evidence:
        restoredMinute === null
          ? 'no restore of a backup was ever practiced here'
          : `the last restore that passed was practiced ${Math.floor((minute - restoredMinute) / MINUTES_A_DAY)} days ago`,
    }
  },
}
