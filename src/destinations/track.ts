/** One reader of a destination during a run: gives deliveries page by page, and stores how far they are settled. */
import { BACKFILL } from '../event/decision.ts'
import { type Filter, eventFilter } from '../event/filter/filter.ts'
import {
  type ArrivalPage,
  type ArrivalPosition,
  type Gap,
  arrivalEnd,
  before,
  readArrivals,
} from '../store/arrival.ts'
import type { Reading } from '../readers/positions.ts'
import type { NewWaiting } from './memory/waiting-row.ts'
import { MAIN, REPLAY, separateSources, sourceOf } from './readers.ts'
import {
  type NewDelivery,
  type Opened,
  batchesOf,
  deliveryOf,
  hasOriginals,
  openAll,
} from './send/deliveries.ts'
import type { RunDeps } from './run-deps.ts'

/** At least so many events a page. With batches, as many as fill each connection once. */
const PAGE_EVENTS = 256

export interface TrackPage {
  readonly deliveries: readonly NewDelivery[]
  /** The position when all of them are settled. */
  readonly end: ArrivalPosition
  /** Whether nothing is left to read now. */
  readonly isLast: boolean
  /** When the batch that is not full has to be sent; null if there is none. */
  readonly batchDueAtMs: number | null
}

interface OpenedPage extends ArrivalPage {
  readonly opened: readonly Opened[]
}

export class Track {
  readonly reader: string
  readonly #deps: RunDeps
  /** The source that it has alone; undefined for the main reader and a replay. */
  readonly #source: string | undefined
  /** Sources that have readers of their own. */
  readonly #others: ReadonlySet<string>
  readonly #until: ArrivalPosition | null
  /** Of a replay. */
  readonly #filter: Filter
  readonly #alsoMatches: ReturnType<typeof eventFilter>
  /** As it is stored. */
  #position: ArrivalPosition
  /** The next page, read and opened while the one before is sent. */
  #reading: Promise<OpenedPage> | undefined
  #readTo: ArrivalPosition
  /** Events of the batch that is not full. */
  #rest: Opened[] = []
  #gaps: Gap[] = []
  /** When the segments of the last pages were stored. */
  #storedAtMs: ReadonlyMap<number, number> = new Map()

  private constructor(reader: string, { position, until }: Reading, deps: RunDeps) {
    const { memory } = deps
    this.reader = reader
    this.#deps = deps
    this.#source = sourceOf(reader)
    this.#others = new Set(reader === MAIN ? separateSources(memory) : [])
    // The reader of a source ends where the main one is.
    this.#until = this.#source === undefined ? until : (memory.positions.find(MAIN)?.position ?? null)
    this.#filter = reader === REPLAY ? (memory.state.replay?.filter ?? {}) : {}
    this.#alsoMatches = eventFilter(this.#filter)
    this.#position = position
    this.#readTo = position
  }

  /** Begins at the stored position. Undefined if there is no such reader. */
  static open(reader: string, deps: RunDeps): Track | undefined {
    const reading = deps.memory.positions.find(reader)
    return reading && new Track(reader, reading, deps)
  }

