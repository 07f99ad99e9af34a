/** The series of a source that a detector scores, one row each five minutes. To add one: a row here. */
import { totalOf } from '../signals/forms.ts'
import type { MinuteSignals } from '../signals/signals.ts'

export interface Series {
  /** The name of its feature. Its detector is stored under this name, too. */
  readonly name: string
  /** Value that a minute adds; null if it adds none. */
  readonly valueOf: (signals: MinuteSignals) => number | null
  /** How minutes become a row: their sum, or the mean of those that say something. */
  readonly of: 'sum' | 'mean'
  /**
   * How far a row has to be above the usual value to be worth a finding: less concerns nobody, however rare it is. Null if a pattern
   * says all that is worth saying of it: one late event is no news, and a lag that lasts has a pattern.
   */
  readonly newsAbove: number | null
}

export const SERIES: readonly Series[] = [
  {
    name: 'events',
    valueOf: ({ events }) => totalOf(events),
    of: 'sum',
    newsAbove: 200,
  },
  {
    name: 'refusals',
    valueOf: ({ refused }) => refused.reduce((sum, { count }) => sum + count, 0),
    of: 'sum',
    newsAbove: 100,
  },
  {
    name: 'lag_seconds',
    valueOf: ({ lagSeconds }) => lagSeconds,
    of: 'mean',
    newsAbove: null,
  },
]

/** And so many times the usual value. */
const NEWS_FACTOR = 5

/** Whether a person would want to know. Less than usual is left to the pattern of silence. */
export const isNews = ({ newsAbove }: Series, observed: number, expected: number): boolean =>
  newsAbove !== null && observed - expected >= newsAbove && observed >= NEWS_FACTOR * expected

/** The value of a row and the usual one. */
export const newsWords = ({ name }: Series, observed: number, expected: number): string =>
  `${whole(observed)} ${name} in 5 min, usually ${whole(expected)}`

const whole = (count: number): string => Math.round(count).toLocaleString('en')
