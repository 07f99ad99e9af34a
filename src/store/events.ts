/** Reads events, newest first by the time at which they happened. */
import { FIRST_TIMED_ID, isTimed, timePrefix } from '../event/identity.ts'
import type { EventType } from '../event/mail-event.ts'
import { rfc3339Ms } from '../platform/time.ts'
import { type Place, fromCursor, page, toCursor } from './cursor.ts'
import { type EventRow, SELECTED_EVENT, type StoredEvent, eventOf, personalReader } from './event-row.ts'
import { type Store, sourcesInSight } from './store.ts'

export interface EventQuery {
  readonly source?: string | undefined
  readonly type?: EventType | undefined
  /** Exact address, in any spelling. */
  readonly recipient?: string | undefined
  readonly message_id?: string | undefined
  /** RFC 3339: what happened then or later. */
  readonly since?: string | undefined
  /** RFC 3339: what happened before. */
  readonly until?: string | undefined
  readonly limit: number
  /** `next_cursor` of the page before. */
  readonly cursor?: string | undefined
}

export interface EventPage {
  readonly events: StoredEvent[]
  /** Null on the last page. A page can be short, even empty, and still have a next one. */
  readonly next_cursor: string | null
}

/**
 * How many rows one call looks through for a source or type that is rare among the others. They have no index, which would
 * cost a row per event for ever; a page that ends here says where to read on.
 */
export const SCAN_MAX_ROWS = 100_000

/**
 * One page. Fields of an erased person come back null or empty.
 *
 * @throws {CursorMalformed}
 */
export async function listEvents(
  store: Store,
  query: EventQuery,
  scanMaxRows = SCAN_MAX_ROWS,
): Promise<EventPage> {
  const { rows, next_cursor } = await read(store, await askedFor(store, query, scanMaxRows))
  const personal = personalReader(store)
  const events = await Promise.all(rows.map(async (row) => eventOf(row, await personal(row))))
  return { events, next_cursor }
}

/** A piece of SQL with the values it binds, in order. */
interface Piece {
  readonly sql: string
  readonly values: readonly (string | number)[]
}

interface Asked {
  /** Whose events; undefined for everybody's. */
  readonly subjects: Piece | undefined
  readonly filters: readonly Piece[]
  readonly before: Place
  readonly sinceMs: number
  readonly untilMs: number
  readonly limit: number
  readonly scanMaxRows: number
}

async function askedFor(store: Store, query: EventQuery, scanMaxRows: number): Promise<Asked> {
  const { source, type, recipient, message_id } = query
  const equal = (column: string, value: string | undefined): Piece[] =>
    value === undefined ? [] : [{ sql: `e.${column} = ?`, values: [value] }]
  return {
    subjects:
      recipient !== undefined
        ? { sql: '(SELECT unhex(?) AS subject)', values: [await store.people.indexOf(recipient)] }
        : message_id !== undefined
          ? { sql: SUBJECTS_OF_MESSAGE, values: [message_id] }
          : undefined,
    filters: [
      ...seen(store),
      ...equal('source', source),
      ...equal('type', type),
      ...equal('message_id', message_id),
    ],
    before: fromCursor(query.cursor),
    sinceMs: rfc3339Ms(query.since ?? '') ?? 0,
    untilMs: rfc3339Ms(query.until ?? '') ?? MAX_ID_MS,
    limit: query.limit,
    scanMaxRows,
  }
}

const seen = (store: Store): Piece[] => {
  const sources = sourcesInSight(store)
  return sources === null ? [] : [{ sql: 'e.source IN (SELECT value FROM json_each(?))', values: [sources] }]
}

/** Who a message went to, or the message itself where the ESP names nobody: they have the index, messages need none. */
const SUBJECTS_OF_MESSAGE = `(SELECT DISTINCT iif(m.recipient = x'', m.message_id, m.recipient) AS subject
  FROM message_states m WHERE m.message_id = ?)`

