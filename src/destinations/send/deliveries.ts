/** Turns stored events into deliveries: one each, or batches. */
import type { MailEvent } from '../../event/mail-event.ts'
import { type Arrival, type ArrivalPosition, before, behind } from '../../store/arrival.ts'
import { type EventRow, type StoredEvent, eventOf } from '../../store/stored-event.ts'
import { personalReader } from '../../store/personal.ts'
import type { Store } from '../../store/store.ts'
import { batchBody, batchId, isBatchId, singleBody } from './body.ts'
import type { OpenDestination } from '../config.ts'
import { viewOf } from './view.ts'
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
  const personal = personalReader(store)
  return Promise.all(
    arrivals.map(async (arrival) => ({ arrival, event: eventOf(arrival.row, await personal(arrival.row)) })),
  )
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
): Promise<NewDelivery> {
  const [first] = events
  if (first === undefined) throw new TypeError('a delivery has at least one event')
  const eventIds = events.map(({ event }) => event.id)
  const isBatch = destination.config.batch !== undefined
  return {
    id: isBatch ? await batchId(eventIds) : first.event.id,
    kind: isBatch ? 'batch' : 'event',
    references: events.map(({ arrival: { segment, index } }) => ({ segment, index })),
    key: destination.config.ordered && !isBatch ? keyOf(first.arrival.row) : null,
    eventIds,
    body: await bodyOf(events, isBatch, destination),
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
): Promise<(T & Ready) | undefined> {
  const eventIds = events.map(({ event }) => event.id)
  const [first] = eventIds
  if (first === undefined) return undefined
  // Its form stays what it was, also where the settings have changed.
  const isBatch = isBatchId(waiting.id)
  const isComplete = eventIds.length === waiting.references.length
  if (isComplete && waiting.id !== (isBatch ? await batchId(eventIds) : first)) return undefined
  return {
    ...waiting,
    kind: isBatch ? 'batch' : 'event',
    eventIds,
    body: await bodyOf(events, isBatch, destination),
  }
}

async function bodyOf(
  events: readonly Opened[],
  isBatch: boolean,
  { config, name }: OpenDestination,
): Promise<string> {
  const views = await Promise.all(
    events.map(({ arrival, event }) => viewOf(event, arrival.row.recipient, config.personal, name)),
  )
  return isBatch ? batchBody(views) : singleBody(views[0] as MailEvent)
}

/** What happens to one message and one recipient happens in an order. */
const keyOf = ({ message_id, recipient, source }: EventRow): OrderKey =>
  message_id === null ? null : JSON.stringify([source, message_id, recipient])
