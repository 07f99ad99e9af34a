/**
 * Collects what Postern knows of its own operation. What changes slowly, or costs a call for each source or destination, is asked
 * in some minutes only: an incident stays open for longer than that. The object forgets its memory between two minutes, so what has to
 * be known of earlier ones is stored. A part that does not answer is a fact as well, and hides no other.
 */
import { readService } from '../../addresses/settings.ts'
import type { DeliveryStatus, DestinationApi } from '../../destinations/api.ts'
import { inTime } from '../../platform/in-time.ts'
import { faultName } from '../../platform/log.ts'
import { HOUR_MS, MINUTE_MS } from '../../platform/time.ts'
import {
  type Backlog,
  GATEWAY_QUEUES,
  QUEUES,
  QUEUE_BINDINGS,
  type QueueBinding,
} from '../../platform/queues.ts'
import type { Member } from '../../registry/members.ts'
import type { RefusalCount, RefusalLogApi } from '../../refusals/refusal.ts'
import type { SourceView } from '../../registry/sources/source.ts'
import { lastHours } from '../../store/counters.ts'
import { listEvents } from '../../store/events.ts'
import { countDeadLetters } from '../../store/dead-letters.ts'
import { findWaves, wavesSince } from '../../store/policy/waves.ts'
import { type StoreState, storeState } from '../../store/state.ts'
import type { Store } from '../../store/store.ts'
import { type Outage, addOutage, isInOutage, outageOf, outagesIn } from './store-outages.ts'
import type { WebhookFact, WebhookNote } from '../webhook-note.ts'
import type { WatchStatus } from '../incidents/api.ts'
import {
  BUCKETS,
  type DestinationStatus,
  type DownPart,
  type GuardFallback,
  JOBS,
  NOT_FINISHED,
  type NotedFacts,
  OF_QUEUES,
  type OperationFacts,
  REFUSED_IN_A_ROW_MIN,
  STORE_PART,
  SYNCS,
  type SourceFact,
} from '../operations/facts.ts'

const DOWN_KEY = 'down_parts'
const NIGHT_KEY = 'night_minute'
const GUARDS_KEY = 'degraded_guards'
const WEBHOOKS_KEY = 'webhooks_off'

export interface FactsDeps {
  readonly kv: Pick<SyncKvStorage, 'get' | 'put'>
  readonly store: Store
  readonly sources: Pick<Member<'sources'>, 'list'>
  readonly refusals: () => Pick<RefusalLogApi, 'totals' | 'latest'>
  readonly snapshots: Pick<Member<'snapshots'>, 'destinationIndex'>
  readonly drills: Pick<Member<'drills'>, 'state'>
  readonly destination: (name: string) => Pick<DestinationApi, 'status'>
  readonly backlog: (binding: QueueBinding) => Promise<Backlog>
  /** Whether cron triggers run: there are none under `npm start`. */
  readonly isDeployed: boolean
  /** Asks each bucket for something, by what it holds. */
  readonly buckets: Readonly<Record<string, () => Promise<unknown>>>
  /** Whether events are archived. */
  readonly archives: boolean
  /** How long retention keeps events; null without end. */
  readonly eventDays: () => Promise<number | null>
}

/** Secrets and drills become due by the day. Destinations are asked one by one. */
const DUE_EVERY_MINUTES = 60
const DESTINATIONS_EVERY_MINUTES = 5
const GROWTH_EVERY_MINUTES = 15

/** Refusals are counted for a day. */
const REFUSALS_MINUTES = 24 * 60

/** Sources of which the last event and the last refusals are read, because deliveries of them were refused. */
const EXACT_MAX = 20
const EXACT_REFUSALS = 20

/** Destinations that are asked at once. */
const AT_ONCE = 20

/** How long a part may take to answer. */
export const ANSWER_MAX_MS = 10_000

/** Minutes without a degraded delivery after which the guard of a source answers again. */
const GUARD_CALM_MINUTES = 2

/**
 * The store may answer the watch and refuse what the consumer writes. While messages come, the consumer tells that every minute; while
 * none come, each of them is tried again every quarter of an hour.
 */
const REFUSES_MINUTES = 20

/** The store is asked for a minute when that is over, so its fault lasted into the next ones. */
const STORE_LATE_MINUTES = 2

const WATCH_PART = 'the watch of attacks'

/** Name of the part whose state the consumer reports. */
const REFUSING_PART = 'the store, by the consumer'

