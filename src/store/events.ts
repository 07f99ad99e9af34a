/** Reads events, newest first by their effective time. */
import type { Cause } from '../event/cause/causes.ts'
import { CLOCK_AHEAD_MAX_MS, effectiveMs } from '../event/effective-time.ts'
import type { BounceType, EventType } from '../event/mail-event.ts'
import { domainOf, mailboxProviderOf } from '../event/mailbox-providers.ts'
import { withoutBrackets } from '../event/message-id.ts'
import { rfc3339Ms } from '../platform/time.ts'
import { PAGE_MAX_BYTES, type Position, fromCursor, page, startingAt, toCursor } from './cursor.ts'
import { filterFingerprint, personFingerprint, requestFingerprint } from './fingerprint.ts'
import { storedForms } from './masks.ts'
import { type Automated, type Scan, type ScanBounds, type Wanted, scanBefore, positionOf } from './scan.ts'
import { givenCursor, shownCursor } from './sealed-cursor.ts'
import { type EventRow, type StoredEvent, eventReader } from './stored-event.ts'
import { type Original, openOriginal } from './originals.ts'
import { findOriginals, findRows } from './segments.ts'
import { knownId } from './shown-id.ts'
import type { Store } from './store.ts'
import { findNewestSegments, findSegments, segmentsOfMessage } from './inverted-index.ts'

export interface EventQuery {
  readonly source?: string | undefined
  /** Of one of these types. */
  readonly types?: readonly EventType[] | undefined
  /** Exact address, in any spelling. */
  readonly recipient?: string | undefined
  /** Any id of the message, with or without angle brackets. */
  readonly message_id?: string | undefined
  /** The delivery that brought them. */
  readonly request_id?: string | undefined
  /** As the ESP names it. */
  readonly campaign_id?: string | undefined
  readonly bounce_type?: BounceType | undefined
  readonly cause?: Cause | undefined
  readonly automated?: Automated | undefined
  /** In the words of the server, in any case. As the two below, it is sealed: see {@link OPENED_MAX_EVENTS}. */
  readonly reason?: string | undefined
  readonly tag?: string | undefined
  /** Of the recipient, by the name that figures of deliverability have. */
  readonly mailbox_provider?: string | undefined
  /** RFC 3339: events of this effective time or later. */
  readonly since?: string | undefined
  /** RFC 3339: events before this effective time. */
  readonly until?: string | undefined
  readonly limit: number
  /** `next_cursor` of the previous page. */
  readonly cursor?: string | undefined
}

export interface EventPage {
  readonly events: StoredEvent[]
  /**
   * Null on the last page. Any other page can be short, since one of large events ends early. Only a page of a person, a
   * message or a delivery that is filtered by something else, and one that is filtered by what is sealed, can be empty and have a next one.
   */
  readonly next_cursor: string | null
}

/** How many events one call reads of a person or a message when a source or type is rare among them. */
export const SCAN_MAX_EVENTS = 100_000

/** How many events one call opens to find those with a reason, a tag or a mailbox provider. A cursor leads on behind them. */
export const OPENED_MAX_EVENTS = 2_000
const OPENED_AT_ONCE = 500

/** By how much a scan is larger than the one before it, when that found too little. */
const GROWTH = 8

/**
 * How many events a scan reads at least, once it is known how far back the page can reach. Many ESPs report whole seconds, so the
 * segments of a campaign's second lie over one another: the first scan ends among events of which it has seen a part.
 */
const BURST_EVENTS = 4_096

/** Segments beyond those that could fill the page: a segment's other events are often newer than the one wanted. */
const SPARE_SEGMENTS = 4

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
  pageMaxBytes = PAGE_MAX_BYTES,
  openedMaxEvents = OPENED_MAX_EVENTS,
): Promise<EventPage> {
  const wanted = await wantedBy(store, query, nowMs)
  const index = indexedFilter(store, query, wanted)
  const open = eventReader(store)
  const isAsked = sealedFilter(query)
  const { limit } = query
  const shown = async (events: StoredEvent[], cursor: string | null): Promise<EventPage> => ({
    events,
    next_cursor: cursor === null ? null : await shownCursor(store, cursor),
  })
  if (isAsked === undefined) {
    const { rows, next_cursor } = await read(store, wanted, index, limit, scanMaxEvents, pageMaxBytes)
    return shown(await Promise.all(rows.map(open)), next_cursor)
  }
  const found: { readonly row: EventRow; readonly event: StoredEvent }[] = []
  let { before } = wanted
  for (let left = openedMaxEvents; ;) {
    const size = Math.min(left, OPENED_AT_ONCE)
    const { rows, next_cursor } = await read(
      store,
      { ...wanted, before },
      index,
      size,
      scanMaxEvents,
      pageMaxBytes,
    )
    const opened = await Promise.all(rows.map(async (row) => ({ row, event: await open(row) })))
    found.push(...opened.filter(({ event }) => isAsked(event)))
    left -= rows.length
    const isFull = found.length > limit
    if (isFull || next_cursor === null || left <= 0 || rows.length === 0) {
      const cut = page(found, limit, ({ row }) => positionOf(row))
      return shown(
        cut.rows.map(({ event }) => event),
        isFull ? cut.next_cursor : next_cursor,
      )
    }
    before = fromCursor(next_cursor)
  }
}

