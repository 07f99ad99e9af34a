/** Events in the order of their arrival, for those who poll and for those who listen. */
import type { EventType } from '../event/mail-event.ts'
import { ARRIVAL_START, type Arrival, type ArrivalPosition, arrivalEnd, readArrivals } from './arrival.ts'
import { fromArrivalCursor, toArrivalCursor } from './sealed-cursor.ts'
import { PAGE_MAX_BYTES } from './cursor.ts'
import { type StoredEvent, eventReader } from './stored-event.ts'
import type { Store } from './store.ts'

export interface ArrivedQuery {
  readonly source?: string | undefined
  /** Undefined for all. */
  readonly types?: readonly EventType[] | undefined
  readonly limit: number
  /** A cursor; `now` is the end of the store, `oldest` its beginning. */
  readonly after: string
}

export interface ArrivedEvent {
  readonly event: StoredEvent
  /** The position after it. */
  readonly cursor: string
}

export interface ArrivedPage {
  readonly events: readonly ArrivedEvent[]
  /** Where to read on. It may be further than the last event: what nobody asked for is behind it. */
  readonly next: string
  /** Whether the page ends at the end of the store. */
  readonly isLast: boolean
}

/** How many events one statement reads if only some of them are wanted. */
const FILTERED_READ_EVENTS = 2_000

/** Statements of one page. If what is wanted is rare, the page ends early, and the next one goes on. */
const PAGE_MAX_READS = 10

/**
 * One page. Fields of an erased person come back null or empty.
 *
 * @throws {CursorMalformed}
 */
export async function listArrived(store: Store, { after, ...query }: ArrivedQuery): Promise<ArrivedPage> {
  const { source, types = null, limit } = query
  const isFiltered = source !== undefined || types !== null || store.scope.sources !== null
  const sources = source === undefined ? null : [source]
  const found: Arrival[] = []
  let characters = 0
  let position = await positionOf(store, after)
  let isLast = false
  for (
    let reads = 0;
    reads < PAGE_MAX_READS && found.length < limit && characters < PAGE_MAX_BYTES && !isLast;
    reads++
  ) {
    const events = isFiltered ? FILTERED_READ_EVENTS : limit - found.length
    const page = await readArrivals(store, { after: position, sources, types, events })
    found.push(...page.arrivals)
    characters += page.arrivals.reduce((sum, one) => sum + one.characters, 0)
    position = page.next
    isLast = page.isLast
  }
  const read = eventReader(store)
  const events = await Promise.all(
    found.slice(0, limit).map(async ({ row, segment, index }) => ({
      event: await read(row),
      cursor: await toArrivalCursor(store, { segment, done: index + 1 }),
    })),
  )
  const isCut = found.length > limit
  return {
    events,
    next: (isCut ? events.at(-1)?.cursor : undefined) ?? (await toArrivalCursor(store, position)),
    isLast: isLast && !isCut,
  }
}

/** How many events, wanted or not, one sample looks at. */
const SAMPLE_READ_EVENTS = 2_000

interface ArrivedSample {
  /** Some of those that arrived, in order. */
  readonly events: readonly StoredEvent[]
  /** How many arrived, as far as they were looked at. */
  readonly arrived: number
  /** Whether more arrived than were looked at. They are skipped. */
  readonly isCut: boolean
  readonly next: string
}

/**
 * Events since a place, at most `limit` of them: spread evenly if there are more. For readers who want to see what happens, and not each
 * event.
 *
 * @throws {CursorMalformed}
 */
export async function sampleArrived(
  store: Store,
  { after, limit, source, types }: ArrivedQuery,
): Promise<ArrivedSample> {
  const page = await readArrivals(store, {
    after: await positionOf(store, after),
    sources: source === undefined ? null : [source],
    types: types ?? null,
    events: SAMPLE_READ_EVENTS,
  })
  const { length } = page.arrivals
  const step = Math.max(1, length / limit)
  // The newest of each step.
  const shown = page.arrivals.filter(
    (_arrival, i) => Math.floor((i + 1) / step) > Math.floor(i / step) || i === length - 1,
  )
  const read = eventReader(store)
  return {
    events: await Promise.all(shown.slice(-limit).map(({ row }) => read(row))),
    arrived: length,
    isCut: !page.isLast,
    next: await toArrivalCursor(store, page.isLast ? page.next : await arrivalEnd(store)),
  }
}

/**
 * The cursor of a place: of what `now` is at this moment, or the given one.
 *
 * @throws {CursorMalformed}
 */
export const arrivalCursor = async (store: Store, after: string): Promise<string> =>
  toArrivalCursor(store, await positionOf(store, after))

async function positionOf(store: Store, after: string): Promise<ArrivalPosition> {
  if (after === 'now') return arrivalEnd(store)
  if (after === 'oldest') return ARRIVAL_START
  // Only those who count what they missed need the number.
  return { ...(await fromArrivalCursor(store, after)), number: 0 }
}
