/** A map with a maximal size that drops the least recently used entry, so that no sender can make it grow. */
export class BoundedMap<K, V> {
  readonly #entries = new Map<K, V>()
  readonly #maxEntries: number

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries
  }

  get(key: K): V | undefined {
    const value = this.#entries.get(key)
    if (value !== undefined) this.set(key, value)
    return value
  }

  set(key: K, value: V): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    dropOldest(this.#entries, this.#maxEntries)
  }

  delete(key: K): void {
    this.#entries.delete(key)
  }
}

/** Drops the first entry of a map that has just grown beyond its maximal size. */
export function dropOldest<K>(entries: Map<K, unknown>, maxEntries: number): void {
  if (entries.size <= maxEntries) return
  const oldest = entries.keys().next()
  if (!oldest.done) entries.delete(oldest.value)
}
