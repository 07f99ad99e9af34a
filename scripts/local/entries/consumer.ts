/** The consumer as deployed, which also says whether it processes a batch: the queue counts none of its messages then. */
import consumer, { type ConsumerEnv } from '../../../src/consumer/index.ts'
import type { StopAnswer } from '../stop-answer.ts'

let running = 0

export { Destination, Incidents, SourceWatcher } from '../../../src/consumer/index.ts'

export default {
  fetch: () => Response.json({ running } satisfies StopAnswer),
  async queue(batch, env, ctx) {
    running += 1
    try {
      await consumer.queue(batch, env, ctx)
    } finally {
      running -= 1
    }
  },
} satisfies ExportedHandler<ConsumerEnv>
