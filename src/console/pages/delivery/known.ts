/** Reads all that is known about a delivery. Each part is asked at once, and one that does not answer is named. */
import { securityOf } from '../../../event/decision.ts'
import { REQUEST_ID } from '../../../platform/ids.ts'
import { toInstant } from '../../../platform/time.ts'
import type { RefusalRecord } from '../../../refusals/refusal.ts'
import { deadLettersOf } from '../../../store/dead-letters.ts'
import { findEventRow, listEventRows, listEvents } from '../../../store/events.ts'
import { type QuarantineEntry, quarantineOf, readQuarantine } from '../../../store/quarantine.ts'
import { type EventRow, type StoredEvent, eventReader } from '../../../store/stored-event.ts'
import { findSuppression } from '../../../store/suppressions.ts'
import type { Incident } from '../../../watch/incidents/incident.ts'
import { may, mayEverywhere, sees, seesAll } from '../../access/actor.ts'
import { listIncidents } from '../../incidents.ts'
import { type RequestContext, answered } from '../../request-context.ts'
import { readSendings } from './sendings.tsx'
import { EVENTS_READ, type Known } from './story.tsx'

/** Shown of its message. */
const MESSAGE_EVENTS = 20
const INCIDENTS_READ = 20
/** Events of one delivery seldom differ more in their times. */
const BATCH_SPAN_MS = 86_400_000

export interface Loaded {
  readonly known: Known
  /** The one that the page is about, or all of the delivery, the newest first. */
  readonly events: readonly StoredEvent[]
  /** Of the event's message, the oldest first. */
  readonly message: readonly StoredEvent[]
  /** The quarantined item that the page is about. */
  readonly entry: QuarantineEntry | undefined
  readonly incidents: readonly Incident[]
  readonly isCaptured: boolean
  /** Parts that did not answer. */
  readonly unread: readonly string[]
}

/** An id, as far as it leads. */
interface Anchor {
  readonly requestId: string
  readonly row?: EventRow
  readonly entry?: QuarantineEntry
}

const EVENT_ID = /^[0-9a-f]{44}$/
const QUARANTINE_ID = /^[0-9a-f]{32}$/
/** A dead letter has the id of its request, and the number of the message behind it. */
const LETTER_ID = /^(req_[0-9a-f]{24})\.\w{1,9}$/

export const isEventId = (id: string): boolean => EVENT_ID.test(id)

async function anchorOf({ store }: RequestContext, id: string): Promise<Anchor | undefined> {
  if (isEventId(id)) {
    const row = await findEventRow(store, id)
    return row && { requestId: row.request_id, row }
  }
  if (QUARANTINE_ID.test(id)) {
    const entry = await readQuarantine(store, id)
    return entry && { requestId: entry.request_id, entry }
  }
  const [, requestId = id] = LETTER_ID.exec(id) ?? []
  return REQUEST_ID.test(requestId) ? { requestId } : undefined
}

