/**
 * Usual rate at an hour of the week: Gamma-Poisson cells with forgetting. A cell of the week is shrunk towards its hour of the day, and
 * that towards the level, so 168 cells are usable from the second day.
 */
export interface Rhythm {
  /** Events and hours, both discounted: their ratio is the level in events an hour. */
  levelEvents: number
  levelHours: number
  /** Events that came and events that the level alone would make, by hour of the day and of the week. */
  readonly observedByDay: number[]
  readonly expectedByDay: number[]
  readonly observedByWeek: number[]
  readonly expectedByWeek: number[]
}

const DAY = 24
const WEEK = 168

/** Part of the level that is left after an hour: half after two and a half days. */
const LEVEL_KEPT = 0.9885
/** Part of a cell that is left at its next visit: a cell of the day remembers ten days, one of the week five weeks. */
const DAY_KEPT = 0.9
const WEEK_KEPT = 0.8

/** A cell counts fully once it has seen this many events, or this many hours of the level. */
const PRIOR_EVENTS = 8
const PRIOR_HOURS = 1

/** An outlier teaches at most this multiple of what was due, so that one campaign does not spoil its hour for weeks. */
const TEACH_MAX = 2.5

const zeros = (length: number): number[] => Array.from({ length }, () => 0)

export const newRhythm = (): Rhythm => ({
  levelEvents: 0,
  levelHours: 0,
  observedByDay: zeros(DAY),
  expectedByDay: zeros(DAY),
  observedByWeek: zeros(WEEK),
  expectedByWeek: zeros(WEEK),
})

/** Digits that a cell does not need would double the stored state. */
const short = (count: number): number => Math.round(count * 1000) / 1000

/** Events an hour, over all hours. */
const levelOf = (rhythm: Rhythm): number =>
  rhythm.levelHours > 0 ? rhythm.levelEvents / rhythm.levelHours : 0

/** How busy an hour is against the average one. `hour` counts from the Unix epoch. */
function shapeOf(rhythm: Rhythm, hour: number): number {
  const prior = Math.max(PRIOR_EVENTS, PRIOR_HOURS * levelOf(rhythm))
  const day = ((hour % DAY) + DAY) % DAY
  const ofDay = ((rhythm.observedByDay[day] ?? 0) + prior) / ((rhythm.expectedByDay[day] ?? 0) + prior)
  const week = ((hour % WEEK) + WEEK) % WEEK
  return ((rhythm.observedByWeek[week] ?? 0) + prior * ofDay) / ((rhythm.expectedByWeek[week] ?? 0) + prior)
}

/** Events that are due in an hour. */
export const dueInHour = (rhythm: Rhythm, hour: number): number => levelOf(rhythm) * shapeOf(rhythm, hour)

/** Learns what came in a whole hour. */
export function learnHour(rhythm: Rhythm, hour: number, events: number): void {
  const level = levelOf(rhythm)
  const shape = shapeOf(rhythm, hour)
  const young = rhythm.levelHours < DAY
  const came = young ? events : Math.min(events, TEACH_MAX * level * shape + 5)
  rhythm.levelEvents = rhythm.levelEvents * LEVEL_KEPT + came
  rhythm.levelHours = rhythm.levelHours * LEVEL_KEPT + (young ? 1 : shape)
  if (young) return
  const day = ((hour % DAY) + DAY) % DAY
  const week = ((hour % WEEK) + WEEK) % WEEK
  rhythm.observedByDay[day] = short((rhythm.observedByDay[day] ?? 0) * DAY_KEPT + came)
  rhythm.expectedByDay[day] = short((rhythm.expectedByDay[day] ?? 0) * DAY_KEPT + level)
  rhythm.observedByWeek[week] = short((rhythm.observedByWeek[week] ?? 0) * WEEK_KEPT + came)
  rhythm.expectedByWeek[week] = short((rhythm.expectedByWeek[week] ?? 0) * WEEK_KEPT + level)
}
