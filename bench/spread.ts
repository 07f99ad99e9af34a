/** Summarizes several readings of one value by median and quartiles. */

/** Median and quartiles: half of the readings lie between `low` and `high`. */
export interface Spread {
  readonly low: number
  readonly median: number
  readonly high: number
}

/** @throws {RangeError} if there are no readings */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('no readings')
  const sorted = values.toSorted((a, b) => a - b)
  return { low: at(sorted, 0.25), median: at(sorted, 0.5), high: at(sorted, 0.75) }
}

/** The quantile of sorted values, with linear interpolation. */
export function at(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}

/** A number that was counted, not timed. */
export const exactly = (value: number): Spread => ({ low: value, median: value, high: value })

/** Divides each reading by the one of the same round. */
export const ratioOf = (over: readonly number[], under: readonly number[]): Spread =>
  spreadOf(over.map((value, round) => value / (under[round] ?? Number.NaN)))

/** One over each reading. */
export const inverseOf = ({ low, median, high }: Spread): Spread => ({
  low: 1 / high,
  median: 1 / median,
  high: 1 / low,
})

export const textOf = ({ low, median, high }: Spread, digits = 2): string =>
  low === high
    ? median.toFixed(digits)
    : `${median.toFixed(digits)} [${low.toFixed(digits)}–${high.toFixed(digits)}]`
