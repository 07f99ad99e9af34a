/** Adds up what the refusal log counts by minute and network. */
import type { RefusalCount } from '../refusals/refusal.ts'

export type RefusalSum = Pick<RefusalCount, 'source' | 'code' | 'count'>

/** By source and code, largest first. */
export function sumRefusals(counts: readonly RefusalCount[]): RefusalSum[] {
  const groups = Map.groupBy(counts, ({ source, code }) => JSON.stringify([source, code]))
  return [...groups.values()]
    .flatMap((ones) => {
      const [first] = ones
      const count = ones.reduce((sum, one) => sum + one.count, 0)
      return first === undefined ? [] : [{ source: first.source, code: first.code, count }]
    })
    .sort((a, b) => b.count - a.count)
}
