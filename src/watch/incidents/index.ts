/** The object of the incidents: it runs the watch each minute, and keeps what it finds. This file has its calls and its wiring. */
import { DurableObject } from 'cloudflare:workers'
import { systemNowMs } from '../../platform/clock.ts'
import { inTime } from '../../platform/in-time.ts'
import type { KeyState } from '../../platform/key-state.ts'
import { type Log, consoleLog, faultName } from '../../platform/log.ts'
import { readMasterKeys } from '../../platform/master-key.ts'
import type { MeasuredQueues } from '../../platform/queues.ts'
import type { Who } from '../../registry/audit/entry.ts'
import type { ContainResult, Containment } from '../../registry/containment/containment.ts'
import { arrivalAt } from '../../store/arrival.ts'
import { afterRestore } from '../../store/restored.ts'
import { storeKeyState } from '../../store/store-key.ts'
import { openStore } from '../../store/store.ts'
import type { DestinationApi } from '../../destinations/api.ts'
import type { RegistryApi } from '../../registry/api.ts'
import { ANSWER_MAX_MS, type OperationSurvey } from '../reading/operation-facts.ts'
import { readMinute } from '../reading/read-minute.ts'
import type { WatchApi } from '../../refusals/refusal.ts'
import { type Watchers, watchSources } from '../watchers/call-watchers.ts'
import { type ContainmentDeps, contain, containByPolicy, lift } from '../containment/act.ts'
import { VerifiedTables } from '../containment/verified-tables.ts'
import { Runner } from '../../readers/runner.ts'
import { type DeliveryEnv, startDelivery } from '../../channels/delivery/start.ts'
import type {
  ActOnIncident,
  ActResult,
  ChannelStatus,
  ChannelTest,
  IncidentQuery,
  IncidentsApi,
  IncidentsDump,
  WatchStatus,
} from './api.ts'
import type { KnownSource } from './apply-changes.ts'
import { dumpOf, restorable } from './dump.ts'
import type { ContainRequest, Incident } from './incident.ts'
import type { ChannelDelivery, IncidentRecords } from './parts.ts'
import { type OperationDeps, judgeOperation, surveyOf } from './operate.ts'
import { incidentRecords } from './records.ts'
import { type LoopDeps, MinuteLoop, settledMinute } from './run-minute.ts'
import { actFor, incidentFor, listFor } from './scoped-calls.ts'
import { IncidentTables } from './tables.ts'
import { viewOf } from './view.ts'

export interface IncidentsEnv extends DeliveryEnv, MeasuredQueues {
  readonly STORE: D1Database
  readonly REGISTRY: {
    getByName(
      name: string,
    ): Pick<RegistryApi, 'watchedSources' | 'list' | 'destinationIndex' | 'loadChannels'> &
      ReturnType<ContainmentDeps['registry']>
  }
  readonly WATCH: { getByName(name: string): Pick<WatchApi, 'arrived'> }
  readonly SOURCE_WATCHERS: Watchers<'watch'>
  readonly DESTINATIONS: { getByName(name: string): Pick<DestinationApi, 'status'> }
}

/** The parts of the loop that read signals and watch sources. */
export type MinuteCalls = Pick<LoopDeps, 'read' | 'watch'> & Pick<OperationDeps, 'facts'>

/** A wake finds an alarm that is this late only if the platform has lost it. */
const LATE_ALARM_MS = 120_000

export class Incidents extends DurableObject<IncidentsEnv> implements IncidentsApi {
  readonly #tables: IncidentTables
  readonly #loop: MinuteLoop
  readonly #runner: Runner
  readonly #survey: OperationSurvey
  readonly #minuteCalls: MinuteCalls
  readonly #containment: ContainmentDeps
  #delivery: ChannelDelivery | undefined
  #sources: { readonly version: number; readonly list: readonly KnownSource[] } = { version: -1, list: [] }

