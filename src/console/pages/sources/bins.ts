/** Signals grouped into bars of the same length. */
import type { SignalPoint } from '../../../watch/watchers/api.ts'

export interface Bin {
  /** Unix minute of its beginning. */
  readonly minute: number
  readonly accepted: number
  readonly refused: number
  /** Bounces of outcomes, 0 to 1; null without an outcome. */
  readonly bounceShare: number | null
  /** The median of its minutes; null if none is known. */
  readonly lagSeconds: number | null
  /** The highest; null while the detector learns. */
  readonly score: number | null
}

/** @param untilMinute the end of the last bin, which is cut to a whole one */
export function binsOf(
  points: readonly SignalPoint[],
  untilMinute: number,
  binMinutes: number,
  count: number,
): Bin[] {
  const end = Math.ceil(untilMinute / binMinutes)
  const byBin = Map.groupBy(points, ({ minute }) => Math.floor(minute / binMinutes))
  return Array.from({ length: count }, (_, i) => {
    const bin = end - count + i
    return binOf(bin * binMinutes, byBin.get(bin) ?? [])
  })
}

function binOf(minute: number, points: readonly SignalPoint[]): Bin {
  const sum = (of: (signals: SignalPoint['signals']) => number): number =>
    points.reduce((total, { signals }) => total + of(signals), 0)
  const bounced = sum(({ events }) => events['email.bounced'] ?? 0)
  const outcomes = bounced + sum(({ events }) => events['email.delivered'] ?? 0)
  const lags = points.flatMap(({ signals: { lagSeconds } }) => lagSeconds ?? []).toSorted((a, b) => a - b)
  const scores = points.flatMap(({ score }) => score ?? [])
  return {
    minute,
    accepted: sum(({ accepted }) => accepted),
    refused: sum(({ refused }) => refused.reduce((total, { count }) => total + count, 0)),
    bounceShare: outcomes === 0 ? null : bounced / outcomes,
    lagSeconds: lags[lags.length >> 1] ?? null,
    score: scores.length === 0 ? null : Math.max(...scores),
  }
}
