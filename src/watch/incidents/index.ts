/** The object of the incidents: it runs the watch each minute, and keeps what it finds. This file has its calls; `run.ts` does the work. */
import type { TestedChannel } from '../../api/channels.ts'
import { DurableObject } from 'cloudflare:workers'
import { isComing } from '../../platform/alarm.ts'
import type { Forgotten } from '../../platform/forgotten.ts'
import { inTime } from '../../platform/in-time.ts'
import { faultName } from '../../platform/log.ts'
import type { KeyState } from '../../platform/key-state.ts'
import { readMasterKeys } from '../../platform/master-key.ts'
import { SingleFlight } from '../../platform/single-flight.ts'
import { Runner } from '../../readers/runner.ts'
import type { Who } from '../../registry/audit/entry.ts'
import type { ContainResult, Containment } from '../../registry/containment/containment.ts'
import { storeKeyState } from '../../store/store-key.ts'
import { openStore } from '../../store/store.ts'
import { currentFindings, judgeAll } from '../operations/current-findings.ts'
import type { WebhookNote } from '../webhook-note.ts'
import type { CurrentFinding } from '../operations/finding.ts'
import { contain, lift } from '../containment/act.ts'
import type {
  ActOnIncident,
  ActResult,
  ChannelStatus,
  IncidentQuery,
  IncidentsApi,
  IncidentsDump,
  WatchStatus,
} from './api.ts'
import { type IncidentsEnv, watchDeps } from './deps.ts'
import { dumpOf, restorable } from './dump.ts'
import type { ContainRequest, Incident } from './incident.ts'
import { withMaskedNotes } from './notes.ts'
import { type WatchDeps, runWatch, settledMinute } from './run.ts'

/** Less than a page waits for. */
const JUDGED_WITHIN_MS = 8_000

const ALL_OPEN: Omit<IncidentQuery, 'sources'> = {
  states: ['open', 'acknowledged', 'contained'],
  source: null,
  kind: null,
  severity: null,
  sinceMs: null,
  limit: 1_000,
  before: null,
}

export class Incidents extends DurableObject<IncidentsEnv> implements IncidentsApi {
  readonly #deps: WatchDeps
  readonly #runner: Runner
  readonly #judging = new SingleFlight<CurrentFinding[] | null>(JUDGED_WITHIN_MS)

