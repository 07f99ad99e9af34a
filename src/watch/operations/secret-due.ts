/** A secret must be replaced soon, or should have been. */
import { MINUTES_A_DAY, measured } from '../patterns/pattern.ts'
import type { SecretFact } from './facts.ts'
import type { OperationPattern } from './operation-pattern.ts'

const INFO_DAYS = 14
const WARNING_DAYS = 3

export const secretDue: OperationPattern<SecretFact> = {
  kind: 'secret_due',
  quietHours: 24,
  advice: [
    'Rotate the secret: `postern secrets rotate`. Both versions are accepted until the ESP has the new one.',
  ],
  notDrilled: 'It needs a secret that is due, which takes days.',
  factsOf: ({ secrets }) => secrets,
  find({ source, slot, dueMinute }, minute) {
    const days = (dueMinute - minute) / MINUTES_A_DAY
    if (!(days <= INFO_DAYS)) return undefined
    const words = days < 0 ? `expired ${(-days).toFixed(0)} days ago` : `is due in ${days.toFixed(0)} days`
    return {
      subject: `${source} ${slot}`,
      source,
      severity: days < 0 ? 'critical' : days <= WARNING_DAYS ? 'warning' : 'info',
      fromMinute: Math.min(minute, dueMinute),
      ...measured('days_left', Math.round(days), INFO_DAYS),
      evidence: `the secret ${slot} of ${source} ${words}`,
    }
  },
}
