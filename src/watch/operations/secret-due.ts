/** A secret must be replaced soon, or should have been. */
import { MINUTES_A_DAY } from '../patterns/pattern.ts'
import { type OperationPattern, measured } from './operation-pattern.ts'

const INFO_DAYS = 14
const WARNING_DAYS = 3

export const secretDue: OperationPattern<'secret_due'> = {
  kind: 'secret_due',
  quietHours: 24,
  advice: [
    'Rotate the secret: `postern secrets rotate`. Both versions are accepted until the ESP has the new one.',
  ],
  find: ({ secrets }, minute) =>
    secrets.flatMap(({ source, slot, dueMinute }) => {
      const days = (dueMinute - minute) / MINUTES_A_DAY
      if (!(days <= INFO_DAYS)) return []
      const words = days < 0 ? `expired ${(-days).toFixed(0)} days ago` : `is due in ${days.toFixed(0)} days`
      return [
        {
          subject: `${source} ${slot}`,
          severity: days < 0 ? 'critical' : days <= WARNING_DAYS ? 'warning' : 'info',
          fromMinute: Math.min(minute, dueMinute),
          ...measured('days_left', Math.round(days), INFO_DAYS),
          evidence: `the secret ${slot} of ${source} ${words}`,
        },
      ]
    }),
}
