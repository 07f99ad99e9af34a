import type { Expert } from '../expert.ts'
import { TailModel } from '../tail-model.ts'

/** Rows of which the two means are made, and rows before they are compared. */
const SHORT_ROWS = 20
const LONG_ROWS = 250
const SETTLE_ROWS = 50
/** A series that stands still is not calmer than this. */
const CALM_MAX = 1000

/** Finds a series that moves much less than usual from row to row, as a sensor that is stuck. */
export function calm(): Expert {
  const tail = new TailModel()
  const state = { rows: 0, short: 0, long: 0, tail: tail.state }
  return {
    state,
    surprise({ step }) {
      state.rows++
      state.short += (step - state.short) / Math.min(state.rows, SHORT_ROWS)
      state.long += (step - state.long) / Math.min(state.rows, LONG_ROWS)
      if (state.rows < SETTLE_ROWS || state.long <= 0) return 0
      return tail.surprise(state.long / Math.max(state.short, state.long / CALM_MAX))
    },
  }
}
