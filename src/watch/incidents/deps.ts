/** Parts of the object of the incidents, made from its bindings. */
import { NoticeDelivery } from '../../channels/delivery/delivery.ts'
import { type DeliveryEnv, deliveryDeps } from '../../channels/delivery/deps.ts'
import type { DestinationApi } from '../../destinations/api.ts'
import { inTime } from '../../platform/in-time.ts'
import { readMasterKeys } from '../../platform/master-key.ts'
import { type MeasuredQueues, backlogOf } from '../../platform/queues.ts'
import { SYSTEM, type System } from '../../platform/system.ts'
import { type RefusalLogApi, refusalLogIn } from '../../refusals/refusal.ts'
import { type Registries, registryIn } from '../../registry/members.ts'
import { arrivalAt } from '../../store/arrival.ts'
import { afterRestore } from '../../store/restored.ts'
import { longestEventDays } from '../../registry/retention/document.ts'
import { openStore } from '../../store/store.ts'
import { VerifiedTables } from '../containment/verified-tables.ts'
import { ANSWER_MAX_MS, OperationSurvey } from '../reading/operation-facts.ts'
import { type EspAccounts, withEspWord } from '../reading/ask-esp.ts'
import { explained } from '../reading/explain.ts'
import { readMinute } from '../reading/read-minute.ts'
import { type Watchers, watchSources } from '../watchers/call-watchers.ts'
import type { KnownSource } from './apply-changes.ts'
import { IncidentRecords } from './records.ts'
import type { WatchDeps } from './run.ts'
import { IncidentTables } from './tables.ts'

/** Beside all that is stored: an empty object, by which the watch asks whether a bucket takes something. */
const PROBE = 'watch/probe'

/** A sign of life must not hold up what the channels have to send. */
const SIGN_MAX_MS = 2_000

export interface IncidentsEnv extends DeliveryEnv, MeasuredQueues {
  readonly STORE: D1Database
  readonly REGISTRY: Registries<'snapshots' | 'sources' | 'containments' | 'retention' | 'drills'>
  readonly REFUSALS: {
    getByName(name: string): Pick<RefusalLogApi, 'arrived' | 'totals' | 'latest' | 'sign'>
  }
  readonly SOURCE_WATCHERS: Watchers<'watch'>
  readonly ESP_ACCOUNTS: EspAccounts
  readonly DESTINATIONS: { getByName(name: string): Pick<DestinationApi, 'status'> }
  readonly LARGE: R2Bucket
  /** Set by `npm run deploy`. */
  readonly POSTERN_RELEASE?: string
  /** Without it nothing is archived. */
  readonly ARCHIVE?: R2Bucket
}

export function watchDeps(
  ctx: Pick<DurableObjectState, 'id' | 'storage'>,
  env: IncidentsEnv,
  system: System = SYSTEM,
): WatchDeps {
  const { nowMs, log } = system
  const store = openStore(env.STORE, readMasterKeys(env.MASTER_KEY))
  const registry = () => registryIn(env)
  const tables = new IncidentTables(ctx.storage)
  const records = new IncidentRecords(tables, nowMs)
  const verified = new VerifiedTables(ctx.storage)
  const survey = new OperationSurvey({
    kv: ctx.storage.kv,
    store,
    sources: { list: () => registry().sources.list() },
    refusals: () => refusalLogIn(env),
    drills: { state: async () => registry().drills.state() },
    snapshots: { destinationIndex: (version) => registry().snapshots.destinationIndex(version) },
    destination: (name) => env.DESTINATIONS.getByName(name),
    backlog: (binding) => backlogOf(env, binding),
    isDeployed: env.POSTERN_RELEASE !== undefined,
    buckets: {
      // A write, since a bucket may answer and take nothing.
      'large deliveries': () => env.LARGE.put(PROBE, ''),
      // A rule of the bucket may keep what is written, so that a second write is refused.
      ...(env.ARCHIVE === undefined ? {} : { 'the archive': async () => env.ARCHIVE?.head(PROBE) }),
    },
    archives: env.ARCHIVE !== undefined,
    eventDays: async () => longestEventDays((await registry().retention.read()).settings),
  })
  let known: { readonly version: number; readonly list: readonly KnownSource[] } = { version: -1, list: [] }
  return {
    tables,
    records,
    survey,
    verified,
    containment: {
      registry,
      records,
      verified: {
        remembered: (sinceMinute) => verified.since(sinceMinute),
        store,
        position: () => tables.position(),
        queuedSinceMinute: (minute) => survey.queuedSinceMinute(minute),
      },
    },
    channels: new NoticeDelivery(deliveryDeps(ctx, env, records, system)),
    async sources() {
      const { version, sources } = await registry().snapshots.watchedSources(known.version)
      if (sources !== null) known = { version, list: sources }
      return known.list
    },
    positionAt: (minute) => inTime(arrivalAt(store, minute * 60_000), ANSWER_MAX_MS),
    afterRestore: (mark, position) => inTime(afterRestore(store, mark, position), ANSWER_MAX_MS),
    read: (from, minute) => readMinute({ store, refusalLog: refusalLogIn(env) }, from, minute),
    watch: async (minute, sources, { signals }) =>
      explained(
        store,
        minute,
        await withEspWord(
          env.ESP_ACCOUNTS,
          await watchSources(env.SOURCE_WATCHERS, minute, sources, signals, survey.wasStoreDown(minute)),
        ),
      ),
    facts: (minute) => survey.at(minute),
    async signLife() {
      const storedMs = tables.position()?.mark?.storedAtMs ?? null
      await inTime(refusalLogIn(env).sign({ of: 'watch', storedMs }), SIGN_MAX_MS)
    },
    nowMs,
    log,
  }
}
