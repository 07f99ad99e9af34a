/**
 * Spans of time in addresses: `from=now-6h&to=now`, or RFC 3339. A relative span moves with the time, a fixed one never does. The
 * writing is that of Grafana.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS, rfc3339Ms, toInstant } from '../../platform/time.ts'

/** Spans that are one click away. */
export const PRESETS = [
  ['now-15m', '15 min'],
  ['now-1h', '1 h'],
  ['now-6h', '6 h'],
  ['now-24h', '24 h'],
  ['now-7d', '7 d'],
  ['now-30d', '30 d'],
] as const

const UNITS: Readonly<Record<string, number>> = { m: MINUTE_MS, h: HOUR_MS, d: DAY_MS, w: 7 * DAY_MS }

const RELATIVE = /^now(?:-([1-9][0-9]{0,4})([mhdw]))?$/

/** Whether it moves with the time. */
export const isRelative = (text: string): boolean => RELATIVE.test(text.trim())

/** @returns undefined if it is neither */
export function momentMs(text: string, nowMs: number): number | undefined {
  const [all, count, unit] = RELATIVE.exec(text.trim()) ?? []
  if (all !== undefined) return nowMs - Number(count ?? 0) * (UNITS[unit ?? ''] ?? 0)
  return rfc3339Ms(text) ?? localMs(text)
}

/** RFC 3339 of a moment in the address. `now` as the end of a span is no limit. */
export function momentIn(query: URLSearchParams, name: string, nowMs: number): string | undefined {
  const text = query.get(name) ?? ''
  const ms = name === 'to' && text === 'now' ? undefined : momentMs(text, nowMs)
  return ms === undefined ? undefined : toInstant(ms)
}

/** The value of a `datetime-local` field, in UTC. */
export const fieldTime = (ms: number): string => toInstant(ms).slice(0, 16)

/** The moment of such a value. */
const localMs = (text: string): number | undefined =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?$/.test(text) ? rfc3339Ms(`${text.padEnd(19, ':00')}Z`) : undefined
