/** Accepted deliveries wait in a queue. Cloudflare drops a message when the retention of its queue ends. */
import { DEAD_LETTER_QUEUES } from '../../platform/queues.ts'
import { measured, sentence } from '../patterns/pattern.ts'
import type { QueueFact } from './facts.ts'
import type { OperationPattern } from './operation-pattern.ts'

const WARNING_MINUTES = 10
const CRITICAL_MINUTES = 24 * 60

export const queueBacklog: OperationPattern<QueueFact> = {
  kind: 'queue_backlog',
  quietHours: 1,
  advice: [
    'Look at the log of the consumer: npx wrangler tail postern-consumer shows message_retried with the fault.',
    'A queue keeps a message for 14 days, on the Free plan for one, and then drops it: act before.',
  ],
  notDrilled: 'It needs a consumer that stands still.',
  factsOf: ({ queues }) => queues,
  find({ queue, messages, oldestMinute }, minute) {
    const isDead = DEAD_LETTER_QUEUES.has(queue)
    const waited = minute - (oldestMinute ?? minute)
    // A message reaches a dead letter queue after hours of failures, so its age there does not matter.
    if (!(messages > 0) || !(isDead || waited >= WARNING_MINUTES)) return undefined
    return {
      subject: queue,
      severity: isDead || waited >= CRITICAL_MINUTES ? 'critical' : 'warning',
      fromMinute: minute - waited,
      ...measured('oldest_minutes', waited, 1),
      evidence: sentence`${messages} messages wait in the queue ${queue}, the oldest for ${waited} min, usually ${isDead ? 'none' : 'less than 1'}`,
    }
  },
}
