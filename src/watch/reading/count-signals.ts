/** Counts the signals of one minute, source by source, in bounded memory. */
import { NO_GUARD } from '../../event/decision.ts'
import { isTimed, reportedMs } from '../../event/identity.ts'
import type { RefusalCode } from '../../event/refusal-code.ts'
import type { EventRow } from '../../store/stored-event.ts'
import type { StandIn } from '../operations/facts.ts'
import type { Arrived } from '../../refusals/refusal.ts'
import { OTHER, bounded } from '../signals/bounded.ts'
import type { MinuteSignals, Refused } from '../signals/signals.ts'
import { Median } from './median.ts'

/** Names of one kind that are told apart before {@link bounded} has the last word. */
const NAMES_MAX = 1_000

/** Deliveries of all sources whose further events are recognized. Past it, each run of events of one delivery counts as one. */
const DELIVERIES_MAX = 100_000

/** The source refuses everything while no guard answers. */
const GUARD_REFUSAL: RefusalCode = 'guard_unavailable'

type Count = Map<string, number>

/** Networks of a source from which deliveries were verified in one minute. Past it, all are `other`. */
const VERIFIED_MAX = 20_000

interface SourceCount {
  accepted: number
  duplicates: number
  quarantined: number
  readonly events: Count
  readonly nativeTypes: Count
  readonly networks: Count
  readonly failedChecks: Count
  readonly lagSeconds: Median
  readonly bodyBytes: Median
  readonly refused: Refused[]
}

const newCount = (): SourceCount => ({
  accepted: 0,
  duplicates: 0,
  quarantined: 0,
  events: new Map(),
  nativeTypes: new Map(),
  networks: new Map(),
  failedChecks: new Map(),
  lagSeconds: new Median(),
  bodyBytes: new Median(),
  refused: [],
})

export class SignalCount {
  readonly #sources = new Map<string, SourceCount>()
  readonly #standIns = new Map<string, StandIn>()
  readonly #verified = new Map<string, Set<string>>()
  readonly #deliveries = new Set<string>()
  #latest = ''

  addEvent(row: EventRow): void {
    const count = this.#of(row.source)
    this.#noteVerified(row.source, row.network)
    add(count.events, row.type, 1)
    add(count.nativeTypes, row.native_type, 1)
    if (isTimed(row.event_id))
      count.lagSeconds.add(Math.max(0, row.received_at - reportedMs(row.event_id)) / 1_000)
    if (!this.#isNew(row.request_id)) return
    count.accepted += 1
    add(count.networks, row.network ?? 'unknown', 1)
    if (row.bytes !== null) count.bodyBytes.add(row.bytes)
    for (const alert of row.alerts) add(count.failedChecks, alert, 1)
    if (row.degraded !== null)
      this.#noteStandIn(row.source, row.degraded.startsWith(NO_GUARD) ? 'none' : 'another store')
  }

  /** All networks from which a source had verified deliveries, also those past the bound of its signals. */
  get verified(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#verified
  }

  #noteVerified(source: string, network: string | null): void {
    const networks = this.#verified.get(source) ?? new Set()
    this.#verified.set(source, networks)
    // An address that the edge did not know is in no network, and no block meets it.
    if (network !== null)
      networks.add(networks.size < VERIFIED_MAX || networks.has(network) ? network : OTHER)
  }

  addQuarantined(source: string, items: number): void {
    this.#of(source).quarantined += items
  }

  /** Refusals at names that are no source are left out: nothing watches them. */
  addReported({ refused, duplicates }: Arrived): void {
    for (const { source, code, network, asn, count } of refused) {
      if (source === null) continue
      this.#of(source).refused.push({ code, network, asn: asn ?? null, count })
      if (code === GUARD_REFUSAL) this.#noteStandIn(source, 'none')
    }
    for (const { source, count } of duplicates) this.#of(source).duplicates += count
  }

  get signals(): ReadonlyMap<string, MinuteSignals> {
    return new Map([...this.#sources].map(([source, count]) => [source, signalsOf(count)]))
  }

  get standIns(): ReadonlyMap<string, StandIn> {
    return this.#standIns
  }

  /** The worst of the minute. */
  #noteStandIn(source: string, standIn: StandIn): void {
    if (this.#standIns.get(source) !== 'none') this.#standIns.set(source, standIn)
  }

  #of(source: string): SourceCount {
    let count = this.#sources.get(source)
    if (count === undefined) this.#sources.set(source, (count = newCount()))
    return count
  }

  /** Events of one delivery can be apart: a segment holds events of one span of time. */
  #isNew(requestId: string): boolean {
    if (this.#latest === requestId || this.#deliveries.has(requestId)) return false
    this.#latest = requestId
    if (this.#deliveries.size < DELIVERIES_MAX) this.#deliveries.add(requestId)
    return true
  }
}

function add(counts: Count, name: string, count: number): void {
  const key = counts.has(name) || counts.size < NAMES_MAX ? name : OTHER
  counts.set(key, (counts.get(key) ?? 0) + count)
}

const signalsOf = ({ lagSeconds, bodyBytes, ...count }: SourceCount): MinuteSignals =>
  bounded({
    ...count,
    events: Object.fromEntries(count.events),
    nativeTypes: Object.fromEntries(count.nativeTypes),
    networks: Object.fromEntries(count.networks),
    failedChecks: Object.fromEntries(count.failedChecks),
    lagSeconds: lagSeconds.value,
    bodyBytes: bodyBytes.value,
  })
