/** The consumer with a meter on every binding. The entry that `wrangler.toml` names does not import this file. */
import consumer from '../../../src/consumer/index.ts'
import { type DestinationEnv, Destination as RealDestination } from '../../../src/destinations/index.ts'
import type { Envelope } from '../../../src/event/envelope.ts'
import { watched } from '../../conformance/watched-batch.ts'
import { DESTINATIONS_PATH } from '../control.ts'
import { meterLog, meteredBucket, meteredDatabase, unitsOf } from '../meter/bindings.ts'
import { Meter } from '../meter/counts.ts'
import { meterActivity, meterStorage, meteredNamespace } from '../meter/object.ts'

type Env = Parameters<typeof consumer.queue>[1] & {
  readonly DESTINATIONS: DurableObjectNamespace<Destination>
  readonly REGISTRY: DestinationEnv['REGISTRY']
}

const meter = new Meter()
meterLog(meter, 'consumer')

/** What destinations use, and what wakes them. It is no part of the price of a delivery to the gateway. */
const forwarding = new Meter()

export class Destination extends RealDestination {
  constructor(ctx: DurableObjectState, env: DestinationEnv) {
    meterStorage(ctx, 'destination', forwarding)
    meterActivity(ctx, 'destination', forwarding)
    super(ctx, {
      ...env,
      STORE: meteredDatabase(env.STORE, forwarding),
      REGISTRY: meteredNamespace(env.REGISTRY, 'registry', forwarding),
    })
  }

  override async alarm(): Promise<void> {
    forwarding.add('object_calls', 'destination.alarm')
    const run = super.alarm()
    // It counts as active until then.
    this.ctx.waitUntil(run)
    await run
  }
}

export default {
  fetch: (request) =>
    Response.json((new URL(request.url).pathname === DESTINATIONS_PATH ? forwarding : meter).take()),
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
      REGISTRY: meteredNamespace(env.REGISTRY, 'registry', forwarding),
      DESTINATIONS: meteredNamespace(env.DESTINATIONS, 'destination', forwarding),
    }
    await consumer.queue(counted, metered, ctx)
    // An acknowledged message is deleted, which is billed.
    meter.add('queue_operations', 'delete', units)
  },
} satisfies ExportedHandler<Env>
