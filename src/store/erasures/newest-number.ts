/** The number of the newest erasure, as an isolate or an object knows it. */
import { inTime } from '../../platform/in-time.ts'
import type { ErasureList } from './erasure.ts'

/** How long a number is used. An erasure is answered as finished only after the store is complete, so no answer is older than it. */
const FRESH_MS = 5_000

/** After the registry has failed, the number read last is used for so long. */
const FAILED_MS = 2_000

const ASK_MAX_MS = 2_000

export class NewestNumber {
  readonly #list: () => Pick<ErasureList, 'newest'>
  readonly #nowMs: () => number
  #number: number | undefined
  #askAtMs = -Infinity

  /** @param list a new stub of the registry for each call */
  constructor(list: () => Pick<ErasureList, 'newest'>, nowMs: () => number) {
    this.#list = list
    this.#nowMs = nowMs
  }

  /** Asks the registry if the number is old. @throws if it has never answered */
  async number(): Promise<number> {
    if (this.#number !== undefined && this.#nowMs() < this.#askAtMs) return this.#number
    try {
      this.#number = await inTime(this.#list().newest(), ASK_MAX_MS)
      this.#askAtMs = this.#nowMs() + FRESH_MS
    } catch (cause) {
      // A registry of an earlier version has no erasures.
      if (cause instanceof TypeError) this.#number ??= 0
      if (this.#number === undefined) throw cause
      this.#askAtMs = this.#nowMs() + FAILED_MS
    }
    return this.#number
  }
}
