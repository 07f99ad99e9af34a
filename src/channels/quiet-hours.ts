/** The hours in which a channel is quiet, by the clock on a wall. */
import { MINUTE_MS } from '../platform/time.ts'

export interface QuietHours {
  /** `22:00`. */
  readonly from: string
  /** `07:00`, on the next day if it is before `from`. */
  readonly to: string
  /** A name of the IANA time zone database: `Europe/Berlin`. */
  readonly time_zone: string
}

/** Whether the time is within them. In the hour that a change of the clock repeats or leaves out, the clock on the wall counts. */
export function isQuiet({ from, to, time_zone }: QuietHours, nowMs: number): boolean {
  const now = wallClock(time_zone, nowMs)
  return from < to ? from <= now && now < to : from <= now || now < to
}

/** `HH:MM`. Such texts are in the order of their times. */
const wallClock = (timeZone: string, nowMs: number): string =>
  new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(nowMs)

/** Whether the runtime knows the time zone. Offsets such as `+01:00` know no summer, so they are none. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(name)) return false
  try {
    wallClock(name, 0)
    return true
  } catch {
    return false
  }
}

const DAY_MINUTES = 1_440

/** When they end; null if they do not last. If a clock is changed meanwhile, an hour too early or too late. */
export function quietEndMs(quiet: QuietHours, nowMs: number): number | null {
  if (!isQuiet(quiet, nowMs)) return null
  const minutes = minutesOf(quiet.to) - minutesOf(wallClock(quiet.time_zone, nowMs))
  const left = (minutes + DAY_MINUTES) % DAY_MINUTES
  return Math.floor(nowMs / MINUTE_MS) * MINUTE_MS + left * MINUTE_MS
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
