/**
 * Reads stored events again from their originals, with the provider's code of today. What differs goes into the queue, and the consumer
 * replaces it (`consumer/rewrite.ts`). Its id, its times and its place stay, so whoever asks for it finds it as before.
 */
import { REREAD_EVENTS, type Reread } from '../api/events.ts'
import type { DeliveryFacts } from '../event/envelope.ts'
import type { MailEvent } from '../event/mail-event.ts'
import { pack } from '../event/pack.ts'
import { hasRequiredFields } from '../event/required-fields.ts'
import { requestId } from '../platform/ids.ts'
import { parseJsonText } from '../platform/json.ts'
import { toInstant } from '../platform/time.ts'
import { providerNamed } from '../providers/index.ts'
import { eventsOf } from '../providers/shared/understand.ts'
import { type Arrival, type ArrivalPosition, arrivalAt, readArrivals } from '../store/arrival.ts'
import { openOriginal } from '../store/originals.ts'
import { nothingPersonal } from '../store/personal.ts'
import { openCursor, sealCursor } from '../store/sealed-cursor.ts'
import { originalsIn } from '../store/segments.ts'
import type { Store } from '../store/store.ts'
import { type StoredEvent, eventReader } from '../store/stored-event.ts'
import { note } from './note.ts'
import type { RequestContext } from './request-context.ts'

const PURPOSE = 'reread'

/** Events of one message. */
const QUEUED_EVENTS = 50

/** Identity and times of an event. */
const STAYING = ['id', 'source', 'provider', 'occurred_at', 'received_at'] as const

/** Their values may name somebody, or differ in each event. */
const NOT_SHOWN: ReadonlySet<string> = new Set([
  ...Object.keys(nothingPersonal()),
  'message_id',
  'other_message_ids',
  'provider_event_id',
  'campaign_id',
])

interface Asked {
  readonly source: string
  readonly sinceMs: number
  readonly cursor?: string | undefined
  readonly plan: boolean
}

/**
 * @throws {CursorMalformed}
 * @returns `queue_unavailable` if the queue did not take all: the same call goes on, since what was replaced does not differ
 */
export async function rereadPage(
  context: RequestContext,
  { source, sinceMs, cursor, plan }: Asked,
): Promise<Reread | 'queue_unavailable'> {
  const { store } = context
  const after =
    cursor === undefined
      ? await arrivalAt(store, sinceMs)
      : await openCursor<ArrivalPosition>(store, PURPOSE, cursor)
  const page = await readArrivals(store, { after, sources: [source], events: REREAD_EVENTS })
  const { changed, without, unreadable } = await compared(store, page.arrivals)
  if (!plan && changed.length > 0) {
    const detail = { events: changed.length, since: toInstant(sinceMs) }
    await note(context, 'events.reread', `source/${source}`, detail)
    const events = changed.map(({ now }) => now)
    if (!(await enqueued(context, source, events))) return 'queue_unavailable'
  }
  return {
    events: page.arrivals.length,
    without,
    unreadable,
    changed: changed.length,
    changes: changesOf(changed),
    next_cursor: page.isLast ? null : await sealCursor(store, PURPOSE, page.next),
  }
}

interface Changed {
  readonly was: MailEvent
  readonly now: MailEvent
}

async function compared(store: Store, arrivals: readonly Arrival[]) {
  const originals = await originalsIn(store.db, arrivals)
  const read = eventReader(store)
  const changed: Changed[] = []
  let [without, unreadable] = [0, 0]
  for (const { row, segment, index } of arrivals) {
    const original = await openOriginal(store, row, originals.get(segment)?.[index] ?? null)
    if (original.state === 'none') {
      without++
      continue
    }
    // The id that is stored, under which the consumer finds it.
    const was = { ...(await read(row)), id: row.event_id }
    const now = original.state === 'kept' ? await readAgain(store, was, original.text) : undefined
    if (now === undefined) unreadable++
    else if (fieldsOf(was, now).length > 0) changed.push({ was, now })
  }
  return { changed, without, unreadable }
}

/** The event as today's code reads it; undefined if the item is none today, or several. */
async function readAgain(store: Store, was: StoredEvent, text: string): Promise<MailEvent | undefined> {
  const provider = providerNamed(was.provider)
  if (provider === undefined) return undefined
  const body = {
    bytes: new Uint8Array(),
    contentType: null,
    query: new URLSearchParams(),
    verifiedHeaders: new Map(),
  }
  const [read, second] =
    (await eventsOf(
      provider,
      parseJsonText(text),
      body,
      factsOf(was.source, was.provider, was.received_at),
    )) ?? []
  if (read === undefined || second !== undefined || !hasRequiredFields(read)) return undefined
  const { id, source, provider: name, occurred_at, received_at, recipient } = was
  // A sign that later events have shown is not in the item.
  const { automated, automated_by } = (read.automated ?? null) === null ? was : read
  const isSame = recipient !== null && store.people.normal(read.recipient ?? '') === recipient
  // Some ESPs give it in a header alone, and none is kept.
  const provider_event_id = read.provider_event_id ?? was.provider_event_id
  const staying = { id, source, provider: name, occurred_at, received_at, provider_event_id }
  return { ...read, ...staying, automated, automated_by, ...(isSame && { recipient }) }
}

/** Null for what says nothing. */
function textOf(value: unknown): string | null {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null)
  return ['null', '[]', '{}', ''].includes(text) ? null : text
}

const fieldsOf = (was: MailEvent, now: MailEvent): (keyof MailEvent)[] =>
  (Object.keys(now) as (keyof MailEvent)[]).filter(
    (name) => !STAYING.some((one) => one === name) && textOf(was[name]) !== textOf(now[name]),
  )

function changesOf(changed: readonly Changed[]): Reread['changes'] {
  const shown = (name: keyof MailEvent, event: MailEvent): string | null => {
    if (textOf(event[name]) === null) return null
    return NOT_SHOWN.has(name) ? 'something' : textOf(event[name])
  }
  const all = changed.flatMap(({ was, now }) =>
    fieldsOf(was, now).map((field) => ({ field, from: shown(field, was), to: shown(field, now) })),
  )
  return [...Map.groupBy(all, (one) => JSON.stringify(one)).values()]
    .flatMap((same) => same.slice(0, 1).map((one) => ({ ...one, events: same.length })))
    .toSorted((a, b) => b.events - a.events)
}

const factsOf = (source: string, provider: string, receivedAt: string): DeliveryFacts => ({
  request_id: requestId(),
  source,
  provider,
  received_at: receivedAt,
  methods: [],
  checks: { passed: [], failed: [], undecided: [] },
  alerts: [],
  degraded: null,
})

async function enqueued(
  { queueSealer, putLarge, enqueue, nowMs, reportUnavailable }: RequestContext,
  source: string,
  events: readonly MailEvent[],
): Promise<boolean> {
  try {
    for (let i = 0; i < events.length; i += QUEUED_EVENTS) {
      const reread = events.slice(i, i + QUEUED_EVENTS)
      const delivery = factsOf(source, reread[0]?.provider ?? '', toInstant(nowMs))
      const contents = { delivery, events: [], quarantined: [], reread }
      for (const envelope of await pack(contents, queueSealer, putLarge)) await enqueue(envelope)
    }
    return true
  } catch (cause) {
    reportUnavailable('queue', cause)
    return false
  }
}
