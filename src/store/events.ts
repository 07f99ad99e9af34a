/** Reads events, newest first by their effective time. */
import { CLOCK_AHEAD_MAX_MS } from '../event/effective-time.ts'
import type { EventType } from '../event/mail-event.ts'
import { rfc3339Ms } from '../platform/time.ts'
import { type Place, fromCursor, page, toCursor } from './cursor.ts'
import { messageFingerprint, personFingerprint } from './fingerprint.ts'
import { type Wanted, scanBefore, placeOf } from './scan.ts'
import { personalReader } from './personal.ts'
import { type EventRow, type StoredEvent, eventOf } from './stored-event.ts'
import type { Store } from './store.ts'
import { findSegments } from './inverted-index.ts'

export interface EventQuery {
  readonly source?: string | undefined
  readonly type?: EventType | undefined
  /** Exact address, in any spelling. */
  readonly recipient?: string | undefined
  readonly message_id?: string | undefined
  /** The delivery that brought them. */
  readonly request_id?: string | undefined
  /** RFC 3339: what happened then or later, by its effective time. */
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
 * How many events one call looks through for a source or type that is rare among the others. They have no index, which would
 * cost a row per event for ever; a page that ends here says where to read on.
 */
export const SCAN_MAX_EVENTS = 100_000

/** By how much a look is larger than the one before it, when that found too little. */
const GROWTH = 8

/**
 * One page. Fields of an erased person come back null or empty.
 *
 * @throws {CursorMalformed}
 */
export async function listEvents(
  store: Store,
  query: EventQuery,
  nowMs: number,
  scanMaxEvents = SCAN_MAX_EVENTS,
): Promise<EventPage> {
  const { rows, next_cursor } = await read(
    store,
    await wantedBy(store, query, nowMs),
    query.limit,
    scanMaxEvents,
  )
  const personal = personalReader(store)
  const events = await Promise.all(rows.map(async (row) => eventOf(row, await personal(row))))
  return { events, next_cursor }
}

async function wantedBy(store: Store, query: EventQuery, nowMs: number): Promise<Wanted> {
  const { source, type, recipient, message_id, request_id } = query
  const index = recipient === undefined ? undefined : await store.people.indexOf(recipient)
  const equal = { source, type, message_id, request_id, recipient: index } as const
  // No effective time is later. Ids that tell a later one are not looked through, however many there are.
  const newestMs = nowMs + CLOCK_AHEAD_MAX_MS + 1
  const until: Place = { atMs: Math.min(rfc3339Ms(query.until ?? '') ?? newestMs, newestMs), id: '' }
  const cursor = fromCursor(query.cursor)
  const fingerprint =
    index !== undefined
      ? personFingerprint(index)
      : message_id !== undefined
        ? await messageFingerprint(message_id)
        : undefined
  return {
    segments: fingerprint === undefined ? undefined : await findSegments(store, fingerprint),
    equal: (['source', 'type', 'message_id', 'request_id', 'recipient'] as const).flatMap((name) => {
      const value = equal[name]
      return value === undefined ? [] : [[name, value] as const]
    }),
    sinceMs: rfc3339Ms(query.since ?? '') ?? 0,
    before: cursor.atMs < until.atMs ? cursor : until,
  }
}

async function read(
  store: Store,
  wanted: Wanted,
  limit: number,
  scanMaxEvents: number,
): Promise<{ readonly rows: readonly EventRow[]; readonly next_cursor: string | null }> {
  const rows: EventRow[] = []
  let { before } = wanted
  let left = scanMaxEvents
  let events = limit + 1
  for (;;) {
    events = Math.min(events, left)
    const scan = await scanBefore(store, { ...wanted, before }, events, limit + 1 - rows.length)
    rows.push(...scan.rows)
    if (rows.length > limit || scan.end === undefined) return page(rows, limit, placeOf)
    left -= events
    if (left <= 0) return { rows, next_cursor: toCursor(scan.end) }
    before = scan.end
    events *= GROWTH
  }
}