  /** @param deps other ones in tests; the platform gives none */
  constructor(ctx: DurableObjectState, env: IncidentsEnv, deps: WatchDeps = watchDeps(ctx, env)) {
    super(ctx, env)
    this.#deps = deps
    const { nowMs, log } = deps
    this.#runner = new Runner({
      storage: ctx.storage,
      run: () => runWatch(deps),
      nowMs,
      log,
      reader: 'watch',
    })
  }

  async wake(storeFault?: string | null): Promise<void> {
    if (storeFault !== undefined) this.#deps.survey.noteStore(storeFault, this.#minute())
    const alarm = await this.ctx.storage.getAlarm()
    if (!isComing(alarm, this.#deps.nowMs())) this.#run()
  }

  async noteJob(job: string, fault: string | null): Promise<void> {
    this.#deps.survey.noteJob(job, fault, this.#minute())
  }

  async noteWebhook(source: string, note: WebhookNote | null): Promise<void> {
    this.#deps.survey.noteWebhook(source, note, this.#minute())
  }

  async noteSync(source: string, says: string | null): Promise<void> {
    this.#deps.survey.noteSync(source, says, this.#minute())
  }

  override async alarm(): Promise<void> {
    await this.#runner.wake()
  }

  async status(): Promise<WatchStatus> {
    const { tables, survey, nowMs } = this.#deps
    const position = tables.position()
    return {
      minute: position?.minute ?? null,
      minutesBehind: position === undefined ? 0 : Math.max(0, settledMinute(nowMs()) - position.minute),
      missed: position?.missed ?? 0,
      openIncidents: tables.openCount(),
      failing: tables.failing(),
      store: survey.storeFault(this.#minute()),
      skipped: position?.skipped ?? null,
    }
  }

  async findings(sources: readonly string[] | null): Promise<CurrentFinding[]> {
    const open = this.#deps.records.list({ ...ALL_OPEN, sources })
    return currentFindings(await this.#judged(), open, sources)
  }

  async keyState(): Promise<KeyState> {
    return storeKeyState(this.env.STORE, readMasterKeys(this.env.MASTER_KEY))
  }

  async list(query: IncidentQuery): Promise<Incident[]> {
    return this.#deps.records.list(query)
  }

  async incident(number: number, sources: readonly string[] | null): Promise<Incident | null> {
    return this.#deps.records.incident(number, sources)
  }

  async act(
    number: number,
    act: ActOnIncident,
    who: Who,
    sources: readonly string[] | null,
  ): Promise<ActResult> {
    const result = this.#deps.records.act(number, withMaskedNotes(act), who.actor, sources)
    if (result.ok) this.#run()
    return result
  }

  async contain(
    source: string,
    request: ContainRequest,
    incident: number | null,
    who: Who,
  ): Promise<ContainResult> {
    const result = await contain(
      this.#deps.containment,
      { source, request, incident, who },
      this.#deps.nowMs(),
    )
    if (result.ok) this.#run()
    return result
  }

  async lift(id: string, who: Who): Promise<Containment | null> {
    const lifted = await lift(this.#deps.containment, id, who)
    if (lifted !== null) this.#run()
    return lifted
  }

  async channelStatus(): Promise<ChannelStatus[]> {
    return this.#deps.channels.status()
  }

  async testChannel(name: string): Promise<TestedChannel | null> {
    return this.#deps.channels.test(name)
  }

  async channelsChanged(): Promise<void> {
    this.#deps.channels.changed()
    this.#run()
  }

  async forget(beforeMs: number, plan: boolean): Promise<Forgotten> {
    return this.#deps.tables.forget(beforeMs, plan)
  }

  async forgetPerson(person: string, plan: boolean): Promise<number> {
    const { records } = this.#deps
    const { people } = openStore(this.env.STORE, readMasterKeys(this.env.MASTER_KEY))
    let count = 0
    for (const { number, addresses } of records.namedInNotes()) {
      const indexes = await Promise.all(addresses.map(people.indexOf))
      const theirs = addresses.filter((_, i) => indexes[i] === person)
      if (theirs.length === 0) continue
      count++
      if (!plan) records.erase(number, new Set(theirs))
    }
    return count
  }

  async dump(): Promise<IncidentsDump> {
    return dumpOf(this.#deps.tables.documents())
  }

  async restore(json: string): Promise<number | null> {
    const { tables, nowMs } = this.#deps
    const restored = restorable(json, tables.all(), tables.nextNumber(), nowMs())
    if (restored === null) return null
    for (const incident of restored) tables.put(incident)
    return restored.length
  }

  /** Judges the present. Those who come meanwhile share the answer. Null if it takes too long, or fails. */
  #judged(): Promise<CurrentFinding[] | null> {
    const judge = () =>
      inTime(this.#judge(), JUDGED_WITHIN_MS).catch((cause: unknown) => {
        this.#deps.log({ event: 'operation_not_judged', fault: faultName(cause) })
        return null
      })
    return this.#judging.run('', judge, null)
  }

  async #judge(): Promise<CurrentFinding[]> {
    const { survey, channels, nowMs } = this.#deps
    const minute = settledMinute(nowMs())
    const { facts, noted } = await survey.everything(minute)
    const watch = await this.status()
    return judgeAll({ ...facts, channels: channels.failing() }, { ...noted, watch }, minute)
  }

  /** Runs the watch in the background: channels say what a person did. */
  #run(): void {
    this.ctx.waitUntil(this.#runner.wake())
  }

  #minute(): number {
    return Math.floor(this.#deps.nowMs() / 60_000)
  }
}
