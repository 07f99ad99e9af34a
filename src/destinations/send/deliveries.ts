/** Turns stored events into deliveries: one each, or batches. */
import type { MailEvent } from '../../event/mail-event.ts'
import { parseStored } from '../../platform/json.ts'
import { type Arrival, type ArrivalPosition, before, behind } from '../../store/arrival.ts'
import { type EventRow, type StoredEvent, eventReader, maskedOf } from '../../store/stored-event.ts'
import type { KeptRequest } from '../../store/requests.ts'
import { openOriginal } from '../../store/originals.ts'
import { originalsIn } from '../../store/segments.ts'
import type { Store } from '../../store/store.ts'
import { batchBody, batchId, isBatchId, singleBody } from './body.ts'
import type { OpenDestination } from '../config.ts'
import { type ViewOptions, viewOf } from './view.ts'
import type { Delivery, OrderKey, Waiting } from '../memory/waiting-row.ts'
import { marksOf } from '../memory/without-person.ts'

/** A delivery that can be sent. */
export interface Ready extends Delivery {
  readonly kind: 'event' | 'batch' | 'request'
  readonly eventIds: readonly string[]
  readonly requestIds: readonly string[]
  /** Marks of those whose events they are. */
  readonly people: string
  readonly body: string
  /** Sent in place of the body. */
  readonly request?: KeptRequest
  readonly events: readonly Opened[]
}

/** A delivery that a reader has come to. */
export interface NewDelivery extends Ready {
  /** The reader's position until it is settled. */
  readonly before: ArrivalPosition
  /** The position once it is delivered. */
  readonly behind: ArrivalPosition
}

/** A stored event, opened. */
export interface Opened {
  readonly arrival: Arrival
  readonly event: StoredEvent
  /** Item of the ESP; null if none is kept, or it does not open. Absent if the destination does not get it. */
  readonly original?: unknown
}

/** Opens events for one page. */
export async function openAll(
  store: Store,
  arrivals: readonly Arrival[],
  hasOriginals = false,
): Promise<Opened[]> {
  const read = eventReader(store)
  const originals = hasOriginals ? await originalsIn(store.db, arrivals) : undefined
  return Promise.all(
    arrivals.map(async (arrival) => {
      const event = await read(arrival.row)
      if (originals === undefined) return { arrival, event }
      const sealed = originals.get(arrival.segment)?.[arrival.index] ?? null
      const original = await openOriginal(store, arrival.row, sealed)
      return { arrival, event, original: original.state === 'kept' ? parseStored(original.text) : null }
    }),
  )
}

/** Whether events for it have their originals, also while a setting of before forbids it. */
export const hasOriginals = ({ config }: OpenDestination): boolean =>
  config.include_original && config.personal === 'full'

/** A body grows no larger than this by a further event. */
const BODY_MAX_CHARACTERS = 1_000_000

/** Groups events into batches. The last one may be incomplete. */
export function batchesOf(events: readonly Opened[], maxEvents: number): Opened[][] {
  const batches: Opened[][] = []
  let characters = 0
  for (const one of events) {
    const size = JSON.stringify([one.event, one.original]).length
    const last = batches.at(-1)
    if (last === undefined || last.length >= maxEvents || characters + size > BODY_MAX_CHARACTERS) {
      batches.push([one])
      characters = size
    } else {
      last.push(one)
      characters += size
    }
  }
  return batches
}

export async function deliveryOf(
  events: readonly Opened[],
  destination: OpenDestination,
  store: Store,
): Promise<NewDelivery> {
  const [first] = events
  if (first === undefined) throw new TypeError('a delivery has at least one event')
  const isBatch = destination.config.batch !== undefined
  const views = await viewsOf(events, destination, store)
  return {
    ...factsOf(events),
    id: await idOf(views, isBatch),
    kind: isBatch ? 'batch' : 'event',
    key: destination.config.ordered && !isBatch ? keyOf(first) : null,
    eventIds: idsOf(events),
    requestIds: requestIdsOf(events),
    people: peopleOf(events),
    body: bodyOf(views, isBatch),
    events,
    before: before(first.arrival),
    behind: behind((events.at(-1) ?? first).arrival),
  }
}

/** The parts of a batch in which an event is refused: up to ten batches. */
export function partsOf(
  events: readonly Opened[],
  destination: OpenDestination,
  store: Store,
): Promise<Delivery[]> {
  const size = Math.ceil(events.length / PARTS)
  const parts = Array.from({ length: Math.ceil(events.length / size) }, (_, i) =>
    events.slice(i * size, (i + 1) * size),
  )
  return Promise.all(
    parts.map(async (part) => ({
      ...factsOf(part),
      id: await idOf(await viewsOf(part, destination, store), true),
      key: null,
    })),
  )
}

/** One refused event among a thousand is alone after three steps. */
const PARTS = 10

