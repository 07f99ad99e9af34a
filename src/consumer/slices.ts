/** Divides the contents of messages into slices, each small enough for one D1 transaction. */
import type { Contents, DeliveryFacts, Quarantined, QueuedEvent } from '../event/envelope.ts'
import { toBase64, utf8 } from '../platform/bytes.ts'

/**
 * Keeps a transaction well under a second, so that it does not delay others. It also keeps the largest delivery (about 70,000
 * small events in 10 MiB) under the 1,000 statements that D1 allows for one invocation.
 */
const SLICE_MAX_EVENTS = 2_000
const SLICE_MAX_CHARACTERS = 2_000_000

/** D1 refuses values and rows over 2,000,000 bytes, and sealed data is stored as base64, which is a third larger. */
export const EVENT_MAX_BYTES = 900_000

export interface WithDelivery<T> {
  readonly value: T
  readonly delivery: DeliveryFacts
}

export interface Slices {
  /** At least one; each event once. */
  readonly slices: readonly (readonly WithDelivery<QueuedEvent>[])[]
  readonly quarantined: readonly WithDelivery<Quarantined>[]
}

/** The events of all contents in order, each id once, and what goes to quarantine. */
export function slicesOf(all: readonly Contents[]): Slices {
  const seen = new Set<string>()
  const slices: WithDelivery<QueuedEvent>[][] = [[]]
  const quarantined: WithDelivery<Quarantined>[] = []
  let characters = 0
  for (const { delivery, events, quarantined: items } of all) {
    quarantined.push(...items.map((value) => ({ value, delivery })))
    for (const event of events) {
      if (seen.has(event.id)) continue
      seen.add(event.id)
      const json = JSON.stringify(event)
      if (isTooLarge(json)) {
        quarantined.push({ value: tooLarge(json), delivery })
        continue
      }
      const slice = slices.at(-1) ?? []
      const full = slice.length >= SLICE_MAX_EVENTS || characters + json.length > SLICE_MAX_CHARACTERS
      if (full && slice.length > 0) {
        slices.push([{ value: event, delivery }])
        characters = json.length
      } else {
        slice.push({ value: event, delivery })
        characters += json.length
      }
    }
  }
  return { slices, quarantined }
}

/** A character is at most three bytes of UTF-8 for each of its code units. */
const isTooLarge = (json: string): boolean =>
  json.length * 3 > EVENT_MAX_BYTES && utf8(json).byteLength > EVENT_MAX_BYTES

/** Quarantine stores the whole event, since bodies are stored in parts there. */
const tooLarge = (json: string): Quarantined => ({
  problem: 'event_too_large',
  content_type: 'application/json',
  query: '',
  headers: {},
  body: toBase64(utf8(json)),
  item: true,
})
