/**
 * Reads events in the order of their arrival: the order in which the consumer's transactions committed. D1 runs transactions one
 * after the other, so an event that is stored later has a higher position, however late it happened. A reader that continues
 * after its position therefore never skips an event.
 */
import { PAGE_MAX_BYTES } from './cursor.ts'
import { type EventRow, type Found, HAS_CONTENTS, column, rowOf } from './stored-event.ts'
import { type Store, scopeFilter, scopedSources } from './store.ts'

/** Where an event is stored. */
export interface EventReference {
  readonly segment: number
  /** Index of the event in its segment. */
  readonly index: number
}

/** A position between two events. */
export interface ArrivalPosition {
  readonly segment: number
  /** How many events of the segment are before the position. */
  readonly done: number
  /** How many events were ever stored before the position. */
  readonly number: number
}

export interface ArrivalQuery {
  readonly after: ArrivalPosition
  /** The position where reading ends; null for the end of the store. */
  readonly until?: ArrivalPosition | null
  /** Null for all. */
  readonly sources?: readonly string[] | null
  /** Null for all. */
  readonly types?: readonly string[] | null
  /** Events to read, wanted or not. A page holds at least one. */
  readonly events: number
}

export interface Arrival extends EventReference {
  readonly row: EventRow
  /** Of its stored contents. */
  readonly characters: number
  readonly storedAtMs: number
  /** How many events were ever stored before it. */
  readonly number: number
}

/** Events that were removed or blanked before they were read, wanted or not. */
export interface Gap {
  /** The number of the first event after them. */
  readonly at: number
  readonly events: number
}

export interface ArrivalPage {
  /** Events that the query asks for, in order. */
  readonly arrivals: readonly Arrival[]
  /** The position after the last event that was read. */
  readonly next: ArrivalPosition
  /** Whether the page ends at `until`, or at the end of the store. */
  readonly isLast: boolean
  readonly gaps: readonly Gap[]
  /** How many events were ever stored. */
  readonly stored: number
  /** When each segment of the page was stored, by its number. */
  readonly storedAtMs: ReadonlyMap<number, number>
}

/** The position before the first event that was ever stored. */
export const ARRIVAL_START: ArrivalPosition = { segment: 0, done: 0, number: 0 }

/** One event a segment is the least, so a page never needs more segments than events. */
const PAGE_MAX_SEGMENTS = 1_000

interface SegmentRow {
  readonly segment: number
  readonly events_before: number
  readonly events: number
}

type Place = Readonly<Record<'segment' | 'nr' | 'stored_at' | 'events_before', number>>
type FoundArrival = Found & Place
type BlankedArrival = Place & { readonly event: null }

/** The segments of the next page, at least one, with the number of their events. Bound to the segment, how many may be read, and the last one. */
const PAGE = `
  page AS MATERIALIZED (
    SELECT segment, events_before, events, stored_at,
      sum(events) OVER w - events AS ahead, sum(octet_length(contents)) OVER w - octet_length(contents) AS bytes_ahead
    FROM (
      SELECT * FROM segments WHERE segment BETWEEN ?1 AND ?3 ORDER BY segment LIMIT ${PAGE_MAX_SEGMENTS})
    WINDOW w AS (ORDER BY segment)),
  pages AS MATERIALIZED (
    SELECT * FROM page WHERE (ahead < ?2 AND bytes_ahead < ${PAGE_MAX_BYTES}) OR ahead = 0)`

const READ_SEGMENTS = `WITH ${PAGE} SELECT segment, events_before, events, stored_at FROM pages ORDER BY segment`

/** Reads the events that are wanted, and all that are blanked: their `event` is NULL. */
const READ_EVENTS = `
  WITH ${PAGE},
  found AS MATERIALIZED (
    SELECT p.segment, e.key AS nr, p.stored_at, p.events_before, b.ids ->> e.key AS id, json(e.value) AS event, ${column('recipient')} AS recipient
    FROM pages p CROSS JOIN segments b ON b.segment = p.segment CROSS JOIN jsonb_each(b.contents) e
    WHERE (p.segment > ?1 OR e.key >= ?4)
      AND (NOT ${HAS_CONTENTS} OR (${scopeFilter(column('source'), '?5')} AND ${scopeFilter(column('source'), '?6')}
        AND ${scopeFilter(column('type'), '?7')})))
  SELECT f.segment, f.nr, f.stored_at, f.events_before, f.id, f.event, lower(hex(r.wrapped_key)) AS wrapped_key
  FROM found f LEFT JOIN recipients r ON r.recipient = unhex(f.recipient) ORDER BY f.segment, f.nr`