  /** @param mustFlush whether a batch that is not full is sent now */
  async next(mustFlush: boolean): Promise<TrackPage> {
    const { destination, store, nowMs: clock } = this.#deps
    const nowMs = clock()
    const { opened, ...page } = await (this.#reading ?? this.#read())
    this.#readTo = page.next
    this.#reading = page.isLast ? undefined : this.#read()
    // The next `await` of this promise gets the error. Without this handler it would count as unhandled until then.
    this.#reading?.catch(() => undefined)
    this.#gaps.push(...page.gaps)
    const kept = [...this.#storedAtMs].filter(([segment]) => segment >= this.#position.segment)
    this.#storedAtMs = new Map([...kept, ...page.storedAtMs])
    const wanted = [...this.#rest, ...opened.filter((one) => this.#isWanted(one))]
    const { batch } = destination.config
    const batches = batch === undefined ? wanted.map((one) => [one]) : batchesOf(wanted, batch.max_events)
    this.#rest = []
    let batchDueAtMs: number | null = null
    const last = batches.at(-1)
    if (batch !== undefined && last !== undefined && last.length < batch.max_events) {
      const dueAtMs = (last[0]?.arrival.storedAtMs ?? 0) + batch.max_wait_seconds * 1_000
      // A page that is not the last one brings more events at once.
      if (!mustFlush && (!page.isLast || dueAtMs > nowMs)) {
        this.#rest = batches.pop() ?? []
        batchDueAtMs = page.isLast ? dueAtMs : null
      }
    }
    const [first] = this.#rest
    return {
      deliveries: await Promise.all(batches.map((events) => deliveryOf(events, destination, store))),
      end: first === undefined ? page.next : before(first.arrival),
      isLast: page.isLast,
      batchDueAtMs,
    }
  }

  /**
   * Wanted events behind the page that was read: the last ones, and some from any place before them.
   *
   * @param random from 0 up to 1
   */
  async later(random: number): Promise<Opened[]> {
    const first = this.#readTo
    const { segment: last, done } = this.#until ?? (await arrivalEnd(this.#deps.store))
    const places = [
      { segment: first.segment + Math.floor(random * (last - first.segment)), done: 0, number: 0 },
      { segment: last, done: Math.max(0, done - PAGE_EVENTS), number: 0 },
    ].filter(({ segment }) => segment > first.segment)
    const pages = await Promise.all(places.map((place) => this.#readFrom(place)))
    return pages.flatMap(({ opened }) => opened).filter((one) => this.#isWanted(one))
  }

  /**
   * Stores that everything before a position is settled, in one transaction with the deliveries before it that wait.
   *
   * @throws {PositionMoved} if another instance of the object has moved the position
   */
  async advance(to: ArrivalPosition, waiting: readonly NewWaiting[]): Promise<void> {
    const { memory, nowMs } = this.#deps
    const { reader } = this
    const from = this.#position
    if (waiting.length === 0 && from.number === to.number && from.segment === to.segment) return
    // Each gap is counted once.
    const passed = this.#gaps.filter(({ at }) => at <= to.number)
    this.#gaps = this.#gaps.filter(({ at }) => at > to.number)
    const missed = passed.reduce((sum, { events }) => sum + events, 0)
    const storedAtMs = this.#storedAtMs.get(to.segment)
    const hasMark = reader === MAIN && storedAtMs !== undefined
    memory.state = {
      ...memory.state,
      ahead: memory.state.ahead.filter((one) => one.reader !== reader || one.number >= to.number),
      mark: hasMark ? { segment: to.segment, storedAtMs } : memory.state.mark,
    }
    await memory.save(() => {
      // An operator may have ended it meanwhile.
      if (reader === REPLAY && memory.state.replay === null) return
      memory.positions.advance(reader, from, to, missed)
      for (const row of waiting) memory.waiting.add(row, nowMs())
    })
    this.#position = to
  }

  #isWanted({ event, arrival: { number, row } }: Opened): boolean {
    const { memory, destination } = this.#deps
    const isReplay = this.reader === REPLAY
    return (
      destination.matches(event) &&
      this.#alsoMatches(event) &&
      (this.#source === undefined || event.source === this.#source) &&
      !this.#others.has(event.source) &&
      // A person who fetches the past does not send it by that. A replay does.
      (isReplay || row.origin !== BACKFILL) &&
      // A probe may have delivered it before the reader came to it.
      !memory.state.ahead.some((one) => one.number === number && (one.reader === REPLAY) === isReplay)
    )
  }

  #read(): Promise<OpenedPage> {
    return this.#readFrom(this.#readTo)
  }

  async #readFrom(after: ArrivalPosition): Promise<OpenedPage> {
    const { store, destination } = this.#deps
    const sources = this.#source === undefined ? this.#filter.sources : [this.#source]
    const { batch, concurrency } = destination.config
    const page = await readArrivals(store, {
      after,
      until: this.#until,
      types: this.#filter.types ?? destination.filter.types ?? null,
      sources: sources ?? destination.filter.sources ?? null,
      events: Math.max(PAGE_EVENTS, (batch?.max_events ?? 1) * concurrency),
    })
    return { ...page, opened: await openAll(store, page.arrivals, hasOriginals(destination)) }
  }
}
