/** Series for the detector's tests: the same on every run, made of nothing but a seed. */

export interface Point {
  readonly timeMs: number
  readonly value: number
}

const STEP_MS = 5 * 60_000
/** A Monday. */
const START_MS = Date.UTC(2026, 0, 5)
export const DAY_ROWS = 288

/** Uniform in [0, 1). */
export function randomBySeed(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** A value each five minutes: a day's wave between 40 and 60, and noise of ±2. */
export function dailyWave(rows: number, seed = 1): Point[] {
  const random = randomBySeed(seed)
  return Array.from({ length: rows }, (_, row) => ({
    timeMs: START_MS + row * STEP_MS,
    value: 50 + 10 * Math.sin((2 * Math.PI * row) / DAY_ROWS) + 4 * (random() - 0.5),
  }))
}

/** The series with other values from one row until before another. */
export const changed = (
  points: readonly Point[],
  from: number,
  until: number,
  change: (value: number, row: number) => number,
): Point[] =>
  points.map((point, row) =>
    row < from || row >= until ? point : { ...point, value: change(point.value, row) },
  )
