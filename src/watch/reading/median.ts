/** The median of a long sequence in bounded memory: of every value at first, then of every second, every fourth and so on. */
const VALUES_MAX = 512

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
    const sorted = this.#values.toSorted((a, b) => a - b)
    return sorted[Math.floor(sorted.length / 2)] ?? null
  }
}
