/** Adds up deliveries that were observed, by source and network. The number of counts is bounded, and their sums are exact. */
import { OTHER } from '../watch/signals/forms.ts'
import type { ObservedCount } from './refusal.ts'

/** Networks of a source. An ESP sends from a few dozen. */
const NETWORKS_MAX = 200

export class ObservedTally {
  readonly #bySource = new Map<string, Map<string | null, number>>()

  add({ source, network, count }: ObservedCount): void {
    const networks = this.#bySource.get(source) ?? new Map<string | null, number>()
    this.#bySource.set(source, networks)
    const key = networks.has(network) || networks.size < NETWORKS_MAX ? network : OTHER
    networks.set(key, (networks.get(key) ?? 0) + count)
  }

  get counts(): ObservedCount[] {
    return [...this.#bySource].flatMap(([source, networks]) =>
      [...networks].map(([network, count]) => ({ source, network, count })),
    )
  }
}
