/** Durations as people read them in evidence. */

const MINUTE = 60
const HOUR = 60 * MINUTE

/** `5 s`, `9 min`, `3 h`. */
export function durationWords(seconds: number): string {
  if (seconds < 2 * MINUTE) return `${Math.round(seconds)} s`
  if (seconds < 2 * HOUR) return `${Math.round(seconds / MINUTE)} min`
  return `${Math.round(seconds / HOUR)} h`
}
