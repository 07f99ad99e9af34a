/** Reads all that is known about a delivery. Each part is asked at once, and one that does not answer is named. */
import { securityOf } from '../../../event/decision.ts'
import { REQUEST_ID } from '../../../platform/ids.ts'
import { toInstant } from '../../../platform/time.ts'
import { deadLettersOf } from '../../../store/dead-letters.ts'
import { findEventRow, listEventRows, listEvents } from '../../../store/events.ts'
import { type QuarantineEntry, quarantineOf, readQuarantine } from '../../../store/quarantine.ts'
import { type EventRow, type StoredEvent, eventReader } from '../../../store/stored-event.ts'
import { findSuppression } from '../../../store/suppressions.ts'
import type { Incident } from '../../../watch/incidents/incident.ts'
import { may, mayEverywhere, seesAll } from '../../access/actor.ts'
import { listIncidents } from '../../incidents.ts'
import { type RequestContext, answered } from '../../request-context.ts'
import { readSendings } from './sendings.tsx'
import { EVENTS_READ, type Known } from './story.tsx'

/** Shown of its message. */
const MESSAGE_EVENTS = 50
const INCIDENTS_READ = 20
/** Events of one delivery seldom differ more in their times. */
const BATCH_SPAN_MS = 86_400_000

export interface Loaded extends Known {
  /** The one that the page is about, or all of the delivery, the newest first. */
  readonly events: readonly StoredEvent[]
  /** Of the event's message, the oldest first. */
  readonly message: readonly StoredEvent[]
  /** The quarantined item that the page is about. */
  readonly entry: QuarantineEntry | undefined
  /** That lasted when it came. */
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
/** A dead letter has the id of its request, of either form, and the number of the message behind it. */
const LETTER_ID = /^([\w-]+)\.\w{1,9}$/

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
  const { requestId, row, entry: item } = anchor
  const unread = new Set<string>()
  const ask = async <T>(part: string, read: () => Promise<T | undefined>): Promise<T | undefined> => {
    const got = await answered(context, part, async () => [await read()] as const)
    if (got === undefined) unread.add(part)
    return got?.[0]
  }

  const isRequest = row === undefined && item === undefined
  const [refusal] =
    (isRequest && (await ask('refusals', () => refusalLog.latest({ requestId, limit: 1 })))) || []
  // A refused delivery has neither events nor anything in quarantine.
  const letIn = <T>(part: string, read: () => Promise<T>) =>
    refusal === undefined ? ask(part, read) : undefined
  const rowsAsked = letIn('events', () => rowsOf(context, anchor))
  const rows = row === undefined ? ((await rowsAsked) ?? []) : [row]
  const [first] = rows
  // A delivery with one event is shown as this event, unless the id is that of something else in it.
  const event =
    first !== undefined && rows.length === 1 && item === undefined
      ? await eventReader(store)(first)
      : undefined
  const receivedMs = first?.received_at ?? (item === undefined ? refusal?.atMs : Date.parse(item.received_at))
  const recipient = event !== undefined && mayEverywhere(actor, 'operator') ? event.recipient : null
  const messageId = event?.message_id ?? null
  const source = first?.source ?? item?.source ?? refusal?.source ?? null

  const [all = [], quarantined = [], deadLetters = [], suppression, message, sendings, incidents, capture] =
    await Promise.all([
      rowsAsked,
      letIn('quarantine', () => quarantineOf(store, requestId, receivedMs)),
      letIn('dead letters', () => deadLettersOf(store, requestId)),
      recipient === null ? undefined : ask('suppressions', () => findSuppression(store, recipient, nowMs)),
      messageId === null || event === undefined
        ? undefined
        : ask('message', () =>
            listEvents(store, { source: event.source, message_id: messageId, limit: MESSAGE_EVENTS }, nowMs),
          ),
      event !== undefined && seesAll(actor) ? readSendings(context, event) : [],
      source === null ? [] : listIncidents(context, { source, limit: INCIDENTS_READ }),
      refusal === undefined || source === null
        ? null
        : ask('captures', () => refusalLog.viewCapture(source, nowMs)),
    ])
  if (sendings === undefined) unread.add('destinations')
  if (incidents === undefined) unread.add('incidents')
  const [summary, second] = quarantined
  const isAll = rows.length === 0 && second === undefined && may(actor, 'operator')
  const entry =
    item ?? (summary && isAll ? await ask('quarantine', () => readQuarantine(store, summary.id)) : undefined)
  const known = refusal ?? first ?? item ?? summary ?? deadLetters[0]
  if (known === undefined && unread.size === 0) return undefined
  const facts: Facts | undefined = first ?? entry?.delivery ?? summary ?? refusal
  const events =
    event === undefined ? await Promise.all(rows.slice(0, EVENTS_READ).map(eventReader(store))) : [event]
  const place = all.findIndex(({ event_id: one }) => one === first?.event_id)
  return {
    id,
    requestId,
    source: known?.source ?? null,
    provider: facts?.provider ?? null,
    receivedMs: receivedMs ?? (summary && Date.parse(summary.received_at)),
    network: facts?.network ?? null,
    asn: facts?.asn ?? null,
    bytes: facts?.bytes ?? null,
    refusal,
    security: events[0]?.security ?? (entry && securityOf(entry.delivery)),
    event,
    stored: {
      count: Math.max(all.length, rows.length),
      place: all.length > EVENTS_READ || place === -1 ? undefined : all.length - place,
    },
    quarantined,
    deadLetters,
    suppression: suppression ?? null,
    person: recipient === null ? undefined : await store.people.indexOf(recipient),
    sendings: sendings ?? [],
    events,
    message: message?.events.toReversed() ?? [],
    entry,
    incidents: (incidents ?? []).filter(
      ({ sinceMs, resolvedMs }) =>
        receivedMs !== undefined && sinceMs <= receivedMs && receivedMs <= (resolvedMs ?? nowMs),
    ),
    isCaptured: capture?.captured.some((one) => one.requestId === requestId) ?? false,
    unread: [...unread],
  }
}

/** Of a delivery, as far as its parts know it. */
interface Facts {
  readonly provider: string | null
  readonly network?: string | null | undefined
  readonly asn?: number | null | undefined
  readonly bytes?: number | null | undefined
}

/** The newest first. Of an event the source and the time are known, which bounds the search. */
function rowsOf({ store, nowMs }: RequestContext, { requestId, row, entry }: Anchor) {
  const atMs = row?.occurred_at ?? (entry && Date.parse(entry.received_at))
  const near = atMs !== undefined && {
    since: toInstant(atMs - BATCH_SPAN_MS),
    until: toInstant(atMs + BATCH_SPAN_MS),
    source: row?.source ?? entry?.source,
  }
  return listEventRows(store, { request_id: requestId, ...near, limit: EVENTS_READ + 1 }, nowMs)
}
