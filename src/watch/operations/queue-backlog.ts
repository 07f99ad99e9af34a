/** Accepted deliveries wait in the queue. Cloudflare drops a message after four days. */
import { type OperationPattern, measured } from './operation-pattern.ts'

const WARNING_MINUTES = 10
const CRITICAL_MINUTES = 24 * 60

export const queueBacklog: OperationPattern<'queue_backlog'> = {
  kind: 'queue_backlog',
  quietHours: 1,
  advice: [
    'Look at the log of the consumer: it retries while D1 does not answer.',
    'Messages are dropped after four days, so act before.',
  ],
  find({ queue: { messages, oldestMinute } }, minute) {
    const waited = minute - (oldestMinute ?? minute)
    if (!(messages > 0) || !(waited >= WARNING_MINUTES)) return []
    return [
      {
        severity: waited >= CRITICAL_MINUTES ? 'critical' : 'warning',
        fromMinute: minute - waited,
        ...measured('oldest_minutes', waited, 1),
        evidence: `${messages} messages wait in the queue, the oldest for ${waited} min, usually less than 1`,
      },
    ]
  },
}
