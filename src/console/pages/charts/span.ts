/** The span of time that a page shows, out of its address, and the length of the bars that suit it. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../platform/time.ts'
import { type Reader, momentMs } from '../range.ts'
import { type Timeline, timelineTo } from './series.ts'

/** The longest one, with hours that are kept. */
const LONGEST_MS = 100 * DAY_MS
/** A chart of more bars does not fit a phone. */
const BARS_MAX = 170

const STEPS_MS = [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS, DAY_MS] as const

export interface Span {
  /** As in the address. */
  readonly from: string
  readonly to: string
  readonly fromMs: number
  readonly toMs: number
}

/** Reads it. A malformed one, or one that ends before it begins, is the default. */
export function spanIn(query: URLSearchParams, reader: Reader, fallback: string): Span {
  const { nowMs } = reader
  const read = (from: string, to: string): Span | undefined => {
    const fromMs = momentMs(from, reader)
    const toMs = momentMs(to, reader)
    if (fromMs === undefined || toMs === undefined || fromMs >= toMs || fromMs < 0) return undefined
    return { from, to, fromMs: Math.max(fromMs, toMs - LONGEST_MS), toMs: Math.min(toMs, nowMs) }
  }
  const chosen = read(query.get('from') || fallback, query.get('to') || 'now')
  return chosen !== undefined && chosen.fromMs < chosen.toMs
    ? chosen
    : { from: fallback, to: 'now', fromMs: momentMs(fallback, reader) ?? nowMs - DAY_MS, toMs: nowMs }
}

/** @param minutesSinceMs the first time of which minutes are known; before it, hours are */
export function timelineOf({ fromMs, toMs }: Span, minutesSinceMs: number, nowMs: number): Timeline {
  const lengthMs = toMs - fromMs
  const stepMs =
    // A day is compared with that of the week before, which is known by the hour.
    lengthMs === DAY_MS
      ? HOUR_MS
      : (STEPS_MS.find(
          (step) => lengthMs / step <= BARS_MAX && (step >= HOUR_MS || fromMs >= minutesSinceMs),
        ) ?? DAY_MS)
  return timelineTo(toMs, stepMs, Math.max(2, Math.ceil(lengthMs / stepMs)), nowMs)
}
