/**
 * Collects what the requests of an isolate add within a second, and hands it over once. The request that opens a window hands it
 * over at its end. If the platform has ended that request, the next one does, so that no window stays open for ever.
 */

const WINDOW_MS = 1_000

/** Past it the request that opened the window is taken for ended: a busy isolate is late, but not by this much. */
const LOST_AFTER_MS = 3 * WINDOW_MS

export class BatchWindow<Batch> {
  readonly #open: () => Batch
  readonly #handOver: (batch: Batch) => Promise<void>
  readonly #pause: (ms: number) => Promise<void>
  #current: Opened<Batch> | undefined

  constructor(
    open: () => Batch,
    handOver: (batch: Batch) => Promise<void>,
    pause: (ms: number) => Promise<void> = (ms) => scheduler.wait(ms),
  ) {
    this.#open = open
    this.#handOver = handOver
    this.#pause = pause
  }

  /**
   * The batch of this moment, to add to.
   *
   * @param inBackground keeps the hand-over alive after the answer
   */
  at(nowMs: number, inBackground: (work: Promise<unknown>) => void): Batch {
    const current = this.#current
    if (current !== undefined) {
      if (Math.abs(nowMs - current.sinceMs) <= LOST_AFTER_MS) return current.batch
      inBackground(this.#handOver(current.batch))
    }
    const opened = { batch: this.#open(), sinceMs: nowMs }
    this.#current = opened
    inBackground(this.#closeLater(opened))
    return opened.batch
  }

  async #closeLater(opened: Opened<Batch>): Promise<void> {
    await this.#pause(WINDOW_MS)
    // Too late: another request has handed it over.
    if (this.#current !== opened) return
    this.#current = undefined
    await this.#handOver(opened.batch)
  }
}

interface Opened<Batch> {
  readonly batch: Batch
  readonly sinceMs: number
}