interface Degraded {
  readonly fallback: GuardFallback
  readonly sinceMinute: number
  readonly lastMinute: number
}

type Down = Readonly<Record<string, Omit<DownPart, 'part'>>>

const ofDestination = (name: string): string => `destination ${name}`

export class OperationSurvey {
  readonly #deps: FactsDeps

  constructor(deps: FactsDeps) {
    this.#deps = deps
  }

  /** Whether a part failed in a minute, by the name of the fault. Null if it answered. */
  note(part: string, fault: string | null, minute: number): void {
    const { [part]: known, ...others } = this.#down()
    if (fault === null) {
      if (known === undefined) return
      this.#deps.kv.put<Down>(DOWN_KEY, others)
      const last = spanOf(part, known)
      if (last !== undefined) addOutage(this.#deps.kv, last, minute)
      return
    }
    const sinceMinute = known?.sinceMinute ?? minute
    this.#deps.kv.put<Down>(DOWN_KEY, { ...others, [part]: { fault, sinceMinute, lastMinute: minute } })
  }

  /** Notes the state of the store as the consumer has seen it. */
  noteStore(fault: string | null, minute: number): void {
    this.note(REFUSING_PART, fault, minute)
  }

  /** Notes the beginning of a job of the night by {@link NOT_FINISHED}, and its end by its fault or null. */
  noteJob(job: string, fault: string | null, minute: number): void {
    if (fault === NOT_FINISHED) this.#deps.kv.put(NIGHT_KEY, minute)
    this.note(`${JOBS}${job}`, fault, minute)
  }

  /** Notes why the nightly sync of suppressions of a source has stopped; null if one ran to its end. */
  noteSync(source: string, says: string | null, minute: number): void {
    this.note(SYNCS + source, says, minute)
  }

  /** Notes how the webhook of a source stands at its ESP; null if all is well. */
  noteWebhook(source: string, note: WebhookNote | null, minute: number): void {
    const known = this.#webhooks()
    const { [source]: before, ...others } = known
    const sinceMinute = before?.code === note?.code ? (before?.sinceMinute ?? minute) : minute
    if (note !== null)
      this.#deps.kv.put(WEBHOOKS_KEY, { ...others, [source]: { ...note, sinceMinute, toldMinute: minute } })
    else if (before !== undefined) this.#deps.kv.put(WEBHOOKS_KEY, others)
  }

  /** Whether minutes of the sources can be watched. */
  noteWatch(failing: WatchStatus['failing'], minute: number): void {
    this.note(WATCH_PART, failing?.fault ?? null, minute)
  }

  /** Sources for whose deliveries something stood in for the guard in a minute. Stored only while there are any. */
  noteGuardFallbacks(minute: number, guardFallbacks: ReadonlyMap<string, GuardFallback>): void {
    const known = this.#deps.kv.get<Readonly<Record<string, Degraded>>>(GUARDS_KEY) ?? {}
    const lasting = Object.entries(known).filter(([, { lastMinute }]) => isRecent(minute, lastMinute))
    const now = [...guardFallbacks].map(([source, fallback]): [string, Degraded] => [
      source,
      { fallback, sinceMinute: known[source]?.sinceMinute ?? minute, lastMinute: minute },
    ])
    if (guardFallbacks.size > 0 || lasting.length < Object.keys(known).length)
      this.#deps.kv.put(GUARDS_KEY, Object.fromEntries([...lasting, ...now]))
  }

  async at(minute: number): Promise<OperationFacts> {
    await this.#asked(STORE_PART, minute, () => findWaves(this.#deps.store, minute * MINUTE_MS))
    await Promise.all(
      Object.entries(this.#deps.buckets).map(([name, ask]) => this.#asked(`${BUCKETS}${name}`, minute, ask)),
    )
    return (await this.#ask(minute, (every) => minute % every === 0)).facts
  }

  /** All facts at once, for somebody who looks. */
  async everything(minute: number): Promise<{
    readonly facts: OperationFacts
    readonly noted: Omit<NotedFacts, 'watch'>
  }> {
    const { store, refusals } = this.#deps
    // The console waits for this, so nothing is asked one after the other without need.
    const [{ facts, sources, state, statuses }, hours, totals, addressService = null] = await Promise.all([
      this.#ask(minute, () => true),
      this.#asked(STORE_PART, minute, () => lastHours(store)),
      this.#asked('the refusal log', minute, () => refusals().totals(minute - REFUSALS_MINUTES)),
      this.#asked(STORE_PART, minute, () => readService(store, minute * MINUTE_MS)),
    ])
    const isTrafficKnown = hours !== undefined && totals !== undefined
    const noted = {
      // A source that is well would look silent.
      sources: isTrafficKnown ? await this.#traffic(sources, hours, totals, minute) : [],
      statuses,
      retrying: state?.retrying ?? [],
      quarantined: state?.quarantined ?? 0,
      addressService,
    }
    return { facts, noted }
  }

  /** @param hours the last one with events, by source */
  async #traffic(
    sources: readonly SourceView[],
    hours: ReadonlyMap<string, number>,
    totals: readonly RefusalCount[],
    minute: number,
  ): Promise<NotedFacts['sources']> {
    const bySource = Map.groupBy(totals, ({ source }) => source)
    let exact = 0
    return Promise.all(
      sources.map(async (view): Promise<SourceFact> => {
        const lastHour = hours.get(view.name) ?? null
        const counts = bySource.get(view.name) ?? []
        const from = (hour: number) => mostOf(counts.filter((one) => one.minute >= hour * 60))
        const fact =
          lastHour === null
            ? { view, lastMs: null, refused: mostOf(counts) }
            : { view, lastMs: (lastHour + 1) * HOUR_MS, refused: from(lastHour + 1) }
        const isClear = from(lastHour ?? 0).count < (lastHour === null ? 1 : REFUSED_IN_A_ROW_MIN)
        if (isClear || (exact += 1) > EXACT_MAX) return fact
        return (await this.#asked(STORE_PART, minute, () => this.#sinceLast(fact, minute))) ?? fact
      }),
    )
  }

  /** Reads whether events or refusals came last, and leaves out those of drills and assessments. */
  async #sinceLast(fact: SourceFact, minute: number): Promise<SourceFact> {
    const { store, refusals } = this.#deps
    const query = { source: fact.view.name, limit: 1 }
    const [sample, { events }] = await Promise.all([
      refusals().latest({ ...query, limit: EXACT_REFUSALS }),
      listEvents(store, query, minute * MINUTE_MS),
    ])
    const lastMs = events[0] === undefined ? null : Date.parse(events[0].received_at)
    const since = sample.filter(({ atMs, probe }) => probe !== true && atMs > (lastMs ?? 0))
    // All of a sample that has nothing else stand for more.
    const isSame = fact.refused.count > 0 && since.length === sample.length
    const refused = isSame ? fact.refused : mostOf(since.map(({ code }) => ({ code, count: 1 })))
    return { view: fact.view, lastMs, refused }
  }

  async #ask(minute: number, isTime: (everyMinutes: number) => boolean) {
    const [sources, letters, statuses, queues, state, drill, waves] = await Promise.all([
      isTime(DUE_EVERY_MINUTES) ? this.#asked('the registry', minute, this.#deps.sources.list) : undefined,
      this.#asked(STORE_PART, minute, () => countDeadLetters(this.#deps.store)),
      isTime(DESTINATIONS_EVERY_MINUTES) ? this.#destinations(minute) : [],
      this.#queues(minute, QUEUE_BINDINGS),
      isTime(GROWTH_EVERY_MINUTES) ? this.#state(minute) : undefined,
      isTime(DUE_EVERY_MINUTES) ? this.#drill() : {},
      this.#asked(STORE_PART, minute, () => wavesSince(this.#deps.store, Math.floor(minute / 60) - 1)),
    ])
    const facts: OperationFacts = {
      ...growthFacts(state),
      ...drill,
      ...(waves === undefined ? {} : { waves }),
      down: this.#downAt(minute),
      ...this.#night(minute),
      secrets: (sources ?? []).flatMap(secretsDue),
      queues,
      deadLetters: {
        ...Object.fromEntries(statuses.map(({ name, status }) => [name, status.given_up])),
        ...(letters === undefined ? {} : { [OF_QUEUES]: letters }),
      },
      destinations: statuses.map(({ name, status }) => stateOf(name, status, minute)),
      guards: this.#guards(minute),
      webhooks: Object.entries(this.#webhooks()).map(([source, one]) => ({ source, ...one })),
      // Paused destinations are expected to lag. Stopped ones are reported as destinations.
      readers: statuses
        .filter(({ status }) => status.state === 'active')
        .map(({ name, status }) => ({
          name,
          eventsBehind: status.backlog,
          oldestMinute: status.backlog_since === null ? null : minuteOf(status.backlog_since),
        })),
    }
    return { facts, sources: sources ?? [], state, statuses }
  }

  /**
   * Since when something that the gateway accepted waits to be stored; null if nothing is known to wait, 0 if a queue does not tell. A
   * message that waits for its next attempt may be in no backlog, so a store that fails counts as well.
   */
  async queuedSinceMinute(minute: number): Promise<number | null> {
    const queues = await this.#queues(minute, GATEWAY_QUEUES)
    const since = [
      ...queues.flatMap(({ oldestMinute }) => oldestMinute ?? []),
      ...(queues.length < GATEWAY_QUEUES.length ? [0] : []),
      (this.storeFault(minute)?.sinceMs ?? Infinity) / 60_000,
    ]
    const first = Math.min(...since)
    return first === Infinity ? null : first
  }

  /** Whether a minute of the last hours is in an outage of the store: then what was accepted is missing in it. */
  wasStoreDown(minute: number): boolean {
    const present = Object.entries(this.#down()).flatMap(([part, down]) => spanOf(part, down) ?? [])
    return isInOutage([...outagesIn(this.#deps.kv), ...present], minute)
  }

  /** Since when the store refuses what the consumer writes, or does not answer the watch; null if it works. */
  storeFault(minute: number): WatchStatus['store'] {
    const store = this.#downAt(minute).find(({ part }) => part === STORE_PART)
    return store === undefined ? null : { fault: store.fault, sinceMs: store.sinceMinute * 60_000 }
  }

  /** Undefined if the part fails. */
  async #asked<T>(part: string, minute: number, ask: () => Promise<T>): Promise<T | undefined> {
    try {
      const answer = await inTime(ask(), ANSWER_MAX_MS)
      this.note(part, null, minute)
      return answer
    } catch (cause) {
      this.note(part, faultName(cause), minute)
      return undefined
    }
  }

  #webhooks = (): Readonly<Record<string, Omit<WebhookFact, 'source'>>> =>
    this.#deps.kv.get<Readonly<Record<string, Omit<WebhookFact, 'source'>>>>(WEBHOOKS_KEY) ?? {}

  #down = (): Down => this.#deps.kv.get<Down>(DOWN_KEY) ?? {}

  /** Merges the consumer's reports and the watch's own observation of the store into one part. */
  #downAt(minute: number): DownPart[] {
    const { [REFUSING_PART]: refusing, [STORE_PART]: silent, [WATCH_PART]: watch, ...others } = this.#down()
    const store =
      refusing !== undefined && Math.abs(minute - refusing.lastMinute) <= REFUSES_MINUTES
        ? { ...refusing, lastMinute: Math.max(minute, refusing.lastMinute) }
        : silent
    // Without the store, no minute of the sources can be watched: that is one fault.
    const first = store === undefined ? { [WATCH_PART]: watch } : { [STORE_PART]: store }
    const all = { ...first, ...others }
    return Object.entries(all).flatMap(([part, fault]) => (fault === undefined ? [] : [{ part, ...fault }]))
  }

  /** Begins with the deployment to wait for its first night. */
  #night(minute: number): Pick<OperationFacts, 'nightMinute'> {
    const known = this.#deps.kv.get<number>(NIGHT_KEY)
    if (known !== undefined) return { nightMinute: known }
    if (this.#deps.isDeployed) this.#deps.kv.put(NIGHT_KEY, minute)
    return {}
  }

  async #queues(minute: number, bindings: readonly QueueBinding[]): Promise<OperationFacts['queues']> {
    const backlogs = await Promise.all(
      bindings.map((binding) =>
        this.#asked(`the queue ${QUEUES[binding]}`, minute, () => this.#deps.backlog(binding)),
      ),
    )
    return backlogs.flatMap((one) =>
      one === undefined
        ? []
        : [
            {
              queue: one.queue,
              messages: one.messages,
              oldestMinute: one.oldestMs === null ? null : Math.floor(one.oldestMs / 60_000),
            },
          ],
    )
  }

  /** No drill is known of a registry that does not answer, which the check of secrets reports, or that is too old for this call. */
  async #drill(): Promise<Pick<OperationFacts, 'drill'>> {
    const state = await inTime(this.#deps.drills.state(), ANSWER_MAX_MS).catch(() => undefined)
    if (state === undefined) return {}
    const minuteOfMs = (ms: number) => Math.floor(ms / 60_000)
    const restoredMinute = state.restoredMs === null ? null : minuteOfMs(state.restoredMs)
    return { drill: { restoredMinute, dueMinute: minuteOfMs(state.dueMs) } }
  }

  async #state(minute: number): Promise<StoreState | undefined> {
    const { store, archives, eventDays } = this.#deps
    const days = await this.#asked('the registry', minute, eventDays)
    return this.#asked(STORE_PART, minute, () =>
      storeState(store, { archives, eventDays: days ?? null }, minute * 60_000),
    )
  }

  async #destinations(minute: number): Promise<readonly DestinationStatus[]> {
    const { snapshots, destination } = this.#deps
    const index = await this.#asked('the registry', minute, () => snapshots.destinationIndex(-1))
    if (index === undefined) return []
    const names = [...(index.names ?? [])]
    this.#forgetDestinations(names)
    const found: DestinationStatus[] = []
    while (names.length > 0) {
      const answers = await Promise.all(
        names.splice(0, AT_ONCE).map(async (name) => {
          const status = await this.#asked(ofDestination(name), minute, () => destination(name).status())
          return status === undefined ? [] : [{ name, status }]
        }),
      )
      found.push(...answers.flat())
    }
    return found
  }

