/**
 * Deadlines of requests that are in flight, with one timer for all of them. A timer of its own costs a request a tenth of its processor
 * time. Without requests there is no timer, since a pending one keeps the object awake and billed.
 */
export class Deadlines {
  /** When each is over, in the order in which they began. */
  readonly #endsMs = new Map<AbortController, number>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #firesMs = 0
  readonly #nowMs: () => number

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** @returns undefined if the work has not ended after this time. Its signal aborts then, whether or not the work listens. */
  async within<T>(timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    const abort = new AbortController()
    const { promise: over, resolve } = Promise.withResolvers<undefined>()
    abort.signal.addEventListener('abort', () => resolve(undefined))
    const endMs = this.#nowMs() + timeoutMs
    this.#endsMs.set(abort, endMs)
    if (this.#timer === undefined || endMs < this.#firesMs) this.#arm(endMs)
    try {
      return await Promise.race([work(abort.signal), over])
    } finally {
      this.#end(abort)
    }
  }

  #end(abort: AbortController): void {
    this.#endsMs.delete(abort)
    if (this.#endsMs.size > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #arm(endMs: number): void {
    clearTimeout(this.#timer)
    this.#firesMs = endMs
    this.#timer = setTimeout(() => this.#fire(), Math.max(0, endMs - this.#nowMs()))
  }

  #fire(): void {
    this.#timer = undefined
    // A timer may fire a moment before its time.
    const nowMs = Math.max(this.#nowMs(), this.#firesMs)
    for (const [abort, endMs] of this.#endsMs) {
      if (endMs > nowMs) continue
      this.#endsMs.delete(abort)
      abort.abort()
    }
    if (this.#endsMs.size > 0) this.#arm(Math.min(...this.#endsMs.values()))
  }
}
