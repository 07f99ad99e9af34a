/** The series of the page of signals, out of the points that the watch keeps. */
import type { SignalPoint } from '../../../watch/watchers/api.ts'
import { SHOWN_ROWS } from '../../../watch/signals/signals.ts'
import { MINUTE_MS } from '../../../platform/time.ts'
import { percent } from '../charts/percent.ts'
import type { Series, Timeline } from '../charts/series.ts'

interface SignalSeries extends Omit<Series, 'values' | 'before'> {
  /** Value of a bar, given its points; null if it is not known. */
  readonly valueOf: (points: readonly SignalPoint[]) => number | null
}

/** Three digits are enough to compare. */
const rounded = (value: number): string =>
  value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 })

const ofSignals = SHOWN_ROWS.flatMap(
  ([
    id,
    {
      form: { as },
      chart,
    },
  ]): SignalSeries[] =>
    chart === undefined
      ? []
      : [
          {
            id,
            title: chart.title,
            form: as.drawnAs,
            isBad: id === 'refused' || id === 'defects' || undefined,
            least: 2,
            text: (value) => `${rounded(value)}${chart.unit}`,
            valueOf: (points) => as.drawn(as.sum(points.map(({ signals }) => signals[id]))),
          },
        ],
)

const bounceShare: SignalSeries = {
  id: 'bounceShare',
  title: 'Share bounced',
  form: 'line',
  least: 0.02,
  most: 1,
  text: percent,
  valueOf(points) {
    const sum = (type: string): number =>
      points.reduce((total, { signals }) => total + (signals.events[type] ?? 0), 0)
    const bounced = sum('email.bounced')
    const outcomes = bounced + sum('email.delivered')
    return outcomes === 0 ? null : bounced / outcomes
  },
}

/** The highest; null while the detector learns. */
const score: SignalSeries = {
  id: 'score',
  title: 'How unusual, 0 to 1',
  form: 'line',
  least: 1,
  most: 1,
  text: (value) => value.toLocaleString('en', { maximumFractionDigits: 2 }),
  valueOf(points) {
    const scores = points.flatMap((one) => one.score ?? [])
    return scores.length === 0 ? null : Math.max(...scores)
  },
}

const SERIES: readonly SignalSeries[] = [
  ...ofSignals.filter(({ form }) => form === 'bars'),
  bounceShare,
  ...ofSignals.filter(({ form }) => form === 'line'),
  score,
]

/** @param sinceMs before it nothing is known, which is another thing than nothing happened */
export interface Known {
  readonly points: readonly SignalPoint[]
  readonly sinceMs: number
}

/** @param before the points of the week before, undefined if that is not shown */
export function signalSeries(timeline: Timeline, now: Known, before: Known | undefined): Series[] {
  const binned = binsOf(timeline, now)
  const past = before && binsOf({ ...timeline, firstMs: timeline.firstMs - WEEK_MS }, before)
  return SERIES.map(({ valueOf, ...series }) => ({
    ...series,
    values: binned.map((points) => points && valueOf(points)),
    ...(past === undefined ? {} : { before: past.map((points) => points && valueOf(points)) }),
  }))
}

export const WEEK_MS = 7 * 1_440 * MINUTE_MS

/** The points of each bar; null of a bar that ends before anything is known. */
export function binsOf(
  { firstMs, stepMs, count }: Timeline,
  { points, sinceMs }: Known,
): (SignalPoint[] | null)[] {
  const byBin = Map.groupBy(points, ({ minute }) => Math.floor((minute * MINUTE_MS - firstMs) / stepMs))
  return Array.from({ length: count }, (_, i) =>
    firstMs + (i + 1) * stepMs <= sinceMs ? null : (byBin.get(i) ?? []),
  )
}