/** The last segment of the store, and the last one to read. */
const READ_HEAD = `
  SELECT segment, events_before, events,
    (SELECT segment FROM segments WHERE segment <= ?1 ORDER BY segment DESC LIMIT 1) AS last_to_read
  FROM segments ORDER BY segment DESC LIMIT 1`

/** One page, in one transaction. */
export async function readArrivals(store: Store, query: ArrivalQuery): Promise<ArrivalPage> {
  const { after, until = null, events } = query
  const lastSegment = until?.segment ?? Number.MAX_SAFE_INTEGER
  const page = [after.segment, events + after.done, lastSegment] as const
  const [segments, found, head] = await store.db.batch<Record<string, unknown>>([
    store.db.prepare(READ_SEGMENTS).bind(...page),
    store.db
      .prepare(READ_EVENTS)
      .bind(...page, after.done, listed(query.sources), scopedSources(store), listed(query.types)),
    store.db.prepare(READ_HEAD).bind(lastSegment),
  ])
  const [last] = (head?.results ?? []) as unknown as (SegmentRow & { readonly last_to_read: number | null })[]
  const end = endOf(last)
  // The store was restored to an earlier time. What it stores from now on comes after this position.
  if (after.number > end.number)
    return { arrivals: [], next: end, isLast: true, gaps: [], stored: end.number, storedAtMs: new Map() }
  const rows = (segments?.results ?? []) as unknown as (SegmentRow & { readonly stored_at: number })[]
  const walked = walk(rows, query, last?.last_to_read ?? 0)
  const storedAtMs = new Map(rows.map(({ segment, stored_at }) => [segment, stored_at]))
  const read = ((found?.results ?? []) as unknown as (FoundArrival | BlankedArrival)[]).filter(
    ({ segment, nr }) => isBefore({ segment, index: nr }, walked.next),
  )
  const blanked = read.filter((row) => row.event === null)
  return {
    ...walked,
    arrivals: read.filter((row) => row.event !== null).map(arrivalOf),
    gaps: [
      ...walked.gaps,
      ...blanked.map(({ events_before, nr }) => ({ at: events_before + nr + 1, events: 1 })),
    ],
    stored: end.number,
    storedAtMs,
  }
}

/** Where the page ends, and how many events before it are gone. @param lastToRead the last segment of the span; 0 for none */
function walk(
  segments: readonly SegmentRow[],
  { after, until = null, events }: ArrivalQuery,
  lastToRead: number,
): Pick<ArrivalPage, 'next' | 'isLast' | 'gaps'> {
  let next = after
  const gaps: Gap[] = []
  let left = events
  let isLast = segments.length === 0
  for (const { segment, events_before, events: size } of segments) {
    const from = segment === next.segment ? next.done : 0
    const stop = until?.segment === segment ? Math.min(until.done, size) : size
    const to = Math.max(from, Math.min(stop, from + left))
    const missing = events_before + from - next.number
    if (missing > 0) gaps.push({ at: events_before + from, events: missing })
    left -= to - from
    next = { segment, done: to, number: events_before + to }
    isLast = segment === lastToRead && to >= stop
    if (left === 0) break
  }
  if (!isLast || until === null || next.number >= until.number) return { next, gaps, isLast }
  // The rest of the span was removed.
  gaps.push({ at: until.number, events: until.number - next.number })
  return { next: until, gaps, isLast }
}

const isBefore = (at: EventReference, { segment, done }: ArrivalPosition): boolean =>
  at.segment < segment || (at.segment === segment && at.index < done)

const listed = (names: readonly string[] | null | undefined): string | null =>
  names === null || names === undefined ? null : JSON.stringify(names)

const endOf = (last: SegmentRow | null | undefined): ArrivalPosition =>
  last === null || last === undefined
    ? ARRIVAL_START
    : { segment: last.segment, done: last.events, number: last.events_before + last.events }

/** The position before an event. */
export const before = ({ segment, index, number }: Arrival): ArrivalPosition => ({
  segment,
  done: index,
  number,
})

/** The position after an event. */
export const behind = ({ segment, index, number }: Arrival): ArrivalPosition => ({
  segment,
  done: index + 1,
  number: number + 1,
})

/** The position after the last stored event. */
export const arrivalEnd = async ({ db }: Store): Promise<ArrivalPosition> =>
  endOf(await db.prepare(READ_HEAD).bind(0).first<SegmentRow>())

