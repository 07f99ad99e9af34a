/** Ways to find a row of a series unusual, and the table of them. */
import type { Stateful } from './state.ts'
import { TailModel } from './tail-model.ts'

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

/** One way to find a row unusual. */
interface Expert extends Stateful {
  /** How unusual the row is: 0 if it is usual, and about 1 more for each factor of ten. Then learns from it. */
  surprise(row: Row): number
}

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
const record = (featureOf: (row: Row) => number, gain: number) => (): Expert => {
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

/** Finds a value far from the best forecast of it. */
function forecast(): Expert {
  const tail = new TailModel()
  return {
    state: { tail: tail.state },
    surprise: ({ fromForecast }) => tail.surprise(Math.abs(fromForecast)),
  }
}

/** Rows of which the two means are made, and rows before they are compared. */
const SHIFT_SHORT_ROWS = 15
const SHIFT_LONG_ROWS = 125
const SHIFT_SETTLE_ROWS = 150

/** Finds a slow shift of the level: the mean of the last rows far from the mean of many. */
function shift(): Expert {
  const tail = new TailModel()
  const state = { rows: 0, short: 0, long: 0, tail: tail.state }
  return {
    state,
    surprise({ value }) {
      state.rows++
      state.short += (value - state.short) / Math.min(state.rows, SHIFT_SHORT_ROWS)
      state.long += (value - state.long) / Math.min(state.rows, SHIFT_LONG_ROWS)
      return state.rows < SHIFT_SETTLE_ROWS ? 0 : tail.surprise(Math.abs(state.short - state.long))
    },
  }
}

/** Rows of which the two means are made, and rows before they are compared. */
const CALM_SHORT_ROWS = 20
const CALM_LONG_ROWS = 250
const CALM_SETTLE_ROWS = 50
/** A series that stands still is not calmer than this. */
const CALM_MAX = 1000

/** Finds a series that moves much less than usual from row to row, as a sensor that is stuck. */
function calm(): Expert {
  const tail = new TailModel()
  const state = { rows: 0, short: 0, long: 0, tail: tail.state }
  return {
    state,
    surprise({ step }) {
      state.rows++
      state.short += (step - state.short) / Math.min(state.rows, CALM_SHORT_ROWS)
      state.long += (step - state.long) / Math.min(state.rows, CALM_LONG_ROWS)
      if (state.rows < CALM_SETTLE_ROWS || state.long <= 0) return 0
      return tail.surprise(state.long / Math.max(state.short, state.long / CALM_MAX))
    },
  }
}

const PROTOTYPES = 64
/** If a block's extreme differs from its mean by this share of the range, the extreme stands for the block: spikes stay. */
const SPIKE = 0.1

/**
 * Finds a shape that is like none seen before. The last blocks of rows are compared with 64 earlier windows, whenever a block
 * ends; the distance to the nearest counts in level and in shape. A new window replaces the one that was nearest longest ago.
 */
class Prototypes implements Expert {
  readonly #blocks: number
  readonly #rowsABlock: number
  readonly #tail = new TailModel()
  readonly state

  constructor(blocks: number, rowsABlock: number) {
    this.#blocks = blocks
    this.#rowsABlock = rowsABlock
    this.state = {
      low: 0,
      high: 0,
      rows: 0,
      sum: 0,
      blockLow: 0,
      blockHigh: 0,
      ended: 0,
      window: new Float32Array(blocks),
      kept: 0,
      prototypes: new Float32Array(PROTOTYPES * blocks),
      /** Their numbers, from the one that was nearest longest ago to the latest. */
      byUse: new Uint8Array(PROTOTYPES),
      tail: this.#tail.state,
    }
  }

  surprise({ value }: Row): number {
    if (!this.#endsBlock(value)) return 0
    const { state } = this
    const mean = state.sum / this.#rowsABlock
    const [up, down] = [state.blockHigh - mean, mean - state.blockLow]
    const extreme = up > down ? state.blockHigh : state.blockLow
    const hasSpike = Math.max(up, down) > SPIKE * (state.high - state.low)
    state.window.copyWithin(0, 1)
    state.window[this.#blocks - 1] = hasSpike ? extreme : mean
    state.ended = Math.min(this.#blocks, state.ended + 1)
    return state.ended < this.#blocks ? 0 : this.#compare()
  }

  #endsBlock(value: number): boolean {
    const { state } = this
    state.low = Math.min(state.low, value)
    state.high = Math.max(state.high, value)
    const isFirst = state.rows === 0
    state.sum = isFirst ? value : state.sum + value
    state.blockLow = isFirst ? value : Math.min(state.blockLow, value)
    state.blockHigh = isFirst ? value : Math.max(state.blockHigh, value)
    state.rows = (state.rows + 1) % this.#rowsABlock
    return state.rows === 0
  }

  #compare(): number {
    const { state } = this
    let nearest = -1
    let least = Infinity
    for (let prototype = 0; prototype < state.kept; prototype++) {
      const distance = this.#squaredDistance(prototype * this.#blocks)
      if (distance >= least) continue
      least = distance
      nearest = prototype
    }
    const surprise = nearest < 0 ? 0 : this.#tail.surprise(Math.sqrt(least))
    if (nearest >= 0) this.#use(nearest)
    this.#keep()
    return surprise
  }

  /** Mean square of the differences (level and shape), and their variance (shape alone). */
  #squaredDistance(start: number): number {
    const { window, prototypes } = this.state
    let squares = 0
    let sum = 0
    for (let i = 0; i < window.length; i++) {
      const difference = (window[i] ?? 0) - (prototypes[start + i] ?? 0)
      squares += difference * difference
      sum += difference
    }
    const mean = sum / window.length
    return Math.max(0, (2 * squares) / window.length - mean * mean)
  }

  #keep(): void {
    const { state } = this
    const isFull = state.kept === PROTOTYPES
    const place = isFull ? (state.byUse[0] ?? 0) : state.kept
    if (!isFull) state.byUse[state.kept++] = place
    state.prototypes.set(state.window, place * this.#blocks)
    this.#use(place)
  }

  #use(prototype: number): void {
    const { byUse, kept } = this.state
    byUse.copyWithin(byUse.indexOf(prototype), byUse.indexOf(prototype) + 1, kept)
    byUse[kept - 1] = prototype
  }
}

