/** Signals grouped into bars of the same length. */
import type { SignalPoint } from '../../../watch/watchers/api.ts'
import { SERIES } from './series.ts'

/** Unix minute of its beginning, and the value of each series; null if it is not known. */
export type Bin = { readonly minute: number } & Readonly<Record<string, number | null>>

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
    const values = SERIES.map(({ id, valueOf }) => [id, valueOf(byBin.get(bin) ?? [])] as const)
    return { ...Object.fromEntries(values), minute: bin * binMinutes }
  })
}
