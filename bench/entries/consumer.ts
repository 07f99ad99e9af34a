/**
 * The consumer with a tap: messages wait until they are requested, then the real Worker processes them while the clock runs. The
 * messages are the gateway's own, so this file does not depend on their format or on the store.
 */
import { Archive as RealArchive, type ArchiveEnv } from '../../src/archive/index.ts'
import { SYSTEM } from '../../src/platform/system.ts'
import { removeSegments } from '../../src/store/removal.ts'
import consumer, { type ConsumerEnv } from '../../src/consumer/index.ts'

export interface ConsumerRun {
  readonly messages: number
  /** The time of the consumer's work alone. */
  readonly ms: number
}

type Env = Omit<ConsumerEnv, 'ARCHIVER'> & { readonly ARCHIVER: DurableObjectNamespace<Archive> }

export interface RemovalRun {
  readonly events: number
  readonly ms: number
}

/** Segments of one step, as the archive removes them. */
const SEGMENTS = 100

export interface ArchiveRun {
  readonly ms: number
}

/** Messages per batch: the maximum of the queue. */
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

async function remove({ STORE: db }: ConsumerEnv, wanted: number): Promise<RemovalRun> {
  let events = 0
  const startMs = performance.now()
  while (events < wanted) {
    const segments = Math.min(SEGMENTS, Math.ceil(wanted / 100))
    const step = { upTo: Number.MAX_SAFE_INTEGER, keep: [], segments }
    const removed = await removeSegments({ db }, step, Date.now())
    // The last segment stays.
    if (removed.events === 0) break
    events += removed.events
  }
  if (events === 0) throw new Error('nothing can be removed')
  return { events, ms: performance.now() - startMs }
}

/** Runs only when it is asked to. Its clock is two hours ahead, so that it waits for nothing. */
export class Archive extends RealArchive {
  constructor(ctx: DurableObjectState, env: ArchiveEnv) {
    super(ctx, env, { ...SYSTEM, nowMs: () => SYSTEM.nowMs() + 2 * 3_600_000 })
  }

  override async wake(): Promise<void> {}

  override async alarm(): Promise<void> {}

  async write(): Promise<ArchiveRun> {
    const startMs = performance.now()
    await super.alarm()
    return { ms: performance.now() - startMs }
  }
}

export { Destination } from '../../src/destinations/index.ts'

export default {
  /**
   * `?work`: processes the waiting messages in full batches → a `ConsumerRun`. `?remove=1000`: removes as many of the oldest events →
   * a `RemovalRun`. `?archive`: writes all that waits into files → an `ArchiveRun`. Without them: the number of waiting messages.
   */
  async fetch(request, env, ctx) {
    const { searchParams } = new URL(request.url)
    if (searchParams.has('archive')) return Response.json(await env.ARCHIVER.getByName('archive').write())
    if (searchParams.has('remove'))
      return Response.json(await remove(env, Number(searchParams.get('remove'))))
    if (!searchParams.has('work')) return Response.json({ waiting: waiting.length })
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
} satisfies ExportedHandler<Env>