/** @returns undefined if nothing is known that the actor sees */
export async function loadDelivery(context: RequestContext, id: string): Promise<Loaded | undefined> {
  const { store, actor, nowMs, refusalLog } = context
  const anchor = await anchorOf(context, id)
  if (anchor === undefined) return undefined
  const { requestId } = anchor
  const unread = new Set<string>()
  const ask = async <T>(part: string, read: () => Promise<T | undefined>): Promise<T | undefined> => {
    const got = await answered(context, part, async () => [await read()] as const)
    if (got === undefined) unread.add(part)
    return got?.[0]
  }

  const isRequest = anchor.row === undefined && anchor.entry === undefined
  const [refusal] = isRequest
    ? ((await ask('refusals', () => refusalLog.latest({ requestId, limit: 1 }))) ?? [])
    : []
  // A refused delivery has neither events nor anything in quarantine.
  const rowsAsked = refusal === undefined ? ask('events', () => rowsOf(context, anchor)) : undefined
  const only = anchor.row === undefined ? onlyOf(await rowsAsked, anchor) : anchor.row
  const first = anchor.row ?? (await rowsAsked)?.[0]
  const event = only && (await eventReader(store)(only))
  const delivery = anchor.entry?.delivery
  const source = event?.source ?? first?.source ?? delivery?.source ?? refusal?.source ?? null
  const receivedMs = first?.received_at ?? (delivery && Date.parse(delivery.received_at)) ?? refusal?.atMs
  const recipient = event !== undefined && mayEverywhere(actor, 'operator') ? event.recipient : null
  const messageId = event?.message_id ?? null

  const [rows = [], quarantined = [], deadLetters = [], suppression, message, sendings, found, isCaptured] =
    await Promise.all([
      rowsAsked,
      refusal === undefined ? ask('quarantine', () => quarantineOf(store, requestId, receivedMs)) : undefined,
      refusal === undefined ? ask('dead letters', () => deadLettersOf(store, requestId)) : undefined,
      recipient === null ? undefined : ask('suppressions', () => findSuppression(store, recipient)),
      event === undefined || messageId === null
        ? undefined
        : ask('message', () =>
            listEvents(store, { source: event.source, message_id: messageId, limit: MESSAGE_EVENTS }, nowMs),
          ),
      event !== undefined && seesAll(actor) ? readSendings(context, event) : [],
      source === null || !sees(actor, source)
        ? []
        : listIncidents(context, { source, limit: INCIDENTS_READ }),
      refusal === undefined ? false : ask('captures', () => wasCaptured(context, refusal)),
    ])
  if (sendings === undefined) unread.add('destinations')
  if (found === undefined) unread.add('incidents')
  const [summary] = quarantined
  const entry =
    anchor.entry ??
    (rows.length === 0 && summary !== undefined && quarantined.length === 1 && may(actor, 'operator')
      ? await ask('quarantine', () => readQuarantine(store, summary.id))
      : undefined)
  if (refusal === undefined && rows.length + quarantined.length + deadLetters.length === 0) {
    if (only === undefined && entry === undefined && unread.size === 0) return undefined
  }
  const accepted = entry?.delivery
  const events =
    event === undefined ? await Promise.all(rows.slice(0, EVENTS_READ).map(eventReader(store))) : [event]
  return {
    known: {
      id,
      requestId,
      source: source ?? summary?.source ?? deadLetters[0]?.source ?? null,
      provider: first?.provider ?? summary?.provider ?? refusal?.provider ?? null,
      receivedMs: receivedMs ?? (summary && Date.parse(summary.received_at)),
      network: first?.network ?? accepted?.network ?? refusal?.network ?? null,
      asn: first?.asn ?? accepted?.asn ?? null,
      bytes: first?.bytes ?? accepted?.bytes ?? null,
      refusal,
      security: events[0]?.security ?? (accepted && securityOf(accepted)),
      event,
      stored: storedOf(rows, only),
      quarantined,
      deadLetters,
      suppression: suppression ?? null,
      person: recipient === null ? undefined : await store.people.indexOf(recipient),
      sendings: sendings ?? [],
    },
    events,
    message: message?.events.toReversed() ?? [],
    entry,
    incidents: (found ?? []).filter((one) => isAbout(one, receivedMs, nowMs)),
    isCaptured: isCaptured === true,
    unread: [...unread],
  }
}

/** A delivery with one event is shown as this event, unless the id is that of something else in it. */
const onlyOf = (rows: readonly EventRow[] | undefined, { entry }: Anchor): EventRow | undefined =>
  entry === undefined && rows?.length === 1 ? rows[0] : undefined

/** The newest first. Of an event the source and the time are known, which bounds the search. */
function rowsOf({ store, nowMs }: RequestContext, { requestId, row, entry }: Anchor) {
  const atMs = row?.occurred_at ?? (entry && Date.parse(entry.received_at))
  const near =
    atMs === undefined
      ? {}
      : { since: toInstant(atMs - BATCH_SPAN_MS), until: toInstant(atMs + BATCH_SPAN_MS) }
  const source = row?.source ?? entry?.source
  return listEventRows(store, { request_id: requestId, source, ...near, limit: EVENTS_READ + 1 }, nowMs)
}

function storedOf(rows: readonly EventRow[], only: EventRow | undefined): Known['stored'] {
  const index = rows.findIndex(({ event_id: id }) => id === only?.event_id)
  const isWhole = rows.length <= EVENTS_READ && index >= 0
  return {
    count: Math.max(rows.length, only === undefined ? 0 : 1),
    place: isWhole ? rows.length - index : undefined,
  }
}

async function wasCaptured({ refusalLog, actor, nowMs }: RequestContext, refusal: RefusalRecord) {
  const { source, requestId } = refusal
  if (source === null || !sees(actor, source)) return false
  const capture = await refusalLog.viewCapture(source, nowMs)
  return capture?.captured.some((one) => one.requestId === requestId) ?? false
}

/** Whether an incident lasted when the delivery came. */
const isAbout = ({ sinceMs, resolvedMs }: Incident, receivedMs: number | undefined, nowMs: number): boolean =>
  receivedMs !== undefined && sinceMs <= receivedMs && receivedMs <= (resolvedMs ?? nowMs)