/** The largest time that 12 hex digits hold. */
const MAX_ID_MS = 2 ** 48 - 1

/**
 * Two lanes in one transaction: events whose id carries their time, in the order of ids, and the few without a time of
 * their own. Both begin behind the same place, so that one cursor serves both.
 */
async function read(
  { db }: Store,
  asked: Asked,
): Promise<{ readonly rows: readonly EventRow[]; readonly next_cursor: string | null }> {
  const { limit, scanMaxRows } = asked
  const bounded = asked.subjects === undefined && asked.filters.length > 0
  const range = timedRange(asked)
  const pieces = [
    bounded
      ? select(asked, scan(range, scanMaxRows), [], 'e.id DESC')
      : select(asked, plain(asked), [range], 'e.id DESC'),
    select(asked, plain(asked), [untimedRange(asked)], 'e.occurred_at DESC, e.id DESC'),
    // Where a bounded look ended; no row when it went through everything.
    {
      sql: `SELECT e.id, e.occurred_at FROM events e WHERE ${range.sql} ORDER BY e.id DESC LIMIT 1 OFFSET ?`,
      values: [...range.values, scanMaxRows - 1],
    },
  ]
  const answers = await db.batch<EventRow>(
    pieces.slice(0, bounded ? 3 : 2).map(({ sql, values }) => db.prepare(sql).bind(...values)),
  )
  const [timed = [], untimed = [], ends = []] = answers.map(({ results }) => results)
  const rows = [...timed, ...untimed].sort(newestFirst)
  const [end] = timed.length > limit ? [] : ends
  const seen = end === undefined ? rows : rows.filter((row) => newestFirst(row, end) <= 0)
  const { rows: kept, next_cursor } = page(seen, limit, placeOf)
  return { rows: kept, next_cursor: next_cursor ?? (end === undefined ? null : toCursor(placeOf(end))) }
}

const plain = ({ subjects }: Asked): Piece =>
  subjects === undefined
    ? { sql: 'events e', values: [] }
    : {
        sql: `${subjects.sql} s CROSS JOIN events e ON coalesce(e.recipient, e.message_id) = s.subject`,
        values: subjects.values,
      }

const scan = (range: Piece, rows: number): Piece => ({
  sql: `(SELECT * FROM events e WHERE ${range.sql} ORDER BY e.id DESC LIMIT ?) e`,
  values: [...range.values, rows],
})

function select({ filters, limit }: Asked, from: Piece, ranges: readonly Piece[], order: string): Piece {
  const conditions = [...ranges, ...filters]
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}`
  return {
    sql: `SELECT ${SELECTED_EVENT} FROM ${from.sql} LEFT JOIN recipients r ON r.recipient = e.recipient
      ${where} ORDER BY ${order} LIMIT ?`,
    values: [...from.values, ...conditions.flatMap(({ values }) => values), limit + 1],
  }
}

/** Ids from the first of `since` to the last before `until` and the place. */
function timedRange({ before, sinceMs, untilMs }: Asked): Piece {
  // A place without a time in its id stands before every timed event of its millisecond.
  const place = isTimed(before.id) ? before.id : timePrefix(Math.min(before.atMs, MAX_ID_MS))
  const until = timePrefix(Math.min(untilMs, MAX_ID_MS))
  return {
    sql: 'e.id >= ? AND e.id < ?',
    values: [timePrefix(Math.max(1, sinceMs)), place < until ? place : until],
  }
}

const untimedRange = ({ before, sinceMs, untilMs }: Asked): Piece => ({
  sql: `e.id < '${FIRST_TIMED_ID}' AND e.occurred_at >= ? AND e.occurred_at < ? AND (e.occurred_at, e.id) < (?, ?)`,
  values: [sinceMs, untilMs, before.atMs, before.id],
})

const placeOf = (row: EventRow): Place => ({ atMs: row.occurred_at, id: row.id })

const newestFirst = (a: EventRow, b: EventRow): number =>
  b.occurred_at - a.occurred_at || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0)
