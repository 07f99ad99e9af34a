/** The consumer with a meter on every binding. The entry that `wrangler.toml` names does not import this file. */
import { Archive as RealArchive, type ArchiveEnv } from '../../../src/archive/index.ts'
import consumer from '../../../src/consumer/index.ts'
import { type DestinationEnv, Destination as RealDestination } from '../../../src/destinations/index.ts'
import type { Envelope } from '../../../src/event/envelope.ts'
import { SYSTEM } from '../../../src/platform/system.ts'
import { type IncidentsEnv, watchDeps } from '../../../src/watch/incidents/deps.ts'
import { Incidents as RealIncidents } from '../../../src/watch/incidents/index.ts'
import { SourceWatcher as RealSourceWatcher } from '../../../src/watch/watchers/source-watcher.ts'
import { watched } from '../../../scripts/conformance/watched-batch.ts'
import { ARCHIVE_PATH, DESTINATIONS_PATH, WATCH_PATH } from '../control.ts'
import { meterLog, meteredBucket, meteredDatabase, unitsOf } from '../meter/bindings.ts'
import { Meter } from '../meter/counts.ts'
import { meterActivity, meterStorage, meteredNamespace } from '../meter/object.ts'

type Env = Omit<Parameters<typeof consumer.queue>[1], 'INCIDENTS' | 'ARCHIVER'> & {
  readonly DESTINATIONS: DurableObjectNamespace<Destination>
  readonly REGISTRY: DestinationEnv['REGISTRY']
  readonly INCIDENTS: DurableObjectNamespace<Incidents>
  readonly ARCHIVER: DurableObjectNamespace<Archive>
}

const meter = new Meter()
meterLog(meter, 'consumer')

/** Usage of destinations and of everything that wakes them. It is no part of the price of a delivery to the gateway. */
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

/** Usage of the watch. */
const watching = new Meter()

/** Its clock is ahead, so that a minute is watched only when it is asked for. */
let aheadMs = 3_600_000

const watchedBy = <T>(namespace: T, what: string): T =>
  meteredNamespace(namespace as DurableObjectNamespace<Rpc.DurableObjectBranded>, what, watching) as T

export class Incidents extends RealIncidents {
  constructor(ctx: DurableObjectState, env: IncidentsEnv) {
    meterStorage(ctx, 'incidents', watching)
    const metered = {
      ...env,
      STORE: meteredDatabase(env.STORE, watching),
      REGISTRY: watchedBy(env.REGISTRY, 'registry'),
      REFUSALS: watchedBy(env.REFUSALS, 'watch'),
      SOURCE_WATCHERS: watchedBy(env.SOURCE_WATCHERS, 'source watcher'),
      DESTINATIONS: watchedBy(env.DESTINATIONS, 'destination'),
    }
    super(ctx, metered, watchDeps(ctx, metered, { ...SYSTEM, nowMs: () => SYSTEM.nowMs() + aheadMs }))
  }

  /** As if the alarm had fired. */
  async minute(): Promise<void> {
    aheadMs += 60_000
    await this.ctx.storage.deleteAlarm()
    watching.add('object_calls', 'incidents.alarm')
    const startMs = performance.now()
    await this.alarm()
    watching.add('object_ms', 'incidents', performance.now() - startMs)
    const { failing } = await this.status()
    if (failing !== null) throw new Error(`a minute was not watched: ${failing.fault}`)
  }
}

export class SourceWatcher extends RealSourceWatcher {
  constructor(ctx: DurableObjectState, env: unknown) {
    meterStorage(ctx, 'source watcher', watching)
    super(ctx, env)
  }
}

/** Usage of the archive. */
const archiving = new Meter()

/** Events are archived an hour after they were stored, if no file is full before. */
const LATER_MS = 2 * 3_600_000
let archiveLaterMs = LATER_MS

export class Archive extends RealArchive {
  constructor(ctx: DurableObjectState, env: ArchiveEnv) {
    meterStorage(ctx, 'archive', archiving)
    const metered = {
      ...env,
      STORE: meteredDatabase(env.STORE, archiving),
      ...(env.ARCHIVE === undefined ? {} : { ARCHIVE: meteredBucket(env.ARCHIVE, archiving) }),
    }
    super(ctx, metered, { ...SYSTEM, nowMs: () => SYSTEM.nowMs() + archiveLaterMs })
  }

  override async wake(): Promise<void> {}

  override async alarm(): Promise<void> {}

  /** As if the alarm had fired, which it does only here. */
  async run(daysLater: number): Promise<void> {
    archiveLaterMs = LATER_MS + daysLater * 86_400_000
    await this.ctx.storage.deleteAlarm()
    archiving.add('object_calls', 'archive.alarm')
    const startMs = performance.now()
    await super.alarm()
    archiving.add('object_ms', 'archive', performance.now() - startMs)
  }
}

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname === ARCHIVE_PATH) {
      await env.ARCHIVER.getByName('archive').run(Number(searchParams.get('days')))
      return Response.json(archiving.take())
    }
    if (pathname !== WATCH_PATH)
      return Response.json((pathname === DESTINATIONS_PATH ? forwarding : meter).take())
    await env.INCIDENTS.getByName('incidents').minute()
    return Response.json(watching.take())
  },
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
      INCIDENTS: meteredNamespace(env.INCIDENTS, 'incidents', watching),
      ARCHIVER: meteredNamespace(env.ARCHIVER, 'archive', archiving),
    }
    await consumer.queue(counted, metered, ctx)
    // An acknowledged message is deleted, which is billed.
    meter.add('queue_operations', 'delete', units)
  },
} satisfies ExportedHandler<Env>
