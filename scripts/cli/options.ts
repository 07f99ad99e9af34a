/** Values of options, checked. */
import { UsageError } from './stop.ts'

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
      throw new UsageError(`A whole number from ${min} to ${max} is needed there.`)
    return number
  }

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }

/** `90s`, `15m`, `24h`, `7d` as seconds. @throws {UsageError} for anything else */
export function durationSeconds(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const seconds = UNITS[unit]
  if (count === undefined || seconds === undefined)
    throw new UsageError('A duration is needed there: 90s, 15m, 24h or 7d.')
  return Number(count) * seconds
}
