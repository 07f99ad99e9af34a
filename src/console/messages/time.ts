/** Times in words. */

const STEPS = [
  [60, 1, 's'],
  [60 * 60, 60, 'min'],
  [48 * 60 * 60, 60 * 60, 'h'],
  [Number.POSITIVE_INFINITY, 24 * 60 * 60, 'days'],
] as const

/** `12 s ago`, `3 min ago`, `2 days ago`; a time that is yet to come is `now` within a minute, else `in 5 min`. */
export function ago(ms: number, nowMs: number): string {
  const seconds = Math.trunc((nowMs - ms) / 1000)
  if (seconds <= 0 && seconds > -60) return 'now'
  const size = Math.abs(seconds)
  const [, unitSeconds, unit] = STEPS.find(([under]) => size < under) ?? STEPS[3]
  const length = `${Math.trunc(size / unitSeconds)} ${unit}`
  return seconds > 0 ? `${length} ago` : `in ${length}`
}
