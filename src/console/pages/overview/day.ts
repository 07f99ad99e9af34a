/** Counts of the last 24 hours, beside those of the week before. */
import type { EventType } from '../../../event/mail-event.ts'
import { HOUR_MS } from '../../../platform/time.ts'
import type { HourTotal } from '../../../store/counters.ts'

export const WEEK_HOURS = 168
export const DAY_HOURS = 24

/** Undefined where that is not known. */
export type Compared = readonly [now: number | undefined, before: number | undefined]

export interface Totals {
  readonly now: readonly HourTotal[] | undefined
  readonly before: readonly HourTotal[] | undefined
}

const sumOf = (rows: readonly HourTotal[]): number => rows.reduce((sum, { count }) => sum + count, 0)

/** Events of a type, or all. Of the week before, the hour of now counts as far as it is over. */
export function dayOf({ now, before }: Totals, nowMs: number, type?: EventType): Compared {
  const hour = Math.floor(nowMs / HOUR_MS)
  const isAsked = (row: HourTotal): boolean => type === undefined || row.type === type
  const over = nowMs / HOUR_MS - hour
  const past = before?.filter(isAsked)
  const open = past?.filter((row) => row.hour === hour - WEEK_HOURS) ?? []
  return [
    now && sumOf(now.filter(isAsked)),
    // Without any counter of the week before, there is nothing to compare with.
    past && before?.length !== 0 ? sumOf(past) - (1 - over) * sumOf(open) : undefined,
  ]
}

/** All events by hour, the oldest first. */
export function hoursOf({ now }: Totals, sinceHour: number): readonly number[] | undefined {
  return (
    now &&
    Array.from({ length: DAY_HOURS }, (_, i) => sumOf(now.filter(({ hour }) => hour === sinceHour + i)))
  )
}

/** Parts of two counts that make a whole: bounces among outcomes. */
export const shareOf = (part: Compared, rest: Compared): Compared => {
  const share = (when: 0 | 1): number | undefined => {
    const [one, other] = [part[when], rest[when]]
    return one === undefined || other === undefined || one + other === 0 ? undefined : one / (one + other)
  }
  return [share(0), share(1)]
}
