/** Worker 2: consumes the queues into the store. Wiring only; it has no public route. */
import type { QueueBacklog } from '../watch/incidents/api.ts'
import { systemNowMs } from '../platform/clock.ts'
import { consoleLog } from '../platform/log.ts'
import { readMasterKeys } from '../platform/master-key.ts'
import { sealer } from '../platform/seal.ts'
import { openStore } from '../store/store.ts'
import type { DestinationApi } from '../destinations/api.ts'
import type { ConsumerDeps } from './deps.ts'
import { type HintDeps, Hints } from './hints.ts'
import { readEmailService } from './email-service.ts'
import type { IncidentsApi } from '../watch/incidents/api.ts'
import { deadLetterExhausted } from './exhausted.ts'
import { STORE_HANDLERS } from './handlers/index.ts'
import { consume } from './receive.ts'
import { WatchWaker } from './watch-waker.ts'

/** Bindings as in `wrangler.toml`. Variables are read by name. */
export interface ConsumerEnv {
  readonly MASTER_KEY?: string
  readonly STORE: D1Database
  readonly LARGE: R2Bucket
  readonly REGISTRY: { getByName(name: string): HintDeps['registry'] }
  readonly DESTINATIONS: { getByName(name: string): Pick<DestinationApi, 'wake'> }
  readonly INCIDENTS: { getByName(name: string): Pick<IncidentsApi, 'wake'> }
}

type Consume = (batch: MessageBatch, deps: ConsumerDeps) => Promise<void>

/** Which Worker writes into a queue decides how its messages are read. */
const QUEUES: ReadonlyMap<string, Consume> = new Map<string, Consume>([
  ['postern-events', (batch, deps) => consume(batch, deps)],
  ['postern-dead', (batch, deps) => deadLetterExhausted(batch, deps)],
  ['postern-email-service', (batch, deps) => consume(batch, deps, readEmailService)],
  ['postern-email-service-dead', (batch, deps) => deadLetterExhausted(batch, deps, readEmailService)],
])

/** @throws {SetupError} if `MASTER_KEY` is absent or malformed */
function depsOf(env: ConsumerEnv, hint: () => void): ConsumerDeps {
  const masters = readMasterKeys(env.MASTER_KEY)
  const vars = new Map<string, unknown>(Object.entries(env))
  return {
    store: openStore(env.STORE, masters),
    large: env.LARGE,
    queueSealer: sealer(masters, 'queue'),
    storeHandlers: STORE_HANDLERS,
    vars(name) {
      const value = vars.get(name)
      return typeof value === 'string' ? value : undefined
    },
    hint,
    nowMs: systemNowMs,
    jitter: Math.random,
    log: consoleLog,
  }
}

let hints: Hints | undefined

/** One for the isolate: it shares calls among the batches. */
const hintsOf = (env: ConsumerEnv): Hints =>
  (hints ??= new Hints({
    registry: { destinationIndex: (version) => env.REGISTRY.getByName('registry').destinationIndex(version) },
    wake: (name) => env.DESTINATIONS.getByName(name).wake(),
    nowMs: systemNowMs,
    log: consoleLog,
  }))

let watchWaker: WatchWaker | undefined

const watchOf = (env: ConsumerEnv): WatchWaker =>
  (watchWaker ??= new WatchWaker({
    wake: (backlog) => env.INCIDENTS.getByName('incidents').wake(backlog),
    nowMs: systemNowMs,
    log: consoleLog,
  }))

/** Local runtimes and older ones tell nothing of it, whatever the type says. */
function backlogOf({
  metadata,
}: {
  readonly metadata?: Partial<MessageBatchMetadata>
}): QueueBacklog | undefined {
  const metrics = metadata?.metrics
  if (metrics?.oldestMessageTimestamp === undefined || metrics.backlogCount === 0) return undefined
  return { messages: metrics.backlogCount, oldestMs: metrics.oldestMessageTimestamp.getTime() }
}

export { Destination } from '../destinations/index.ts'
export { SourceWatcher } from '../watch/watchers/source-watcher.ts'
export { Incidents } from '../watch/incidents/index.ts'

export default {
  fetch: () => new Response(null, { status: 404 }),
  async queue(batch, env, ctx) {
    const consumeBatch = QUEUES.get(batch.queue)
    // Returning would acknowledge messages that were not read.
    if (consumeBatch === undefined) throw new TypeError(`the queue ${batch.queue} has no consumer`)
    await consumeBatch(
      batch,
      depsOf(env, () =>
        ctx.waitUntil(Promise.all([hintsOf(env).wakeAll(), watchOf(env).wake(backlogOf(batch))])),
      ),
    )
  },
} satisfies ExportedHandler<ConsumerEnv>
