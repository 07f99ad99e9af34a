/** Medians. */
const VALUES_MAX = 512

/** The median of a long sequence in bounded memory: of every value at first, then of every second, every fourth and so on. */
export class Median {
  #values: number[] = []
  #every = 1
  #seen = 0

  add(value: number): void {
    if (this.#seen++ % this.#every !== 0) return
    this.#values.push(value)
    if (this.#values.length < VALUES_MAX) return
    this.#values = this.#values.filter((_, i) => i % 2 === 0)
    this.#every *= 2
  }

  /** Null if there was no value. */
  get value(): number | null {
    return medianOf(this.#values)
  }
}

/** Null if there is no value. */
export function medianOf(values: readonly (number | null | undefined)[]): number | null {
  const sorted = values.filter((value) => typeof value === 'number').toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? null
}
