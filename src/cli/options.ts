/** Values of options, checked. */
import { rfc3339Ms, toInstant } from '../platform/time.ts'
import { type JsonObject, objectFrom } from './json.ts'
import { UsageError } from './stop.ts'

/** Reads the value of an option or argument. @throws {UsageError} of `read`, with the name before it */
export function naming<T>(name: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw cause instanceof UsageError ? new UsageError(`${name}: ${cause.message}`) : cause
  }
}

/** @throws {UsageError} for anything but Unix seconds */
export function secondsOf(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  if (!/^\d{1,11}$/.test(text)) throw new UsageError('--now takes Unix seconds.')
  return Number(text)
}

/** @throws {UsageError} for anything but a whole number in the range */
export const wholeNumber =
  (min: number, max: number) =>
  (text: string): number => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (!(number >= min && number <= max))
      throw new UsageError(`A whole number from ${min} to ${max} is needed.`)
    return number
  }

/** @throws {UsageError} for anything but one of the words */
export const oneOf =
  <Word extends string>(...words: readonly Word[]) =>
  (text: string): Word => {
    const found = words.find((word) => word === text)
    if (found === undefined) throw new UsageError(`One of these is needed: ${words.join(', ')}.`)
    return found
  }

/** `a,b` as a list. @throws {UsageError} for an empty one */
export function listOf(text: string): readonly string[] {
  const parts = text.split(',').map((part) => part.trim())
  if (parts.includes('')) throw new UsageError('A list is needed, separated by commas: a,b.')
  return parts
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }

/** `90s`, `15m`, `24h`, `7d` as seconds. @throws {UsageError} for anything else */
export function durationSeconds(text: string): number {
  const seconds = secondsIn(text)
  if (seconds === undefined) throw new UsageError('A duration is needed, such as 90s, 15m, 24h or 7d.')
  return seconds
}

/**
 * A time as RFC 3339, or a duration before now: `24h`.
 *
 * @throws {UsageError} for anything else
 */
export function timeOf(text: string, nowMs: number): string {
  const seconds = secondsIn(text)
  if (seconds !== undefined) return toInstant(nowMs - seconds * 1_000)
  if (rfc3339Ms(text) === undefined)
    throw new UsageError('A time is needed: 2026-11-25T12:00:00Z, or a duration before now (24h, 7d).')
  return text
}

function secondsIn(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const seconds = UNITS[unit]
  return count === undefined || seconds === undefined ? undefined : Number(count) * seconds
}

interface FilterOptions {
  readonly types?: readonly string[] | undefined
  readonly sources?: readonly string[] | undefined
  readonly where?: string | undefined
}

/** A filter in its outside form; undefined for all events. @throws {UsageError} */
export function filterOf({ types, sources, where }: FilterOptions): JsonObject | undefined {
  const filter = { types, sources, where: where === undefined ? undefined : objectFrom(where, '--where') }
  return Object.values(filter).some((one) => one !== undefined) ? filter : undefined
}
