/** Usual value of a series at this half-hour of the day and of the week, and the choice of its best forecast. */
import type { Row } from './experts.ts'

const SLOT_MS = 30 * 60_000
const DAY_SLOTS = 48
const WEEK_SLOTS = 7 * DAY_SLOTS
/** A slot's mean is of about as many rows. */
const SLOT_ROWS = 60
/** Weight of the newest row in the recent level, and of the newest error in a forecast's record. */
const LEVEL_GAIN = 0.3
const ERROR_GAIN = 0.02

export class Forecaster {
  readonly state = {
    rows: 0,
    last: 0,
    level: 0,
    levelError: 0,
    dayError: 0,
    weekError: 0,
    dayMeans: new Float32Array(DAY_SLOTS),
    dayCounts: new Uint8Array(DAY_SLOTS),
    weekMeans: new Float32Array(WEEK_SLOTS),
    weekCounts: new Uint8Array(WEEK_SLOTS),
  }

  /**
   * The row's differences from what was forecast before it; then learns from it. A slot of the week without a row yet is
   * forecast by its slot of the day, and that by the recent level.
   */
  read(timeMs: number, value: number): Row {
    const { state } = this
    const slot = slotOf(timeMs)
    const fromLevel = state.rows === 0 ? 0 : value - state.level
    const fromWeek = differenceFrom(state.weekMeans, state.weekCounts, slot, value)
    const fromDay = differenceFrom(state.dayMeans, state.dayCounts, slot % DAY_SLOTS, value)
    const row = {
      value,
      step: state.rows === 0 ? 0 : Math.abs(value - state.last),
      fromDay: fromDay ?? fromLevel,
      fromWeek: fromWeek ?? fromDay ?? fromLevel,
      fromForecast: this.#best(fromLevel, fromDay, fromWeek),
    }
    this.#judge(fromLevel, fromDay, fromWeek)
    state.level += state.rows === 0 ? value : LEVEL_GAIN * fromLevel
    state.last = value
    state.rows++
    learn(state.weekMeans, state.weekCounts, slot, value)
    learn(state.dayMeans, state.dayCounts, slot % DAY_SLOTS, value)
    return row
  }

  #best(fromLevel: number, fromDay: number | undefined, fromWeek: number | undefined): number {
    const { levelError, dayError, weekError } = this.state
    const seasonal = weekError < dayError ? (fromWeek ?? fromDay) : (fromDay ?? fromWeek)
    return seasonal !== undefined && Math.min(dayError, weekError) < levelError ? seasonal : fromLevel
  }

  /** A forecast that a slot cannot make yet counts as bad as the level's, so that it is not preferred for its silence. */
  #judge(fromLevel: number, fromDay = fromLevel, fromWeek = fromLevel): void {
    const { state } = this
    state.levelError += ERROR_GAIN * (Math.abs(fromLevel) - state.levelError)
    state.dayError += ERROR_GAIN * (Math.abs(fromDay) - state.dayError)
    state.weekError += ERROR_GAIN * (Math.abs(fromWeek) - state.weekError)
  }
}

/** Half-hours since the week began. A time that is no number is taken for the first. */
function slotOf(timeMs: number): number {
  if (!Number.isFinite(timeMs)) return 0
  const slot = Math.floor(timeMs / SLOT_MS) % WEEK_SLOTS
  return slot < 0 ? slot + WEEK_SLOTS : slot
}

const differenceFrom = (
  means: Float32Array,
  counts: Uint8Array,
  slot: number,
  value: number,
): number | undefined => (counts[slot] === 0 ? undefined : value - (means[slot] ?? 0))

function learn(means: Float32Array, counts: Uint8Array, slot: number, value: number): void {
  const count = Math.min(SLOT_ROWS, (counts[slot] ?? 0) + 1)
  counts[slot] = count
  const mean = means[slot] ?? 0
  means[slot] = mean + (value - mean) / count
}