/** A cursor of the page that begins with an event of this list. */
export const cursorAt = async (store: Store, event: StoredEvent): Promise<string> =>
  shownCursor(store, startingAt({ atMs: effectiveMs(event), id: await knownId(store, event.id) }))

/** Undefined if nothing sealed is asked for. */
function sealedFilter({
  reason,
  tag,
  mailbox_provider: provider,
}: EventQuery): ((event: StoredEvent) => boolean) | undefined {
  if (reason === undefined && tag === undefined && provider === undefined) return undefined
  const word = reason?.toLowerCase() ?? ''
  return (event) =>
    (event.reason ?? '').toLowerCase().includes(word) &&
    (tag === undefined || event.tags.includes(tag)) &&
    (provider === undefined ||
      (event.recipient !== null &&
        mailboxProviderOf(domainOf(event.recipient.trim().toLowerCase())) === provider))
}

/** The newest events of a query without opening them, with what is stored of their deliveries. One page of bounded size. */
export async function listEventRows(
  store: Store,
  query: Omit<EventQuery, 'cursor'>,
  nowMs: number,
  pageMaxBytes = PAGE_MAX_BYTES,
): Promise<readonly EventRow[]> {
  const wanted = await wantedBy(store, query, nowMs)
  const { rows } = await read(
    store,
    wanted,
    indexedFilter(store, query, wanted),
    query.limit,
    SCAN_MAX_EVENTS,
    pageMaxBytes,
  )
  return rows
}

/** One event by its id, as the actor of the store was given it; undefined if there is none that the actor sees. */
export const findEvent = async (store: Store, id: string): Promise<StoredEvent | undefined> =>
  (await findEvents(store, [id])).get(id)

/** As {@link findEvent}, without opening it, with what is stored of its delivery. */
export const findEventRow = async (store: Store, id: string): Promise<EventRow | undefined> =>
  (await rowsOf(store, [id]))[0]

/** The original of an event, as the actor of the store was given its id; undefined if there is no such event. */
export async function findOriginal(store: Store, id: string): Promise<Original | undefined> {
  const row = await findEventRow(store, id)
  if (row === undefined) return undefined
  const sealed = await findOriginals(store.db, [row.event_id])
  return openOriginal(store, row, sealed.get(row.event_id) ?? null)
}

/** Events by their ids, in one query: for the rows of a page. Those that the actor does not see are missing. */
export async function findEvents(
  store: Store,
  ids: readonly string[],
): Promise<ReadonlyMap<string, StoredEvent>> {
  const rows = await rowsOf(store, ids)
  const events = await Promise.all(rows.map(eventReader(store)))
  return new Map(events.map((event) => [event.id, event]))
}

async function rowsOf(store: Store, ids: readonly string[]): Promise<readonly EventRow[]> {
  const known = await Promise.all([...new Set(ids)].map((id) => knownId(store, id)))
  const { sources } = store.scope
  const rows = await findRows(store.db, known)
  return rows.filter(({ source }) => sources === null || sources.includes(source))
}

async function wantedBy(store: Store, query: EventQuery, nowMs: number): Promise<Wanted> {
  const { source, types, recipient, message_id, request_id, campaign_id, bounce_type, cause, automated } =
    query
  const index = recipient === undefined ? undefined : await store.people.indexOf(recipient)
  const campaigns = campaign_id === undefined ? undefined : await storedForms(store.people, campaign_id)
  const equal = {
    source,
    type: types,
    request_id,
    campaign_id: campaigns,
    bounce_type,
    cause,
    recipient: index,
  } as const
  const messageIds =
    message_id === undefined ? undefined : await storedForms(store.people, withoutBrackets(message_id))
  // No effective time is later than this. So ids with a later time are not read, however many there are.
  const newestMs = nowMs + CLOCK_AHEAD_MAX_MS + 1
  const until: Position = { atMs: Math.min(rfc3339Ms(query.until ?? '') ?? newestMs, newestMs), id: '' }
  const cursor = fromCursor(query.cursor && (await givenCursor(store, query.cursor)))
  const segments =
    index !== undefined
      ? await findSegments(store, personFingerprint(index))
      : messageIds !== undefined
        ? await segmentsOfMessage(store, messageIds)
        : await segmentsOfRequest(store, request_id)
  return {
    segments,
    messageIds,
    automated,
    equal: (
      ['source', 'type', 'request_id', 'campaign_id', 'bounce_type', 'cause', 'recipient'] as const
    ).flatMap((name) => {
      const value = equal[name]
      return value === undefined ? [] : [[name, value] as const]
    }),
    since: { atMs: rfc3339Ms(query.since ?? '') ?? 0, id: '' },
    before: cursor.atMs < until.atMs ? cursor : until,
  }
}

