/** How many requests deliveries may cause. */

/** Lets so many requests through in a span of time, whoever asks: what strangers cause is bounded by time. */
export class Budget {
  readonly #max: number
  readonly #spanSeconds: number
  #startSeconds = 0
  #spent = 0

  constructor(max: number, spanSeconds: number) {
    this.#max = max
    this.#spanSeconds = spanSeconds
  }

  spend(nowSeconds: number): boolean {
    // A clock that went back starts a new span, too.
    const age = nowSeconds - this.#startSeconds
    if (age < 0 || age >= this.#spanSeconds) {
      this.#startSeconds = nowSeconds
      this.#spent = 0
    }
    if (this.#spent >= this.#max) return false
    this.#spent++
    return true
  }
}
