/** Log line of one request to an endpoint. The list of attempts has the answer; the line has what leads there. */
import type { Attempt } from '../api/destinations.ts'
import { type LogFields, requestIdsIn } from '../platform/log.ts'
import { toInstant } from '../platform/time.ts'
import type { Sent } from './send/send.ts'

/** The ids of a delivery, and of the events in it. */
export interface Traced extends Pick<Attempt, 'id' | 'kind'> {
  readonly eventIds: readonly string[]
  /** Of the deliveries from the ESP that brought its events. */
  readonly requestIds: readonly string[]
}

/** As many as the list of attempts has. */
const EVENT_IDS_MAX = 20

/**
 * @param tries 0 if it is not counted
 * @param nextAtMs null if no further try is planned
 */
export const attemptLine = (
  destination: string,
  delivery: Traced,
  { status, milliseconds }: Pick<Sent, 'status' | 'milliseconds'>,
  outcome: Attempt['outcome'],
  tries: number,
  nextAtMs: number | null,
): LogFields => ({
  event: 'delivery_attempted',
  ...idsOf(delivery),
  kind: delivery.kind === 'event' ? undefined : delivery.kind,
  destination,
  outcome,
  status: status ?? undefined,
  duration_ms: milliseconds,
  try: tries,
  next_at: nextAtMs === null ? undefined : toInstant(nextAtMs),
})

function idsOf({ id, kind, eventIds, requestIds }: Traced): Partial<LogFields> {
  const [eventId] = eventIds
  if (kind !== 'batch')
    return { request_id: requestIds[0], event_id: eventId, webhook_id: id === eventId ? undefined : id }
  return {
    ...requestIdsIn(requestIds),
    event_ids: eventIds.slice(0, EVENT_IDS_MAX),
    count: eventIds.length,
    webhook_id: id,
  }
}