  /** Forgets removed destinations: they do not fail any more. */
  #forgetDestinations(names: readonly string[]): void {
    const parts = new Set(names.map(ofDestination))
    const down = Object.entries(this.#down())
    const left = down.filter(([part]) => !part.startsWith(ofDestination('')) || parts.has(part))
    if (left.length < down.length) this.#deps.kv.put<Down>(DOWN_KEY, Object.fromEntries(left))
  }

  /** Sources whose guard does not answer, and since when. */
  #guards(minute: number): OperationFacts['guards'] {
    const known = this.#deps.kv.get<Readonly<Record<string, Degraded>>>(GUARDS_KEY) ?? {}
    return Object.entries(known)
      .filter(([, { lastMinute }]) => isRecent(minute, lastMinute))
      .map(([source, { fallback, sinceMinute }]) => ({ source, fallback, sinceMinute }))
  }
}

/** Undefined unless it is an outage of the store. */
const spanOf = (part: string, fault: Down[string]): Outage | undefined =>
  part === STORE_PART
    ? outageOf(fault, STORE_LATE_MINUTES)
    : part === REFUSING_PART
      ? outageOf(fault, REFUSES_MINUTES)
      : undefined

/** Is empty for a store without its tables. */
function growthFacts(state: StoreState | undefined): Pick<OperationFacts, 'growth' | 'archive'> {
  if (state === undefined || state.growth === null) return {}
  const { growth, archive } = state
  if (archive === null) return { growth }
  const oldestMinute = archive.oldestMs === null ? null : Math.floor(archive.oldestMs / 60_000)
  return { growth, archive: { eventsBehind: archive.events, oldestMinute } }
}

