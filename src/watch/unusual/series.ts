/** The series of a source that a detector scores, one row each five minutes. To add one: a row here. */
import { durationWords } from '../patterns/duration-words.ts'
import { type MinuteSignals, totalOf } from '../signals/signals.ts'

export interface Series {
  /** The name of its feature. Its detector is stored under this name, too. */
  readonly name: string
  /** What a minute adds; null if it says nothing. */
  readonly valueOf: (signals: MinuteSignals) => number | null
  /** How minutes become a row: their sum, or the mean of those that say something. */
  readonly of: 'sum' | 'mean'
  /** How far a row has to be above the usual value to be worth a finding: less concerns nobody, however rare it is. */
  readonly newsAbove: number
  /** The value of a row and the usual one, in words. */
  readonly words: (observed: number, expected: number) => string
}

export const SERIES: readonly Series[] = [
  {
    name: 'events',
    valueOf: ({ events }) => totalOf(events),
    of: 'sum',
    newsAbove: 200,
    words: (observed, expected) => `${whole(observed)} events in 5 min, usually ${whole(expected)}`,
  },
  {
    name: 'refusals',
    valueOf: ({ refused }) => refused.reduce((sum, { count }) => sum + count, 0),
    of: 'sum',
    newsAbove: 100,
    words: (observed, expected) => `${whole(observed)} refusals in 5 min, usually ${whole(expected)}`,
  },
  {
    name: 'lag_seconds',
    valueOf: ({ lagSeconds }) => lagSeconds,
    of: 'mean',
    newsAbove: 600,
    words: (observed, expected) =>
      `events arrive ${durationWords(observed)} late, usually ${durationWords(expected)}`,
  },
]

/** And so many times the usual value. */
const NEWS_FACTOR = 5

/** Whether a person would want to know. Less than usual is left to the pattern of silence. */
export const isNews = ({ newsAbove }: Series, observed: number, expected: number): boolean =>
  observed - expected >= newsAbove && observed >= NEWS_FACTOR * expected

const whole = (count: number): string => Math.round(count).toLocaleString('en')
