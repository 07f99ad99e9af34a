/** The time by which an event is ordered among others. It is never later than its receipt, but for a clock that runs ahead. */
import { isTimed, reportedMs } from './identity.ts'
import type { MailEvent } from './mail-event.ts'

/**
 * How far an ESP's clock may run ahead of ours: the tolerance that Standard Webhooks recommends for clocks. Within it an
 * event keeps its own time, so that the events of one ESP keep their order.
 */
export const CLOCK_AHEAD_MAX_MS = 5 * 60_000

/**
 * The event's own time, in milliseconds. Where the ESP gives none, or one that is still to come when the event is received,
 * the time of receipt stands in: nobody reports what has not happened yet, so such a time says nothing. It is not cut to the
 * receipt and five minutes: the event would then stand before everything that honest clocks report within these.
 */
export function effectiveMs({ id, received_at }: Pick<MailEvent, 'id' | 'received_at'>): number {
  const receivedMs = Date.parse(received_at)
  const ownMs = reportedMs(id)
  return isTimed(id) && ownMs <= receivedMs + CLOCK_AHEAD_MAX_MS ? ownMs : receivedMs
}