const secretsDue = ({ name, rotations }: SourceView): OperationFacts['secrets'] =>
  rotations.flatMap(({ slot, dueAtMs }) =>
    dueAtMs === null ? [] : [{ source: name, slot, dueMinute: Math.floor(dueAtMs / 60_000) }],
  )

function mostOf(counts: readonly Pick<RefusalCount, 'code' | 'count'>[]): SourceFact['refused'] {
  const byCode = new Map<string, number>()
  for (const { code, count } of counts) byCode.set(code, (byCode.get(code) ?? 0) + count)
  const [code = ''] = [...byCode].toSorted(([, a], [, b]) => b - a)[0] ?? []
  return { count: [...byCode.values()].reduce((a, b) => a + b, 0), code }
}

const isRecent = (minute: number, lastMinute: number): boolean =>
  Math.abs(minute - lastMinute) <= GUARD_CALM_MINUTES

const minuteOf = (instant: string): number => Math.floor(Date.parse(instant) / 60_000)

function stateOf(
  name: string,
  status: DeliveryStatus,
  minute: number,
): OperationFacts['destinations'][number] {
  if (status.state === 'disabled') {
    const { state, reason, since } = status
    return { name, state, reason, sinceMinute: minuteOf(since) }
  }
  const { state, failing_since: failingSince } = status
  if (state === 'paused' || failingSince === null)
    return { name, state: 'working', reason: null, sinceMinute: minute }
  return { name, state: 'failing', reason: null, sinceMinute: minuteOf(failingSince) }
}