/** When the next event after a position was stored; null if there is none. */
export async function storedAtMs({ db }: Store, { segment, done }: ArrivalPosition): Promise<number | null> {
  const next = `SELECT stored_at FROM segments WHERE segment > ?1 OR (segment = ?1 AND events > ?2) ORDER BY segment LIMIT 1`
  return (await db.prepare(next).bind(segment, done).first<{ stored_at: number }>())?.stored_at ?? null
}

/** The position before the oldest event that is still stored. */
export const oldestArrival = (store: Store): Promise<ArrivalPosition> => firstFrom(store, 0)

/** A binary search: the times of segments never decrease. */
const LAST_BEFORE = `
  WITH RECURSIVE search (low, high) AS (
    SELECT 0, coalesce((SELECT max(segment) FROM segments), 0) + 1
    UNION ALL
    SELECT iif(b.stored_at < ?1, b.segment + 1, s.low), iif(b.stored_at < ?1, s.high, (s.low + s.high) / 2)
    FROM search s LEFT JOIN segments b ON b.segment = (SELECT min(segment) FROM segments WHERE segment >= (s.low + s.high) / 2)
    WHERE s.low < s.high)
  SELECT max(low) - 1 AS segment FROM search`

/** The number of the last segment that was stored before a time; 0 if there is none. */
export const lastSegmentBefore = async ({ db }: Pick<Store, 'db'>, atMs: number): Promise<number> =>
  Math.max(0, (await db.prepare(LAST_BEFORE).bind(atMs).first<{ segment: number }>())?.segment ?? 0)

/** The position before the first event that was stored at this time or later. */
export const arrivalAt = async (store: Store, atMs: number): Promise<ArrivalPosition> =>
  firstFrom(store, (await lastSegmentBefore(store, atMs)) + 1)

const firstSegment = ({ db }: Store, from: number): Promise<(SegmentRow & { stored_at: number }) | null> =>
  db
    .prepare(
      'SELECT segment, events_before, events, stored_at FROM segments WHERE segment >= ?1 ORDER BY segment LIMIT 1',
    )
    .bind(from)
    .first()

async function firstFrom(store: Store, segment: number): Promise<ArrivalPosition> {
  const row = await firstSegment(store, segment)
  return row === null ? arrivalEnd(store) : { segment: row.segment, done: 0, number: row.events_before }
}

const READ_REFERENCES = `
  WITH found AS MATERIALIZED (
    SELECT b.segment, j.value ->> 1 AS nr, b.stored_at, b.events_before, b.ids ->> (j.value ->> 1) AS id, b.contents -> (j.value ->> 1) AS value
    FROM json_each(?1) j CROSS JOIN segments b ON b.segment = j.value ->> 0 AND b.events > j.value ->> 1)
  SELECT e.segment, e.nr, e.stored_at, e.events_before, e.id, e.value AS event, lower(hex(r.wrapped_key)) AS wrapped_key
  FROM found e LEFT JOIN recipients r ON r.recipient = unhex(${column('recipient')}) WHERE e.value <> 'null'`

/** The events at these places, those that are still stored, in no order. */
export async function readEventsAt(
  { db }: Store,
  references: readonly EventReference[],
): Promise<readonly Arrival[]> {
  if (references.length === 0) return []
  const { results } = await db.prepare(READ_REFERENCES).bind(placesJson(references)).all<FoundArrival>()
  return results.map(arrivalOf)
}

const READ_IDS = `
  SELECT b.segment, j.value ->> 1 AS nr, b.ids ->> (j.value ->> 1) AS id
  FROM json_each(?1) j CROSS JOIN segments b ON b.segment = j.value ->> 0 AND b.events > j.value ->> 1`

/** The ids of the events at these places, those that are still stored, in no order. No content is read. */
export async function readEventIdsAt(
  { db }: Store,
  references: readonly EventReference[],
): Promise<readonly (EventReference & { readonly id: string })[]> {
  if (references.length === 0) return []
  const { results } = await db
    .prepare(READ_IDS)
    .bind(placesJson(references))
    .all<{ segment: number; nr: number; id: string }>()
  return results.map(({ segment, nr, id }) => ({ segment, index: nr, id }))
}

const placesJson = (references: readonly EventReference[]): string =>
  JSON.stringify(references.map(({ segment, index }) => [segment, index]))

const arrivalOf = (row: FoundArrival): Arrival => ({
  segment: row.segment,
  index: row.nr,
  storedAtMs: row.stored_at,
  number: row.events_before + row.nr,
  characters: row.event.length,
  row: rowOf(row),
})
