/** The consumer with a meter on every binding. The entry that `wrangler.toml` names does not import this file. */
import consumer from '../../../src/consumer/index.ts'
import type { Envelope } from '../../../src/event/envelope.ts'
import { watched } from '../../conformance/watched-batch.ts'
import { meterLog, meteredBucket, meteredDatabase, unitsOf } from '../meter/bindings.ts'
import { Meter } from '../meter/counts.ts'

type Env = Parameters<typeof consumer.queue>[1]

const meter = new Meter()
meterLog(meter, 'consumer')

export { Destination } from '../../../src/destinations/index.ts'

export default {
  fetch: () => Response.json(meter.take()),
  async queue(batch, env, ctx) {
    meter.add('requests', 'consumer')
    const units = batch.messages.reduce((sum, { body }) => sum + unitsOf(body as Envelope), 0)
    meter.add('queue_operations', 'read', units)
    const counted = watched(batch, {
      onAck: () => undefined,
      onRetry: () => meter.add('queue_operations', 'retry'),
    })
    const metered = {
      ...env,
      STORE: meteredDatabase(env.STORE, meter),
      LARGE: meteredBucket(env.LARGE, meter),
    }
    await consumer.queue(counted, metered, ctx)
    // An acknowledged message is deleted, which is billed.
    meter.add('queue_operations', 'delete', units)
  },
} satisfies ExportedHandler<Env>
