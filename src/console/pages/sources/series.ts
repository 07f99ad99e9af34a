/** The series of the page of signals: the charts and the columns of the table below them. */
import type { SignalPoint } from '../../../watch/watchers/api.ts'
import { SHOWN_ROWS } from '../../../watch/signals/signals.ts'

export interface Series {
  readonly id: string
  readonly title: string
  /** Bars are for what is counted, a line for what is measured. */
  readonly form: 'bars' | 'line'
  /** The top of the chart; undefined for the highest value. */
  readonly top?: number
  readonly text: (value: number) => string
  /** Value of a bar, given its points; null if it is not known. */
  readonly valueOf: (points: readonly SignalPoint[]) => number | null
}

const ofSignals = SHOWN_ROWS.flatMap(
  ([
    id,
    {
      form: { as },
      chart,
    },
  ]): Series[] =>
    chart === undefined
      ? []
      : [
          {
            id,
            title: chart.title,
            form: as.drawnAs,
            text: (value) => `${value.toLocaleString('en')}${chart.unit}`,
            valueOf: (points) => as.drawn(as.sum(points.map(({ signals }) => signals[id]))),
          },
        ],
)

const bounceShare: Series = {
  id: 'bounceShare',
  title: 'Bounces of outcomes',
  form: 'line',
  text: (share) => `${(share * 100).toLocaleString('en', { maximumFractionDigits: 1 })} %`,
  valueOf(points) {
    const sum = (type: string): number =>
      points.reduce((total, { signals }) => total + (signals.events[type] ?? 0), 0)
    const bounced = sum('email.bounced')
    const outcomes = bounced + sum('email.delivered')
    return outcomes === 0 ? null : bounced / outcomes
  },
}

/** The highest; null while the detector learns. */
const score: Series = {
  id: 'score',
  title: 'How unusual, 0 to 1',
  form: 'line',
  top: 1,
  text: (value) => value.toFixed(2),
  valueOf(points) {
    const scores = points.flatMap((one) => one.score ?? [])
    return scores.length === 0 ? null : Math.max(...scores)
  },
}

export const SERIES: readonly Series[] = [
  ...ofSignals.filter(({ form }) => form === 'bars'),
  bounceShare,
  ...ofSignals.filter(({ form }) => form === 'line'),
  score,
]