  constructor(ctx: DurableObjectState, env: IncidentsEnv) {
    super(ctx, env)
    this.#tables = new IncidentTables(ctx.storage)
    const store = openStore(env.STORE, readMasterKeys(env.MASTER_KEY))
    this.#survey = surveyOf(ctx.storage.kv, env, store)
    this.#minuteCalls = {
      read: (from, minute) => readMinute({ store, watch: env.WATCH.getByName('watch') }, from, minute),
      watch: (minute, sources, { signals }) =>
        watchSources(env.SOURCE_WATCHERS, minute, sources, signals, this.#survey.wasStoreDown(minute)),
      facts: (minute) => this.#survey.at(minute),
    }
    const verified = new VerifiedTables(ctx.storage)
    this.#containment = {
      registry: () => env.REGISTRY.getByName('registry'),
      verified: {
        remembered: (sinceMinute) => verified.since(sinceMinute),
        store,
        position: () => this.#tables.position(),
        queuedSinceMinute: (minute) => this.#survey.queuedSinceMinute(minute),
      },
      records: this.#records,
    }
    this.#loop = new MinuteLoop({
      tables: this.#tables,
      sources: () => this.#knownSources(),
      positionAt: (minute) => inTime(arrivalAt(store, minute * 60_000), ANSWER_MAX_MS),
      afterRestore: (mark, position) => inTime(afterRestore(store, mark, position), ANSWER_MAX_MS),
      read: async (from, minute) => {
        const reading = await this.minuteCalls().read(from, minute)
        this.#survey.noteStandIns(minute, reading.standIns)
        return reading
      },
      watch: (minute, sources, reading) => this.minuteCalls().watch(minute, sources, reading),
      noteVerified: (minute, networks) => verified.note(minute, networks),
      afterMinute: (nowMs) => this.#contain(nowMs),
      nowMs: () => this.nowMs(),
      log: (fields) => this.log(fields),
    })
    this.#runner = new Runner({
      storage: ctx.storage,
      run: () => this.#run(),
      nowMs: () => this.nowMs(),
      log: (fields) => this.log(fields),
      reader: 'watch',
    })
  }

  async wake(storeFault?: string | null): Promise<void> {
    if (storeFault !== undefined) this.#survey.noteStore(storeFault, Math.floor(this.nowMs() / 60_000))
    const alarm = await this.ctx.storage.getAlarm()
    if (alarm === null || alarm < this.nowMs() - LATE_ALARM_MS) this.ctx.waitUntil(this.#runner.wake())
  }

  override async alarm(): Promise<void> {
    await this.#runner.wake()
  }

  async status(): Promise<WatchStatus> {
    const position = this.#tables.position()
    return {
      minute: position?.minute ?? null,
      minutesBehind: position === undefined ? 0 : Math.max(0, settledMinute(this.nowMs()) - position.minute),
      missed: position?.missed ?? 0,
      openIncidents: this.#tables.openCount(),
      failing: this.#tables.failing(),
      store: this.#survey.storeFault(Math.floor(this.nowMs() / 60_000)),
      skipped: position?.skipped ?? null,
    }
  }

  async keyState(): Promise<KeyState> {
    return storeKeyState(this.env.STORE, readMasterKeys(this.env.MASTER_KEY))
  }

  async list(query: IncidentQuery): Promise<Incident[]> {
    return listFor(this.#tables, query, this.nowMs())
  }

  async incident(number: number, sources: readonly string[] | null): Promise<Incident | null> {
    return incidentFor(this.#tables, number, sources, this.nowMs())
  }

  async act(
    number: number,
    act: ActOnIncident,
    who: Who,
    sources: readonly string[] | null,
  ): Promise<ActResult> {
    const result = actFor(this.#tables, { number, act, actor: who.actor, sources }, this.nowMs())
    if (result.ok) this.#told()
    return result
  }

  async contain(
    source: string,
    request: ContainRequest,
    incident: number | null,
    who: Who,
  ): Promise<ContainResult> {
    const result = await contain(this.#containment, { source, request, incident, who }, this.nowMs())
    if (result.ok) this.#told()
    return result
  }

  async lift(id: string, who: Who): Promise<Containment | null> {
    const lifted = await lift(this.#containment, id, who)
    if (lifted !== null) this.#told()
    return lifted
  }

  async channelStatus(): Promise<ChannelStatus[]> {
    return this.delivery().status()
  }

  async testChannel(name: string): Promise<ChannelTest | null> {
    return this.delivery().test(name)
  }

  async channelsChanged(): Promise<void> {
    await this.delivery().changed()
    this.#told()
  }

  async dump(): Promise<IncidentsDump> {
    return dumpOf(this.#tables.documents())
  }

  async restore(json: string): Promise<number | null> {
    const restored = restorable(json, this.#tables.all(), this.#tables.nextNumber(), this.nowMs())
    if (restored === null) return null
    for (const incident of restored) this.#tables.put(incident)
    return restored.length
  }

  protected nowMs(): number {
    return systemNowMs()
  }

  protected log: Log = consoleLog

  /** How the loop reads signals and watches sources. */
  protected minuteCalls(): MinuteCalls {
    return this.#minuteCalls
  }

  /** Made on first use: it needs what a test replaces. */
  protected delivery(): ChannelDelivery {
    return (this.#delivery ??= startDelivery(this.ctx, this.env, {
      nowMs: () => this.nowMs(),
      fetch: (input, init) => this.outbound(input, init),
      random: Math.random,
      log: (fields) => this.log(fields),
    }))
  }

  protected outbound(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
    return fetch(input, init)
  }

  /** The minutes that are due, and then what channels have to send: also if a minute fails. */
  async #run(): Promise<number> {
    await judgeOperation(this.#tables, this.#operation)
    const [watched] = await Promise.allSettled([this.#loop.run()])
    const channelsMs = await this.#deliver()
    if (watched.status === 'rejected') throw watched.reason
    return Math.max(0, Math.min(watched.value, channelsMs ?? watched.value))
  }

  readonly #operation: OperationDeps = {
    facts: async (minute) => {
      this.#survey.noteWatch(this.#tables.failing(), minute)
      return { ...(await this.minuteCalls().facts(minute)), channels: this.delivery().failing() }
    },
    nowMs: () => this.nowMs(),
    log: (fields) => this.log(fields),
  }

  async #contain(nowMs: number): Promise<void> {
    try {
      const open = this.#tables.since(Number.MAX_SAFE_INTEGER)
      await containByPolicy(this.#containment, open, nowMs)
    } catch (cause) {
      this.log({ event: 'containment_failed', fault: faultName(cause) })
    }
  }

  async #deliver(): Promise<number | null> {
    try {
      return await this.delivery().deliver(this.#records, this.nowMs())
    } catch (cause) {
      this.log({ event: 'channels_failed', fault: faultName(cause) })
      return null
    }
  }

  /** Channels say what a person did. */
  #told(): void {
    this.ctx.waitUntil(this.#runner.wake())
  }

  async #knownSources(): Promise<readonly KnownSource[]> {
    const { version, sources } = await this.env.REGISTRY.getByName('registry').watchedSources(
      this.#sources.version,
    )
    if (sources !== null) this.#sources = { version, list: sources }
    return this.#sources.list
  }

  readonly #records: IncidentRecords = incidentRecords({
    tables: () => this.#tables,
    view: (stored) => viewOf(stored, this.nowMs()),
    nowMs: () => this.nowMs(),
  })
}
