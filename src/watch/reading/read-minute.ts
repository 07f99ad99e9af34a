/**
 * Reads one minute of the whole installation: accepted deliveries from the store in the order of arrival, and what gateways have
 * reported. A minute is the minute of storing, so nothing comes late. The same minute read again from the same position is the same.
 */
import { type ArrivalPosition, before, readArrivals } from '../../store/arrival.ts'
import type { ReadMark } from '../../store/restored.ts'
import { inTime } from '../../platform/in-time.ts'
import { quarantinedBetween } from '../../store/quarantine.ts'
import type { Store } from '../../store/store.ts'
import type { RefusalLogApi } from '../../refusals/refusal.ts'
import { SignalCount } from './count-signals.ts'
import type { MinuteReading } from './minute-reading.ts'
import { MINUTE_MS } from '../../platform/time.ts'

export interface ReadingDeps {
  readonly store: Store
  readonly refusalLog: Pick<RefusalLogApi, 'arrived'>
}

/** Events a page. A page of small events is a few hundred kilobytes. */
const PAGE_EVENTS = 1_000

/** How long a page may take: a store that hangs must not hold up what the channels have to send. */
const PAGE_MAX_MS = 10_000

/**
 * @param from the position after the minute before
 * @param minute Unix minutes; it is over, and late commits have ended
 * @throws what the store or the refusal log throws
 */
export async function readMinute(
  { store, refusalLog }: ReadingDeps,
  from: ArrivalPosition,
  minute: number,
): Promise<MinuteReading> {
  const count = new SignalCount()
  const [read, reported, quarantined] = await Promise.all([
    readEvents(store, from, (minute + 1) * MINUTE_MS, count),
    refusalLog.arrived(minute),
    // Items have no time of storing. Those of the minute before were received early enough to be stored by now.
    inTime(quarantinedBetween(store, (minute - 1) * MINUTE_MS, minute * MINUTE_MS), PAGE_MAX_MS),
  ])
  count.addReported(reported)
  for (const { source, items } of quarantined) count.addQuarantined(source, items)
  const { signals, verified, guardFallbacks } = count
  return { ...read, signals, verified, guardFallbacks }
}

/** Counts events that were stored before a time. */
async function readEvents(
  store: Store,
  from: ArrivalPosition,
  untilMs: number,
  count: SignalCount,
): Promise<Pick<MinuteReading, 'next' | 'mark' | 'missed'>> {
  let after = from
  let mark: ReadMark | null = null
  let missed = 0
  for (;;) {
    const page = await inTime(readArrivals(store, { after, events: PAGE_EVENTS }), PAGE_MAX_MS)
    const end = page.arrivals.find(({ storedAtMs }) => storedAtMs >= untilMs)
    const next = end === undefined ? page.next : before(end)
    for (const gap of page.gaps) if (gap.at <= next.number) missed += gap.events
    for (const { row, number } of page.arrivals) if (number < next.number) count.addEvent(row)
    const storedAtMs = page.storedAtMs.get(next.segment)
    if (storedAtMs !== undefined) mark = { segment: next.segment, storedAtMs }
    if (end !== undefined || page.isLast) return { next, mark, missed }
    after = next
  }
}
