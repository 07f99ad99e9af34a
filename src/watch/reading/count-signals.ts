/** Counts the signals of one minute, source by source, in bounded memory. */
import { NO_GUARD } from '../../event/decision.ts'
import type { RefusalCode } from '../../event/refusal-code.ts'
import type { Arrived } from '../../refusals/refusal.ts'
import type { EventRow } from '../../store/stored-event.ts'
import type { GuardFallback } from '../operations/facts.ts'
import { type Counter, OTHER } from '../signals/forms.ts'
import {
  type MinuteSignals,
  type Occasions,
  SIGNAL_ROWS,
  type SignalName,
  bounded,
} from '../signals/signals.ts'

/** Deliveries of all sources whose further events are recognized. Past it, each run of events of one delivery counts as one. */
const DELIVERIES_MAX = 100_000

/** The source refuses everything while no guard answers. */
const GUARD_REFUSAL: RefusalCode = 'guard_unavailable'

/** Networks of a source from which deliveries were verified in one minute. Past it, all are `other`. */
const VERIFIED_MAX = 20_000

type Counters = ReadonlyMap<SignalName, Counter>

export class SignalCount {
  readonly #sources = new Map<string, Counters>()
  /** By source, the worst of the minute. */
  readonly guardFallbacks = new Map<string, GuardFallback>()
  /** All networks from which a source had verified deliveries, also those past the bound of its signals. */
  readonly verified = new Map<string, Set<string>>()
  readonly #deliveries = new Set<string>()
  #latest = ''

  addEvent(row: EventRow): void {
    // The past, fetched today, says nothing of what the ESP delivers today.
    if (row.origin !== null) return
    this.#noteVerified(row.source, row.network)
    this.#count(row.source, 'event', row)
    if (!this.#isNew(row.request_id)) return
    this.#count(row.source, 'delivery', row)
    if (row.degraded !== null)
      this.#noteGuardFallback(row.source, row.degraded.startsWith(NO_GUARD) ? 'none' : 'another store')
  }

  #noteVerified(source: string, network: string | null): void {
    const networks = this.verified.get(source) ?? new Set()
    this.verified.set(source, networks)
    // An address that the edge did not know is in no network, and no block meets it.
    if (network !== null)
      networks.add(networks.size < VERIFIED_MAX || networks.has(network) ? network : OTHER)
  }

  addQuarantined(source: string, items: number): void {
    this.#count(source, 'quarantined', items)
  }

  /** Refusals at names that are no source are left out: nothing watches them. */
  addReported({ refused, duplicates, defects = [], observed = [] }: Arrived): void {
    for (const { source, code, network, asn, count } of refused) {
      if (source === null) continue
      this.#count(source, 'refusal', { code, network, asn: asn ?? null, count })
      if (code === GUARD_REFUSAL) this.#noteGuardFallback(source, 'none')
    }
    for (const { source, count } of duplicates) this.#count(source, 'copies', count)
    for (const { source, network, count } of observed) {
      this.#noteVerified(source, network)
      this.#count(source, 'observed', count)
    }
    for (const { source, ...lacking } of defects) this.#count(source, 'defect', lacking)
  }

  get signals(): ReadonlyMap<string, MinuteSignals> {
    return new Map([...this.#sources].map(([source, counters]) => [source, signalsOf(counters)]))
  }

  #noteGuardFallback(source: string, fallback: GuardFallback): void {
    if (this.guardFallbacks.get(source) !== 'none') this.guardFallbacks.set(source, fallback)
  }

  #count<On extends keyof Occasions>(source: string, on: On, occasion: Occasions[On]): void {
    const counters = this.#sources.get(source) ?? newCounters()
    this.#sources.set(source, counters)
    for (const [name, { on: counted }] of SIGNAL_ROWS)
      counted[on]?.(occasion, (item) => counters.get(name)?.add(item))
  }

  /** Events of one delivery can be apart: a segment holds events of one span of time. */
  #isNew(requestId: string): boolean {
    if (this.#latest === requestId || this.#deliveries.has(requestId)) return false
    this.#latest = requestId
    if (this.#deliveries.size < DELIVERIES_MAX) this.#deliveries.add(requestId)
    return true
  }
}

const newCounters = (): Counters => new Map(SIGNAL_ROWS.map(([name, { form }]) => [name, form.counter()]))

const signalsOf = (counters: Counters): MinuteSignals =>
  bounded(Object.fromEntries([...counters].map(([name, { value }]) => [name, value])))
