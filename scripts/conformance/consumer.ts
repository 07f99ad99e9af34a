/** The consumer of the conformance run: the real Worker, plus a count of the messages that it has settled. */
import consumer from '../../src/consumer/index.ts'
import { watched } from './watched-batch.ts'

type Env = Parameters<typeof consumer.queue>[1]

const settled = { acknowledged: 0, retried: 0 }

export { Archive, Destination, EspAccount, Incidents, SourceWatcher } from '../../src/consumer/index.ts'

export default {
  fetch: () => Response.json(settled),
  async queue(batch, env, ctx) {
    await consumer.queue(
      watched(batch, {
        onAck: () => void settled.acknowledged++,
        onRetry: () => void settled.retried++,
      }),
      env,
      ctx,
    )
  },
} satisfies ExportedHandler<Env>
