/** A limit a second for each key. The number of keys is bounded: the least recently used key is dropped. */
import { BoundedMap } from './bounded-map.ts'

const SECOND_MS = 1_000

export class SecondBudget {
  readonly #limit: number
  readonly #seconds: BoundedMap<string, { startedMs: number; taken: number }>

  /** @param limit at least 1 */
  constructor(limit: number, maxKeys: number) {
    this.#limit = limit
    this.#seconds = new BoundedMap(maxKeys)
  }

  /** False once the second's limit is reached. A second begins with the first use. */
  take(key: string, nowMs: number): boolean {
    const second = this.#seconds.get(key)
    if (second === undefined || Math.abs(nowMs - second.startedMs) >= SECOND_MS) {
      this.#seconds.set(key, { startedMs: nowMs, taken: 1 })
      return true
    }
    second.taken += 1
    return second.taken <= this.#limit
  }
}
