/** The time by which events are ordered. It is at most five minutes later than the receipt. */
import { isTimed, reportedMs } from './identity.ts'
import type { MailEvent } from './mail-event.ts'

/**
 * How far an ESP's clock may be ahead of ours: the tolerance that Standard Webhooks recommends. Within it an event keeps its own
 * time, so that the events of one ESP keep their order.
 */
export const CLOCK_AHEAD_MAX_MS = 5 * 60_000

/**
 * The event's own time, in milliseconds. If the ESP gives none, or one in the future, the time of receipt is used: nobody reports
 * what has not happened yet. A time in the future is not cut to five minutes after the receipt: the event would then be newer
 * than all that correct clocks report in these minutes.
 */
export function effectiveMs({ id, received_at }: Pick<MailEvent, 'id' | 'received_at'>): number {
  const receivedMs = Date.parse(received_at)
  const ownMs = reportedMs(id)
  return isTimed(id) && ownMs <= receivedMs + CLOCK_AHEAD_MAX_MS ? ownMs : receivedMs
}
