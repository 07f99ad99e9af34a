/** One reader of a destination, the one that follows the store or a replay: gives deliveries page by page. */
import type { MailEvent } from '../event/mail-event.ts'
import type { Filter } from '../event/filter/filter.ts'
import {
  type ArrivalPage,
  type ArrivalPosition,
  type Gap,
  arrivalEnd,
  before,
  readArrivals,
} from '../store/arrival.ts'
import type { ReadMark } from '../store/restored.ts'
import type { Store } from '../store/store.ts'
import type { OpenDestination } from './config.ts'
import { type NewDelivery, type Opened, batchesOf, deliveryOf, openAll } from './send/deliveries.ts'

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

export interface TrackOptions {
  readonly store: Store
  readonly destination: OpenDestination
  readonly from: ArrivalPosition
  readonly until: ArrivalPosition | null
  readonly filter: Filter
  readonly matches: (event: MailEvent) => boolean
  /** Whether an event was delivered before the reader came to it. @param number see `Arrival` */
  readonly isAhead: (number: number) => boolean
}

interface OpenedPage extends ArrivalPage {
  readonly opened: readonly Opened[]
}

export class Track {
  /** As it is stored. */
  position: ArrivalPosition
  readonly #options: TrackOptions
  /** The next page, read and opened while the one before is sent. */
  #reading: Promise<OpenedPage> | undefined
  #readTo: ArrivalPosition
  /** Events of the batch that is not full. */
  #rest: Opened[] = []
  #gaps: Gap[] = []
  /** When the segments of the last pages were stored. */
  #storedAtMs: ReadonlyMap<number, number> = new Map()

  constructor(options: TrackOptions) {
    this.position = options.from
    this.#options = options
    this.#readTo = options.from
  }

  /** @param mustFlush whether a batch that is not full is sent now */
  async next(nowMs: number, mustFlush: boolean): Promise<TrackPage> {
    const { destination } = this.#options
    const { opened, ...page } = await (this.#reading ?? this.#read())
    this.#readTo = page.next
    this.#reading = page.isLast ? undefined : this.#read()
    // The next `await` of this promise gets the error. Without this handler it would count as unhandled until then.
    this.#reading?.catch(() => undefined)
    this.#gaps.push(...page.gaps)
    const kept = [...this.#storedAtMs].filter(([segment]) => segment >= this.position.segment)
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
      deliveries: await Promise.all(
        batches.map((events) => deliveryOf(events, destination, this.#options.store)),
      ),
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
    const { store, until } = this.#options
    const first = this.#readTo
    const { segment: last, done } = until ?? (await arrivalEnd(store))
    const places = [
      { segment: first.segment + Math.floor(random * (last - first.segment)), done: 0, number: 0 },
      { segment: last, done: Math.max(0, done - PAGE_EVENTS), number: 0 },
    ].filter(({ segment }) => segment > first.segment)
    const pages = await Promise.all(places.map((place) => this.#readFrom(place)))
    return pages.flatMap(({ opened }) => opened).filter((one) => this.#isWanted(one))
  }

  /** Read mark of a position; undefined if the reader has not read its segment. */
  markOf({ segment }: ArrivalPosition): ReadMark | undefined {
    const storedAtMs = this.#storedAtMs.get(segment)
    return storedAtMs === undefined ? undefined : { segment, storedAtMs }
  }

  /** How many events before a position were removed unread. Each is counted once. */
  missedUpTo({ number }: ArrivalPosition): number {
    const passed = this.#gaps.filter(({ at }) => at <= number)
    this.#gaps = this.#gaps.filter(({ at }) => at > number)
    return passed.reduce((sum, { events }) => sum + events, 0)
  }

  #isWanted({ event, arrival }: Opened): boolean {
    return this.#options.matches(event) && !this.#options.isAhead(arrival.number)
  }

  #read(): Promise<OpenedPage> {
    return this.#readFrom(this.#readTo)
  }

  async #readFrom(after: ArrivalPosition): Promise<OpenedPage> {
    const { store, until, filter, destination } = this.#options
    const { batch, concurrency } = destination.config
    const page = await readArrivals(store, {
      after,
      until,
      types: filter.types ?? destination.filter.types ?? null,
      sources: filter.sources ?? destination.filter.sources ?? null,
      events: Math.max(PAGE_EVENTS, (batch?.max_events ?? 1) * concurrency),
    })
    return { ...page, opened: await openAll(store, page.arrivals) }
  }
}
