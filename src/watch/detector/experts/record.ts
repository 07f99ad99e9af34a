import type { Expert, Row } from '../expert.ts'

/** So many rows pass before a record means something. */
const SETTLE_ROWS = 150
/** An excess below this share of the range so far is no record. */
const MARGIN = 0.02
/** How steeply surprise grows with the excess. */
const GRADE = 20
const EXCESS_MAX = 1e6
/** Twice as many as chance brings in 20,000 rows, 2·ln(20,000 / 150). A series with more has a trend, and each says less. */
const USUAL_RECORDS = 20

/**
 * Finds a feature outside the range that it has had so far. Its surprise is 1 at the edge, and log10 of the excess in ranges
 * adds to it. `gain` smooths the feature first: the weight of the newest row in its mean.
 */
export const record = (featureOf: (row: Row) => number, gain: number) => (): Expert => {
  const state = { rows: 0, mean: 0, low: 0, high: 0, records: 0 }
  return {
    state,
    surprise(row) {
      const feature = featureOf(row)
      const mean = state.rows === 0 ? feature : state.mean + gain * (feature - state.mean)
      state.mean = mean
      if (state.rows++ === 0) {
        state.low = mean
        state.high = mean
        return 0
      }
      const { low, high } = state
      const excess = Math.max(low - mean, mean - high)
      if (excess <= 0) return 0
      const range = high - low
      if (state.rows > SETTLE_ROWS && excess <= MARGIN * range) return 0
      state.low = Math.min(low, mean)
      state.high = Math.max(high, mean)
      if (state.rows <= SETTLE_ROWS) return 0
      state.records++
      const chance = Math.log10(Math.max(1, state.records / USUAL_RECORDS))
      return Math.max(0, 1 + Math.log10(1 + GRADE * Math.min(EXCESS_MAX, excess / range)) - chance)
    },
  }
}
