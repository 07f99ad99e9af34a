/** The series of a source that a detector scores, one row each five minutes. To add one: a row here. */
import { type MinuteSignals, totalOf } from '../signals/signals.ts'

export interface Series {
  /** What an explanation calls it. Its detector is stored under this name, too. */
  readonly name: string
  /** What a minute adds; null if it says nothing. */
  readonly valueOf: (signals: MinuteSignals) => number | null
  /** How minutes become a row: their sum, or the mean of those that say something. */
  readonly of: 'sum' | 'mean'
}

export const SERIES: readonly Series[] = [
  { name: 'events', valueOf: ({ events }) => totalOf(events), of: 'sum' },
  {
    name: 'refusals',
    valueOf: ({ refused }) => refused.reduce((sum, { count }) => sum + count, 0),
    of: 'sum',
  },
  { name: 'lag_seconds', valueOf: ({ lagSeconds }) => lagSeconds, of: 'mean' },
]
