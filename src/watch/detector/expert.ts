/** One way to find a row unusual. */
import type { Stateful } from './state.ts'

/** A row of a series: finite numbers, in the series' own unit. */
export interface Row {
  /** Relative to the first value of the series. */
  readonly value: number
  /** How far the value moved since the last row, 0 or larger. */
  readonly step: number
  /** The value less what is usual at this half-hour of the day. */
  readonly fromDay: number
  /** The value less what is usual at this half-hour of the week. */
  readonly fromWeek: number
  /** The value less the forecast that has been best lately. */
  readonly fromForecast: number
}

export interface Expert extends Stateful {
  /** How unusual the row is: 0 if it is usual, and about 1 more for each factor of ten. Then learns from it. */
  surprise(row: Row): number
}
