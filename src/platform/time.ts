/** Times as ESPs write them. The clock itself is always an argument. */

export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

/** Unix seconds as a signature's timestamp: one to twelve digits, nothing before, nothing after. */
export const unixSeconds = (text: string | null | undefined): number | undefined =>
  text !== null && text !== undefined && /^[0-9]{1,12}$/.test(text) ? Number(text) : undefined

/**
 * As {@link unixSeconds}, for a time that is signed without a separator after it: exactly ten digits (2001 to 2286). With another
 * length, digits could move between the time and the text that follows.
 */
export const tenDigitSeconds = (text: string): number | undefined =>
  text.length === 10 ? unixSeconds(text) : undefined

/** RFC 3339 with a zone, to milliseconds since the epoch; `undefined` for anything else. Finer fractions are cut. */
export function rfc3339Ms(text: string): number | undefined {
  if (INSTANT.test(text)) return orUndefined(Date.parse(text))
  const match = RFC3339.exec(text)
  if (match === null) return undefined
  const [, date, time, fraction = '', zone = 'Z'] = match
  return orUndefined(
    Date.parse(`${date}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}${zone.toUpperCase()}`),
  )
}

const orUndefined = (ms: number): number | undefined => (Number.isNaN(ms) ? undefined : ms)

/** The form that {@link toInstant} and many senders write. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

const RFC3339 = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})$/

/** RFC 3339 in UTC with milliseconds, the only form our API and queue carry. */
export const toInstant = (ms: number): string => new Date(ms).toISOString()

export const instantOrNull = (ms: number | null): string | null => (ms === null ? null : toInstant(ms))

/** `2026-11-27 02:55 UTC`. */
export const utcMinute = (ms: number): string => `${toInstant(ms).slice(0, 16).replace('T', ' ')} UTC`

/** Our texts name a time as {@link toInstant} writes it, so that each reader shows it in their own zone. Splits at them. */
export const INSTANTS = /(\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\b)/

/** A text for readers whose zone is not known. */
export const inUtc = (text: string): string =>
  text
    .split(INSTANTS)
    .map((piece, i) => (i % 2 === 1 ? utcMinute(Date.parse(piece)) : piece))
    .join('')

/** Whether it is a day of the calendar in the form that ISO 8601 gives it: `2026-11-25`. */
export const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && toInstantOrEmpty(text).startsWith(text)

const toInstantOrEmpty = (day: string): string => {
  const ms = Date.parse(`${day}T00:00:00.000Z`)
  return Number.isNaN(ms) ? '' : toInstant(ms)
}

/** The UTC day of a time: `2026-11-25`. */
export const dayOf = (ms: number): string => toInstant(ms).slice(0, 10)

/** The largest time that still has a four-digit year. */
export const MAX_INSTANT_MS = 253_402_300_799_999
