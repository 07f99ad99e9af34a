/** Counts a source's accepted deliveries of the last 60 seconds. In memory only; the guard refills it after an eviction. */

const WINDOW_SECONDS = 60

export type Place = { readonly taken: true } | { readonly taken: false; readonly retryAfterSeconds: number }

/** A sliding minute in buckets of one second. */
export class RateWindow {
  readonly #buckets = new Map<number, number>()
  #total = 0
  #forgotAtSeconds = 0

  /** Takes one place, or returns in how many seconds the next one is free. */
  take(nowSeconds: number, limit: number): Place {
    this.#forget(nowSeconds)
    if (this.#total >= limit) return { taken: false, retryAfterSeconds: this.#secondsUntilFree(nowSeconds) }
    this.add(nowSeconds, 1)
    return { taken: true }
  }

  /** Releases a place that was taken at that second, if it still counts. */
  release(takenAtSeconds: number): void {
    const count = this.#buckets.get(takenAtSeconds)
    if (count === undefined) return
    this.#total -= 1
    if (count === 1) this.#buckets.delete(takenAtSeconds)
    else this.#buckets.set(takenAtSeconds, count - 1)
  }

  add(atSeconds: number, count: number): void {
    this.#buckets.set(atSeconds, (this.#buckets.get(atSeconds) ?? 0) + count)
    this.#total += count
  }

  /** Once a second: going through 60 buckets takes longer than the rest of an answer. */
  #forget(nowSeconds: number): void {
    if (nowSeconds === this.#forgotAtSeconds) return
    this.#forgotAtSeconds = nowSeconds
    for (const [second, count] of this.#buckets) {
      if (second > nowSeconds - WINDOW_SECONDS && second <= nowSeconds + WINDOW_SECONDS) continue
      this.#buckets.delete(second)
      this.#total -= count
    }
  }

  #secondsUntilFree(nowSeconds: number): number {
    const oldest = Math.min(nowSeconds, ...this.#buckets.keys())
    return Math.max(1, oldest + WINDOW_SECONDS - nowSeconds)
  }
}
