/** How many deliveries a source may have accepted in any sixty seconds. Memory only; the guard fills it after an eviction. */

const WINDOW_SECONDS = 60

export type Place = { readonly taken: true } | { readonly taken: false; readonly retryAfterSeconds: number }

/** A sliding minute in buckets of a second. */
export class RateWindow {
  readonly #buckets = new Map<number, number>()
  #total = 0
  #forgotAtSeconds = 0

  /** Takes one place, or says in how many seconds the next one comes free. */
  take(nowSeconds: number, limit: number): Place {
    this.#forget(nowSeconds)
    if (this.#total >= limit) return { taken: false, retryAfterSeconds: this.#secondsUntilFree(nowSeconds) }
    this.add(nowSeconds, 1)
    return { taken: true }
  }

  /** Gives back a place taken at that second, if it still counts. */
  giveBack(takenAtSeconds: number): void {
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

  /** Once a second: to look at sixty buckets takes longer than all else that an answer is made of. */
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
