/** Worker 2: consumes the queues into the store. Wiring only; it has no public route. */
import { Archive as ArchiveObject } from '../archive/index.ts'
import { Destination as DestinationObject } from '../destinations/index.ts'
import { EspAccount as EspAccountObject } from '../esp-accounts/account.ts'
import type { EspAccountApi } from '../esp-accounts/api.ts'
import { RecentBackfills } from '../esp-accounts/backfill/recent.ts'
import { SourceWatcher as SourceWatcherObject } from '../watch/watchers/source-watcher.ts'
import { Incidents as IncidentsObject } from '../watch/incidents/index.ts'
import { systemNowMs } from '../platform/clock.ts'
import { consoleLog } from '../platform/log.ts'
import { readMasterKeys } from '../platform/master-key.ts'
import { inPlace, placed } from '../platform/placement.ts'
import { type QueueName, queueNamed } from '../platform/queues.ts'
import { sealer } from '../platform/seal.ts'
import { ensureBegun } from '../store/erasures/ensure.ts'
import { NewestNumber } from '../store/erasures/newest-number.ts'
import { openStore } from '../store/store.ts'
import type { ArchiveApi } from '../archive/api.ts'
import type { DestinationApi } from '../destinations/api.ts'
import type { ConsumerDeps } from './deps.ts'
import { Hints } from './hints.ts'
import { readEmailService } from './email-service.ts'
import { type Registries, registryIn } from '../registry/members.ts'
import { type RefusalLogApi, refusalLogIn } from '../refusals/refusal.ts'
import type { IncidentsApi } from '../watch/incidents/api.ts'
import { STORE_HANDLERS } from './handlers/index.ts'
import { readOwn } from './open.ts'
import { consume } from './consume.ts'
import { DEAD_LETTER_QUEUE } from './retry.ts'
import { MinuteWaker } from './minute-waker.ts'

/** Bindings as in `wrangler.toml`. Variables are read by name. */
export interface ConsumerEnv {
  readonly MASTER_KEY?: string
  readonly STORE: D1Database
  readonly LARGE: R2Bucket
  readonly REGISTRY: Registries<'snapshots' | 'erasures'>
  readonly DESTINATIONS: { getByName(name: string): Pick<DestinationApi, 'wake'> }
  readonly ESP_ACCOUNTS: { getByName(name: string): Pick<EspAccountApi, 'backfill'> }
  readonly ARCHIVER: { getByName(name: string): Pick<ArchiveApi, 'wake'> }
  readonly REFUSALS: { getByName(name: string): Pick<RefusalLogApi, 'sign'> }
  readonly INCIDENTS: { getByName(name: string): Pick<IncidentsApi, 'wake'> }
}

type Consume = (batch: MessageBatch, deps: ConsumerDeps) => Promise<void>

/** Which Worker writes into a queue decides how its messages are read. */
const CONSUME: Readonly<Record<QueueName, Consume>> = {
  'postern-events': (batch, deps) => consume(batch, deps),
  'postern-dead': (batch, deps) => consume(batch, deps, readOwn, DEAD_LETTER_QUEUE),
  'postern-email-service': (batch, deps) => consume(batch, deps, readEmailService),
  'postern-email-dead': (batch, deps) => consume(batch, deps, readEmailService, DEAD_LETTER_QUEUE),
}

/** @throws {SetupError} if `MASTER_KEY` is absent or malformed */
function depsOf(env: ConsumerEnv, calls: Pick<ConsumerDeps, 'hint' | 'noteStore'>): ConsumerDeps {
  const masters = readMasterKeys(env.MASTER_KEY)
  const store = openStore(env.STORE, masters)
  const vars = new Map<string, unknown>(Object.entries(env))
  return {
    store,
    large: env.LARGE,
    queueSealer: sealer(masters, 'queue'),
    storeHandlers: STORE_HANDLERS,
    vars(name) {
      const value = vars.get(name)
      return typeof value === 'string' ? value : undefined
    },
    ...calls,
    erasures: {
      // Events are stored also while the registry is down.
      newest: () =>
        newestOf(env)
          .number()
          .catch(() => 0),
      begin: () => ensureBegun({ store, registry: registryIn(env) }),
    },
    isBackfilled: (source) => backfillsOf(env).has(source),
    nowMs: systemNowMs,
    jitter: Math.random,
    log: consoleLog,
  }
}

let newestErasure: NewestNumber | undefined

/** One for the isolate. */
const newestOf = (env: ConsumerEnv): NewestNumber =>
  (newestErasure ??= new NewestNumber(() => registryIn(env).erasures, systemNowMs))

let backfills: RecentBackfills | undefined

const backfillsOf = (env: ConsumerEnv): RecentBackfills =>
  (backfills ??= new RecentBackfills({ accounts: env.ESP_ACCOUNTS, nowMs: systemNowMs }))

let hints: Hints | undefined

/** One for the isolate: it shares calls among the batches. */
const hintsOf = (env: ConsumerEnv): Hints =>
  (hints ??= new Hints({
    registry: { destinationIndex: (version) => registryIn(env).snapshots.destinationIndex(version) },
    wake: (name) => env.DESTINATIONS.getByName(name).wake(),
    nowMs: systemNowMs,
    log: consoleLog,
  }))

let watchWaker: MinuteWaker | undefined

const watchOf = (env: ConsumerEnv): MinuteWaker =>
  (watchWaker ??= new MinuteWaker({
    async wake(storeFault) {
      // The watch lives in this Worker: whoever looks from outside learns that it lives from the refusal log. An older one has no such call.
      const signed = refusalLogIn(env).sign({ of: 'stored', storeFault })
      const woken = env.INCIDENTS.getByName('incidents').wake(storeFault)
      await Promise.allSettled([signed])
      await woken
    },
    failure: 'watch_not_woken',
    nowMs: systemNowMs,
    log: consoleLog,
  }))

let archiveWaker: MinuteWaker | undefined

const archiveOf = (env: ConsumerEnv): MinuteWaker =>
  (archiveWaker ??= new MinuteWaker({
    wake: async () => env.ARCHIVER.getByName('archive').wake(),
    failure: 'archive_not_woken',
    nowMs: systemNowMs,
    log: consoleLog,
  }))

export const Archive = inPlace(ArchiveObject)
export const Destination = inPlace(DestinationObject)
export const EspAccount = inPlace(EspAccountObject)
export const SourceWatcher = inPlace(SourceWatcherObject)
export const Incidents = inPlace(IncidentsObject)

export default {
  fetch: () => new Response(null, { status: 404 }),
  async queue(batch, bindings, ctx) {
    const env = placed(bindings)
    const name = queueNamed(batch.queue)
    // Returning would acknowledge messages that were not read.
    if (name === undefined) throw new TypeError(`the queue ${batch.queue} has no consumer`)
    await CONSUME[name](
      batch,
      depsOf(env, {
        hint: () => ctx.waitUntil(Promise.all([hintsOf(env).wakeAll(), archiveOf(env).wake(null)])),
        noteStore: (fault) => ctx.waitUntil(watchOf(env).wake(fault)),
      }),
    )
  },
} satisfies ExportedHandler<ConsumerEnv>
