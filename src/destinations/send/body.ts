/** The body of a delivery, and its `webhook-id`. */
import type { MailEvent } from '../../event/mail-event.ts'
import { halfSha256Hex } from '../../platform/sha256.ts'

/** An event by itself. Its id is the event's, so that a receiver drops what comes twice. */
export const singleBody = (event: MailEvent): string =>
  JSON.stringify({ type: event.type, timestamp: event.occurred_at ?? event.received_at, data: event })

/** Several events. The time is the receipt of the last one, the same at each try. */
export const batchBody = (events: readonly MailEvent[]): string =>
  JSON.stringify({ type: 'batch', timestamp: events.at(-1)?.received_at, data: events })

/** The news that a person was erased, in the form of an event. */
export const erasureBody = (data: {
  readonly id: string
  readonly erased_at: string
  readonly recipient: string
}): string =>
  JSON.stringify({
    type: PERSON_ERASED,
    timestamp: data.erased_at,
    data: { type: PERSON_ERASED, ...data },
  })

const PERSON_ERASED = 'person.erased'

const BATCH = 'batch_'

/** The id of a batch: the same for the same events. */
export const batchId = async (ids: readonly string[]): Promise<string> =>
  BATCH + (await halfSha256Hex(ids.join(' ')))

export const isBatchId = (id: string): boolean => id.startsWith(BATCH)
