/** Adds up what the refusal log counts by minute and network. */
import { MINUTE_MS } from '../platform/time.ts'
import type { RefusalCount } from '../refusals/refusal.ts'

export interface RefusalSum extends Pick<RefusalCount, 'source' | 'code' | 'count'> {
  /** Beginning of the last minute that has one. */
  readonly lastMs: number
  /** With the most refusals first; null if the network is unknown. */
  readonly networks: readonly (string | null)[]
  readonly isAlarm: boolean
}

/** By source and code, largest first. */
export function sumRefusals(counts: readonly RefusalCount[]): RefusalSum[] {
  const groups = Map.groupBy(counts, ({ source, code }) => JSON.stringify([source, code]))
  return [...groups.values()]
    .flatMap((ones) => {
      const [first] = ones
      if (first === undefined) return []
      const byNetwork = Map.groupBy(ones, ({ network }) => network)
      return {
        source: first.source,
        code: first.code,
        count: sumOf(ones),
        lastMs: Math.max(...ones.map(({ minute }) => minute)) * MINUTE_MS,
        networks: [...byNetwork].toSorted(([, a], [, b]) => sumOf(b) - sumOf(a)).map(([network]) => network),
        isAlarm: ones.some((one) => one.class === 'alarm'),
      }
    })
    .sort((a, b) => b.count - a.count)
}

const sumOf = (counts: readonly RefusalCount[]): number => counts.reduce((sum, { count }) => sum + count, 0)
