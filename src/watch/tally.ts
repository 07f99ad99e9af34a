/**
 * Counts refusals by what they have in common. The number of counts is bounded and their sums are exact: a class that is crowded
 * gives up the network first, and then the source. Classes do not crowd each other.
 */
import type { RefusalClass, RefusalCount } from './refusal.ts'

/** Counts of one class that are kept apart by network; as many more are kept apart by source. */
const APART_MAX = 200

export class Tally {
  readonly #classes = new Map<RefusalClass, Map<string, RefusalCount>>()

  add(count: RefusalCount): void {
    const name = count.class ?? 'unverified'
    const counts = this.#classes.get(name) ?? new Map<string, RefusalCount>()
    this.#classes.set(name, counts)
    const kept = keepable(counts, count)
    const known = counts.get(keyOf(kept))
    counts.set(keyOf(kept), { ...kept, count: kept.count + (known?.count ?? 0) })
  }

  get counts(): RefusalCount[] {
    return [...this.#classes.values()].flatMap((counts) => [...counts.values()])
  }
}

/** The count with as much detail as there is room for. */
function keepable(counts: ReadonlyMap<string, RefusalCount>, count: RefusalCount): RefusalCount {
  if (counts.size < APART_MAX || counts.has(keyOf(count))) return count
  const ofSource = { ...count, network: 'other' }
  if (counts.size < 2 * APART_MAX || counts.has(keyOf(ofSource))) return ofSource
  return { ...ofSource, source: null }
}

const keyOf = ({ minute, source, code, network }: RefusalCount): string =>
  JSON.stringify([minute, source, code, network])
