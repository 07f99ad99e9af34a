/**
 * Counts refusals by the fields that they have in common. The number of counts is bounded, and their sums are exact: past the
 * bound, a class no longer separates networks, and then no longer separates sources. Each class has a bound of its own.
 */
import type { RefusalClass, RefusalCount } from './refusal.ts'

/** Counts of one class that are separated by network. As many more are separated by source. */
const SEPARATE_MAX = 200

export class Tally {
  readonly #classes = new Map<RefusalClass, Map<string, RefusalCount>>()

  add(count: RefusalCount): void {
    const name = count.class ?? 'unverified'
    const counts = this.#classes.get(name) ?? new Map<string, RefusalCount>()
    this.#classes.set(name, counts)
    const stored = withRoomFor(counts, count)
    const known = counts.get(keyOf(stored))
    counts.set(keyOf(stored), { ...stored, count: stored.count + (known?.count ?? 0) })
  }

  get counts(): RefusalCount[] {
    return [...this.#classes.values()].flatMap((counts) => [...counts.values()])
  }
}

/** The count with as much detail as there is room for. */
function withRoomFor(counts: ReadonlyMap<string, RefusalCount>, count: RefusalCount): RefusalCount {
  if (counts.size < SEPARATE_MAX || counts.has(keyOf(count))) return count
  const ofSource = { ...count, network: 'other' }
  if (counts.size < 2 * SEPARATE_MAX || counts.has(keyOf(ofSource))) return ofSource
  return { ...ofSource, source: null }
}

const keyOf = ({ minute, source, code, network }: RefusalCount): string =>
  JSON.stringify([minute, source, code, network])
