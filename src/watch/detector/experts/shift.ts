import type { Expert } from '../expert.ts'
import { TailModel } from '../tail-model.ts'

/** Rows of which the two means are made, and rows before they are compared. */
const SHORT_ROWS = 15
const LONG_ROWS = 125
const SETTLE_ROWS = 150

/** Finds a slow shift of the level: the mean of the last rows far from the mean of many. */
export function shift(): Expert {
  const tail = new TailModel()
  const state = { rows: 0, short: 0, long: 0, tail: tail.state }
  return {
    state,
    surprise({ value }) {
      state.rows++
      state.short += (value - state.short) / Math.min(state.rows, SHORT_ROWS)
      state.long += (value - state.long) / Math.min(state.rows, LONG_ROWS)
      return state.rows < SETTLE_ROWS ? 0 : tail.surprise(Math.abs(state.short - state.long))
    },
  }
}
