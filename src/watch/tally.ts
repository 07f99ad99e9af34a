/**
 * Counts refusals by the fields that they have in common. The number of counts is bounded, and their sums are exact: past the
 * bound, a class no longer separates networks, and then no longer separates sources. Each class has a bound of its own.
 */
import type { RefusalClass, RefusalCount } from './refusal.ts'

/** Counts of one class that are separated by network. */
const NETWORKS_MAX = 200

/** Counts of one class that are then separated by source. */
const SOURCES_MAX = 200

export class Tally {
  readonly #classes = new Map<RefusalClass, Map<string, RefusalCount>>()
  readonly #max: number

  constructor(sourcesMax = SOURCES_MAX) {
    this.#max = NETWORKS_MAX + sourcesMax
  }

  add(count: RefusalCount): void {
    const name = count.class ?? 'unverified'
    const counts = this.#classes.get(name) ?? new Map<string, RefusalCount>()
    this.#classes.set(name, counts)
    const stored = withRoomFor(counts, count, this.#max)
    const known = counts.get(keyOf(stored))
    counts.set(keyOf(stored), { ...stored, count: stored.count + (known?.count ?? 0) })
  }

  get counts(): RefusalCount[] {
    return [...this.#classes.values()].flatMap((counts) => [...counts.values()])
  }
}

/** The count with as much detail as there is room for. */
function withRoomFor(
  counts: ReadonlyMap<string, RefusalCount>,
  count: RefusalCount,
  max: number,
): RefusalCount {
  if (counts.size < NETWORKS_MAX || counts.has(keyOf(count))) return count
  const ofSource = { ...count, network: 'other' }
  if (counts.size < max || counts.has(keyOf(ofSource))) return ofSource
  return { ...ofSource, source: null }
}

const keyOf = ({ minute, source, code, network }: RefusalCount): string =>
  JSON.stringify([minute, source, code, network])
