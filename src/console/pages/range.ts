/**
 * Spans of time in addresses: `from=now-6h&to=now`, `now/d` for the start of the day, RFC 3339, or a time of day of the zone that stands
 * beside them. A relative span moves with the time, a fixed one never does. The writing is that of Grafana.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS, rfc3339Ms, toInstant } from '../../platform/time.ts'
import type { ConsoleContext } from '../context.ts'
import { wallClock } from '../messages/time.ts'
import { type Preferences, isZone, preferencesIn } from './preferences.ts'

/** The clock of whoever reads and writes times. */
export interface Reader {
  readonly nowMs: number
  readonly zone: string
}

/** With the zone of the address, if it names one: so a link means the same to everybody. */
export const readerIn = (
  query: URLSearchParams,
  { nowMs, preferences }: { readonly nowMs: number; readonly preferences: Pick<Preferences, 'zone'> },
): Reader => {
  const given = query.get('zone') ?? ''
  return { nowMs, zone: isZone(given) ? given : preferences.zone }
}

/** With the zone that stands in the form that was sent, or in the address. */
export function readerOf(c: ConsoleContext): Reader {
  const { form, context }: Partial<typeof c.var> = c.var
  return readerIn(form ?? new URL(c.req.url).searchParams, {
    nowMs: context?.nowMs ?? 0,
    preferences: preferencesIn(c.req.header('cookie') ?? ''),
  })
}

/** Spans that are one click away. */
export const PRESETS = [
  ['now-15m', '15 min'],
  ['now-1h', '1 h'],
  ['now-6h', '6 h'],
  ['now-24h', '24 h'],
  ['now/d', 'today'],
  ['now-7d', '7 d'],
  ['now-30d', '30 d'],
] as const

const UNITS: Readonly<Record<string, number>> = { m: MINUTE_MS, h: HOUR_MS, d: DAY_MS, w: 7 * DAY_MS }

const RELATIVE = /^now(?:-([1-9][0-9]{0,4})([mhdw]))?(?:\/([hdw]))?$/

/** Whether it moves with the time. */
export const isRelative = (text: string): boolean => RELATIVE.test(text.trim())

/** @returns undefined if it is none of them */
export function momentMs(text: string, { nowMs, zone }: Reader): number | undefined {
  const [all, count, unit, start] = RELATIVE.exec(text.trim()) ?? []
  if (all === undefined) return rfc3339Ms(text) ?? localMs(text, zone)
  const ms = nowMs - Number(count ?? 0) * (UNITS[unit ?? ''] ?? 0)
  return start === undefined ? ms : startOf(start, ms, zone)
}

/** The start of the hour, the day or the week, which begins on Monday, on the clock of a zone. */
function startOf(unit: string, ms: number, zone: string): number | undefined {
  const [day, clock] = wallClock(ms, zone)
  const [, minutes, seconds] = clock.split(':').map(Number)
  // Not by the clock: in the night of the change an hour comes twice.
  if (unit === 'h') return ms - ((minutes ?? 0) * 60 + (seconds ?? 0)) * 1_000 - (ms % 1_000)
  const dayMs = Date.parse(`${day}T00:00:00Z`)
  const sinceMonday = unit === 'w' ? (new Date(dayMs).getUTCDay() + 6) % 7 : 0
  return localMs(toInstant(dayMs - sinceMonday * DAY_MS).slice(0, 19), zone)
}

/** RFC 3339 of a moment in the address. `now` as the end of a span is no limit. */
export function momentIn(query: URLSearchParams, name: string, reader: Reader): string | undefined {
  const text = query.get(name) ?? ''
  const ms = name === 'to' && text === 'now' ? undefined : momentMs(text, reader)
  return ms === undefined ? undefined : toInstant(ms)
}

/** The value of a `datetime-local` field. */
export function fieldTime(ms: number, zone: string): string {
  const [day, clock] = wallClock(ms, zone)
  return `${day}T${clock.slice(0, 5)}`
}

/** The moment of such a value. A time that a change of the clocks leaves out is an hour later, and of two it is the first. */
function localMs(text: string, zone: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?$/.test(text)) return undefined
  const wallMs = rfc3339Ms(`${text.padEnd(19, ':00')}Z`)
  if (wallMs === undefined) return undefined
  const aheadMs = (atMs: number): number =>
    (rfc3339Ms(`${wallClock(atMs, zone).join('T')}Z`) ?? 0) - Math.floor(atMs / 1_000) * 1_000
  const [before, after] = [wallMs - DAY_MS, wallMs + DAY_MS].map((atMs) => wallMs - aheadMs(atMs))
  const isRight = (ms: number): boolean => ms + aheadMs(ms) === wallMs
  const candidates = [before ?? wallMs, after ?? wallMs].toSorted((a, b) => a - b)
  return candidates.find(isRight) ?? before
}