/** Undefined without a request, and for one that is listed nowhere: segments from before version 0.4.0 list no deliveries. */
async function segmentsOfRequest(store: Store, requestId: string | undefined): Promise<string | undefined> {
  if (requestId === undefined) return undefined
  const segments = await findSegments(store, requestFingerprint(requestId))
  return segments === '[]' ? undefined : segments
}

/**
 * Fingerprints of which every event that the query asks for has one. Undefined where a person, a message or a delivery has led to the
 * segments, which are fewer, and where every event is wanted.
 */
function indexedFilter(store: Store, query: EventQuery, { segments }: Wanted): readonly string[] | undefined {
  if (segments !== undefined) return undefined
  const { source, types = [undefined] } = query
  const inScope = store.scope.sources
  const isInScope = source === undefined || inScope === null || inScope.includes(source)
  if (!isInScope) return []
  if (source === undefined && inScope === null && query.types === undefined) return undefined
  const sources = source === undefined ? (inScope ?? [undefined]) : [source]
  return sources.flatMap((name) => types.map((type) => filterFingerprint(name, type)))
}

async function read(
  store: Store,
  wanted: Wanted,
  fingerprints: readonly string[] | undefined,
  limit: number,
  scanMaxEvents: number,
  pageMaxBytes: number,
): Promise<{ readonly rows: readonly EventRow[]; readonly next_cursor: string | null }> {
  const rows: EventRow[] = []
  let { since, before } = wanted
  let left = scanMaxEvents
  let events = limit + 1
  let bytesLeft = pageMaxBytes
  // A filter that fits many of the newest events fills its page from these alone, without the index.
  let index: readonly string[] | undefined
  for (;;) {
    events = Math.min(events, left)
    const missing = limit + 1 - rows.length
    const span = { ...wanted, since, before }
    const scan = await (index === undefined
      ? scanBefore(store, span, scanOf(events, missing, bytesLeft))
      : scanIndexed(store, span, index, missing, bytesLeft))
    rows.push(...scan.rows)
    bytesLeft -= scan.bytes
    if (scan.isCut && rows.length <= limit && scan.end !== undefined)
      return { rows, next_cursor: toCursor(scan.end) }
    // With a bound the page is full, unless events that the scan before had seen were removed in between.
    const end = scan.end ?? (since === wanted.since ? undefined : since)
    if (rows.length > limit || end === undefined) return page(rows, limit, positionOf)
    before = end
    left -= events
    const isRare = scan.since === undefined && scan.rows.length * GROWTH < limit + 1 - rows.length
    if (left <= 0 || isRare) index = fingerprints
    if (left <= 0 && index === undefined) return { rows, next_cursor: toCursor(before) }
    events *= GROWTH
    since = scan.since ?? (scan.end === undefined ? wanted.since : since)
    if (since !== wanted.since) events = Math.max(events, BURST_EVENTS)
  }
}

/** A scan of the newest segments that hold an event with one of the fingerprints. */
async function scanIndexed(
  store: Store,
  wanted: Wanted,
  fingerprints: readonly string[],
  limit: number,
  maxBytes: number,
): Promise<Scan> {
  const { segments, from_ms } = await findNewestSegments(store, fingerprints, wanted, limit + SPARE_SEGMENTS)
  const since = from_ms !== null && from_ms > wanted.since.atMs ? { atMs: from_ms, id: '' } : wanted.since
  const scan = await scanBefore(
    store,
    { ...wanted, segments, since },
    scanOf(Number.MAX_SAFE_INTEGER, limit, maxBytes),
  )
  if (scan.isCut) return scan
  return { ...scan, end: from_ms === null ? undefined : { atMs: from_ms, id: '' } }
}

const scanOf = (events: number, limit: number, maxBytes: number): ScanBounds => ({
  events,
  limit,
  maxBytes,
  withSealed: true,
})
