/** Times in words. */

const STEPS = [
  [60, 1, 's'],
  [2 * 60 * 60, 60, 'min'],
  [48 * 60 * 60, 60 * 60, 'h'],
  [Number.POSITIVE_INFINITY, 24 * 60 * 60, 'days'],
] as const

/** `12 s ago`, `3 min ago`, `2 days ago`; a time that is yet to come is `now` within a minute, else `in 5 min`. */
export function ago(ms: number, nowMs: number): string {
  const seconds = Math.trunc((nowMs - ms) / 1000)
  if (seconds <= 0 && seconds > -60) return 'now'
  const length = lengthWords(Math.abs(seconds))
  return seconds > 0 ? `${length} ago` : `in ${length}`
}

/** `12 s`, `114 min`, `2 h`, `9 days`: hours and days are rounded, so they are never off by more than a quarter. */
export function lengthWords(seconds: number): string {
  const [, unitSeconds, unit] = STEPS.find(([under]) => seconds < under) ?? STEPS[3]
  return `${(unitSeconds < 3_600 ? Math.trunc : Math.round)(seconds / unitSeconds)} ${unit}`
}

const FORMATS = new Map<string, Intl.DateTimeFormat>()

/** Day and time of day in a zone: `2026-11-29` and `14:02:10`. */
export function wallClock(ms: number, timeZone: string): readonly [day: string, clock: string] {
  let format = FORMATS.get(timeZone)
  if (format === undefined) {
    // In Swedish, days are written as in RFC 3339.
    format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
    FORMATS.set(timeZone, format)
  }
  const [day = '', clock = ''] = format.format(ms).split(' ')
  return [day, clock]
}