interface ExpertRow {
  /** Name in explanations. Its memory is stored under this name too. */
  readonly feature: string
  readonly weight: number
  readonly make: () => Expert
}

/** The experts, a row each. All weigh the same but the range of the value itself, which says the most. */
export const EXPERTS = [
  { feature: 'range', weight: 3, make: record(({ value }) => value, 1) },
  { feature: 'range_of_short_mean', weight: 1, make: record(({ value }) => value, 0.15) },
  { feature: 'range_of_long_mean', weight: 1, make: record(({ value }) => value, 0.05) },
  { feature: 'range_of_step', weight: 1, make: record(({ step }) => step, 0.05) },
  { feature: 'hour_of_day', weight: 1, make: record(({ fromDay }) => fromDay, 0.15) },
  { feature: 'hour_of_week', weight: 1, make: record(({ fromWeek }) => fromWeek, 0.15) },
  { feature: 'forecast', weight: 1, make: forecast },
  { feature: 'shift', weight: 1, make: shift },
  { feature: 'calm', weight: 1, make: calm },
  { feature: 'shape_of_40_rows', weight: 1, make: () => new Prototypes(8, 5) },
  { feature: 'shape_of_40_rows_coarse', weight: 1, make: () => new Prototypes(4, 10) },
] as const satisfies readonly ExpertRow[]

export type FeatureName = (typeof EXPERTS)[number]['feature']
