/** Turns stored events into deliveries: one each, or batches. */
import type { MailEvent } from '../../event/mail-event.ts'
import { type Arrival, type ArrivalPosition, before, behind } from '../../store/arrival.ts'
import { type EventRow, type StoredEvent, eventReader } from '../../store/stored-event.ts'
import type { Store } from '../../store/store.ts'
import { batchBody, batchId, isBatchId, singleBody } from './body.ts'
import type { OpenDestination } from '../config.ts'
import { type ViewOptions, viewOf } from './view.ts'
import type { Delivery, OrderKey } from '../memory/waiting.ts'

/** A delivery that can be sent. */
export interface Ready extends Delivery {
  readonly kind: 'event' | 'batch'
  readonly eventIds: readonly string[]
  readonly body: string
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
}

/** Opens events for one page. */
export async function openAll(store: Store, arrivals: readonly Arrival[]): Promise<Opened[]> {
  const read = eventReader(store)
  return Promise.all(arrivals.map(async (arrival) => ({ arrival, event: await read(arrival.row) })))
}

/** A body grows no larger than this by a further event. */
const BODY_MAX_CHARACTERS = 1_000_000

/** Groups events into batches. The last one may be incomplete. */
export function batchesOf(events: readonly Opened[], maxEvents: number): Opened[][] {
  const batches: Opened[][] = []
  let characters = 0
  for (const one of events) {
    const size = JSON.stringify(one.event).length
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
    id: await idOf(views, isBatch),
    kind: isBatch ? 'batch' : 'event',
    references: events.map(({ arrival: { segment, index } }) => ({ segment, index })),
    key: destination.config.ordered && !isBatch ? keyOf(first.arrival.row) : null,
    eventIds: idsOf(events),
    body: bodyOf(views, isBatch),
    before: before(first.arrival),
    behind: behind((events.at(-1) ?? first).arrival),
  }
}

/**
 * A delivery that waits, with those of its events that are still stored. Undefined if none is, or if other events are in their
 * places: the store was restored to an earlier time.
 */
export async function waitingDelivery<T extends Delivery>(
  waiting: T,
  events: readonly Opened[],
  destination: OpenDestination,
  store: Store,
): Promise<(T & Ready) | undefined> {
  if (events.length === 0) return undefined
  // Its form stays what it was, also where the settings have changed.
  const isBatch = isBatchId(waiting.id)
  const views = await viewsOf(events, destination, store)
  const id = events.length === waiting.references.length ? await idOf(views, isBatch) : waiting.id
  if (id !== waiting.id && !(await formerIds(events, isBatch, destination, store)).includes(waiting.id))
    return undefined
  return {
    ...waiting,
    id,
    kind: isBatch ? 'batch' : 'event',
    eventIds: idsOf(events),
    body: bodyOf(views, isBatch),
  }
}

const idsOf = (events: readonly Opened[]): string[] => events.map(({ event }) => event.id)

const viewsOf = (
  events: readonly Opened[],
  destination: OpenDestination,
  store: Store,
): Promise<MailEvent[]> =>
  Promise.all(
    events.map(({ arrival, event }) => viewOf(event, arrival.row.recipient, viewOptions(destination, store))),
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

/** What happens to one message and one recipient happens in an order. */
const keyOf = ({ message_id, recipient, source }: EventRow): OrderKey =>
  message_id === null ? null : JSON.stringify([source, message_id, recipient])
