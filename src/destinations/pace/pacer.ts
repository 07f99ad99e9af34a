/** Spreads requests evenly over time, so that an endpoint gets no more a second than its operator asked for. */
export class Pacer {
  readonly perSecond: number | undefined
  readonly #everyMs: number
  readonly #nowMs: () => number
  readonly #pause: (ms: number) => Promise<void>
  #nextMs = 0

  /** @param perSecond undefined for no limit */
  constructor(
    perSecond: number | undefined,
    nowMs: () => number,
    pause: (ms: number) => Promise<void> = (ms) => scheduler.wait(ms),
  ) {
    this.perSecond = perSecond
    this.#everyMs = perSecond === undefined ? 0 : 1_000 / perSecond
    this.#nowMs = nowMs
    this.#pause = pause
  }

  /** Milliseconds until the next request may start. */
  waitMs(): number {
    return Math.max(0, this.#nextMs - this.#nowMs())
  }

  /** Resolves when the next request may start; at once with false if that is later than the limit. */
  async turn(limitMs: number): Promise<boolean> {
    const waitMs = this.waitMs()
    if (waitMs > limitMs) return false
    this.#nextMs = this.#nowMs() + waitMs + this.#everyMs
    if (waitMs > 0) await this.#pause(waitMs)
    return true
  }
}
