/** When a channel has something to send next. */
import type { SentNotice } from '../attempts.ts'
import type { ChannelIncident, DueChannel } from '../due.ts'
import { adapterOf } from '../index.ts'
import { quietEndMs } from '../quiet-hours.ts'

/**
 * The earliest time after now at which `dueNotices` may answer otherwise: the end of a grouping, a retry, a reminder, a repetition, or
 * the end of the quiet hours. It may come too early, never too late. Null if only a change of an incident or of the channel brings more.
 */
export function nextDueMs(
  channel: DueChannel,
  incidents: readonly ChannelIncident[],
  sent: ReadonlyMap<number, SentNotice>,
  nowMs: number,
): number | null {
  if (channel.isBroken || channel.config.paused) return null
  const { grouping_seconds, reminder_seconds, quiet_hours } = channel.config
  const { repeatSeconds } = adapterOf(channel.kind)
  const times = incidents.flatMap(({ incident, openedMs, resolvedMs }) => {
    const before = sent.get(incident)
    const grouped = (resolvedMs ?? openedMs) + grouping_seconds * 1_000
    if (before === undefined) return [grouped]
    const again =
      resolvedMs === null
        ? [reminder_seconds, repeatSeconds ?? 0].flatMap((seconds) =>
            seconds > 0 ? [before.lastTryMs + seconds * 1_000] : [],
          )
        : []
    return [grouped, ...again, ...(before.nextTryMs === null ? [] : [before.nextTryMs])]
  })
  if (quiet_hours !== undefined && incidents.length > 0) times.push(quietEndMs(quiet_hours, nowMs) ?? nowMs)
  const later = times.filter((ms) => ms > nowMs)
  return later.length === 0 ? null : Math.min(...later)
}