const factsOf = (events: readonly Opened[]): Pick<Delivery, 'references' | 'source' | 'type' | 'bytes'> => ({
  references: events.map(({ arrival: { segment, index } }) => ({ segment, index })),
  source: commonOf(events.map(({ event }) => event.source)),
  type: commonOf(events.map(({ event }) => event.type)),
  bytes: events.reduce((sum, { arrival }) => sum + storedBytes(arrival.row), 0),
})

/** The value that all have; null if they differ. */
const commonOf = (values: readonly string[]): string | null =>
  values.every((value) => value === values[0]) ? (values[0] ?? null) : null

/** The columns with a bounded length. */
const COLUMNS_BYTES = 1_000

/** Size of a stored event. Every field that an ESP or an attacker can make long is in the sealed part. */
const storedBytes = ({ sealed }: EventRow): number => COLUMNS_BYTES + (sealed?.length ?? 0)

/** A delivery that waits and can be sent. */
export interface ReadyAgain extends Waiting, Ready {
  /** Events of it that were removed from the store. */
  readonly missed: number
  /** Events of it that the present filter does not let pass. */
  readonly filtered: number
}

/**
 * A delivery that waits, with those of its events that are still stored and that the filter lets pass now. If other events are in
 * their places, the store was restored to an earlier time, and all of them are missed.
 *
 * @param stored the events in its places
 */
export async function waitingDelivery(
  waiting: Waiting,
  stored: readonly Opened[],
  destination: OpenDestination,
  store: Store,
): Promise<ReadyAgain> {
  // Its form stays what it was, also where the settings have changed.
  const isBatch = isBatchId(waiting.id)
  const isComplete = stored.length === waiting.references.length
  const views = await viewsOf(stored, destination, store)
  const id = isComplete ? await idOf(views, isBatch) : waiting.id
  const isOwn =
    id === waiting.id || (await formerIds(stored, isBatch, destination, store)).includes(waiting.id)
  const own = isOwn ? stored : []
  const isWanted = own.map(({ event }) => destination.matches(event))
  const events = own.filter((_, i) => isWanted[i])
  return {
    ...waiting,
    id,
    kind: isBatch ? 'batch' : 'event',
    eventIds: idsOf(events),
    requestIds: requestIdsOf(events),
    people: peopleOf(events),
    body:
      events.length === 0
        ? ''
        : bodyOf(
            views.filter((_, i) => isWanted[i]),
            isBatch,
          ),
    events,
    missed: waiting.references.length - own.length,
    filtered: own.length - events.length,
  }
}

const idsOf = (events: readonly Opened[]): string[] => events.map(({ event }) => event.id)

const requestIdsOf = (events: readonly Opened[]): string[] =>
  events.flatMap(({ arrival: { row } }) => row.request_id ?? [])

const peopleOf = (events: readonly Opened[]): string => marksOf(events.map(personOf))

/** Blind index of the recipient. Null if the event names nobody, or if the person was erased, which is seen before the row says so. */
const personOf = ({ arrival, event }: Opened): string | null =>
  event.recipient === null ? null : arrival.row.recipient

const viewsOf = (
  events: readonly Opened[],
  destination: OpenDestination,
  store: Store,
): Promise<MailEvent[]> =>
  Promise.all(
    events.map(async ({ arrival: { row }, event, original }) => {
      const options = viewOptions(destination, store)
      const shown = options.personal === 'full' ? event : { ...event, ...maskedOf(row) }
      const view = await viewOf(shown, row.recipient, options)
      return hasOriginals(destination) ? { ...view, original } : view
    }),
  )

const viewOptions = ({ name, config: { personal } }: OpenDestination, { ids }: Store): ViewOptions => ({
  personal,
  destination: name,
  idOf: ids(`destination ${name}`).of,
})

const idOf = async (views: readonly Pick<MailEvent, 'id'>[], isBatch: boolean): Promise<string> => {
  const ids = views.map(({ id }) => id)
  return isBatch ? batchId(ids) : (ids[0] ?? '')
}

/** The ids under which a delivery may have been sent before `personal` was changed. */
const formerIds = (events: readonly Opened[], isBatch: boolean, destination: OpenDestination, store: Store) =>
  Promise.all(
    (['full', 'none'] as const).map(async (personal) => {
      const before = { ...destination, config: { ...destination.config, personal } }
      return idOf(await viewsOf(events, before, store), isBatch)
    }),
  )

const bodyOf = (views: readonly MailEvent[], isBatch: boolean): string =>
  isBatch ? batchBody(views) : singleBody(views[0] as MailEvent)

/** Key of the order in which events are delivered: those of one message and one recipient keep their order. */
const keyOf = (opened: Opened): OrderKey => {
  const { message_id, source } = opened.event
  return message_id === null ? null : JSON.stringify([source, message_id, personOf(opened)])
}
