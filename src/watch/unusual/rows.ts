/** Collects the minutes of a source into rows of five minutes, which wait until the detectors score them. */
import type { MinuteSignals } from '../signals/signals.ts'
import { SERIES } from './series.ts'

export const ROW_MINUTES = 5

/** The last minute of a row, and a value for each series. */
export interface Row {
  readonly minute: number
  readonly values: readonly (number | null)[]
}

/** Plain data: it is stored as JSON. */
export interface RowState {
  /** Rows of different sources end in different minutes, so that each minute has as much to score. */
  readonly offset: number
  /** The row that is being collected: its number, the minutes that were seen, and by series their sum and number. */
  row: number
  minutes: number
  sums: number[]
  counts: number[]
}

export const newRowState = (offset: number): RowState => ({
  offset: offset % ROW_MINUTES,
  row: -1,
  minutes: 0,
  sums: SERIES.map(() => 0),
  counts: SERIES.map(() => 0),
})

/** Whether this is the last minute of a row. */
export const endsRow = ({ offset }: RowState, minute: number): boolean =>
  (minute + offset) % ROW_MINUTES === ROW_MINUTES - 1

/** Adds a minute. Returns the row that it completes. A row of which a minute is missing is no row. */
export function addMinute(state: RowState, minute: number, signals: MinuteSignals): Row | undefined {
  const row = Math.floor((minute + state.offset) / ROW_MINUTES)
  if (row !== state.row) {
    state.row = row
    state.minutes = 0
    state.sums.fill(0)
    state.counts.fill(0)
  }
  state.minutes += 1
  for (const [i, { valueOf }] of SERIES.entries()) {
    const value = valueOf(signals)
    if (value === null) continue
    state.sums[i] = (state.sums[i] ?? 0) + value
    state.counts[i] = (state.counts[i] ?? 0) + 1
  }
  if (state.minutes !== ROW_MINUTES || !endsRow(state, minute)) return undefined
  return {
    minute,
    values: SERIES.map(({ of }, i) => {
      const [sum, count] = [state.sums[i] ?? 0, state.counts[i] ?? 0]
      return of === 'sum' ? sum : count === 0 ? null : sum / count
    }),
  }
}
