/**
 * The consumer with a tap: what comes from the queue waits until it is asked for, then the real Worker works it off while the
 * clock runs. The messages are the gateway's own, so this knows nothing of how they or the store are made.
 */
import consumer, { type ConsumerEnv } from '../../../src/consumer/index.ts'

export interface ConsumerRun {
  readonly messages: number
  /** Of the consumer's work alone. */
  readonly ms: number
}

/** Messages of a batch, as many as the queue gives at most. */
const MESSAGES = 100

const waiting: Message[] = []

const messageOf = ({ id, timestamp, body }: Message): Message => ({
  id,
  timestamp,
  body,
  attempts: 1,
  ack() {},
  retry() {
    throw new Error('a message was not stored')
  },
})

export default {
  /** `?work`: works off what waits, in full batches → a `ConsumerRun`. Without it: how many messages wait. */
  async fetch(request, env, ctx) {
    if (!new URL(request.url).searchParams.has('work')) return Response.json({ waiting: waiting.length })
    const run = { messages: waiting.length, ms: 0 }
    while (waiting.length > 0) {
      const batch = {
        queue: 'postern-events',
        messages: waiting.splice(0, MESSAGES),
        metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } },
        ackAll() {},
        retryAll() {},
      }
      const startMs = performance.now()
      await consumer.queue(batch, env, ctx)
      run.ms += performance.now() - startMs
    }
    return Response.json(run satisfies ConsumerRun)
  },
  async queue(batch) {
    waiting.push(...batch.messages.map(messageOf))
  },
} satisfies ExportedHandler<ConsumerEnv>
