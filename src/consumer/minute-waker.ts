/** Wakes an object after a batch, once a minute at most, and at once if what it is to be told has changed. */
import { type Log, faultName } from '../platform/log.ts'

interface WakerDeps {
  /** @param storeFault the name of the fault if the store takes nothing, or null */
  readonly wake: (storeFault: string | null) => Promise<void>
  /** The event in the log if the object does not answer. */
  readonly failure: 'watch_not_woken' | 'archive_not_woken'
  readonly nowMs: () => number
  readonly log: Log
}

const EVERY_MS = 60_000

/** Of one isolate. */
export class MinuteWaker {
  readonly #deps: WakerDeps
  #wokenAtMs = -Infinity
  #told: string | null = null

  constructor(deps: WakerDeps) {
    this.#deps = deps
  }

  /** Never throws. */
  async wake(storeFault: string | null): Promise<void> {
    const { wake, failure, nowMs, log } = this.#deps
    if (storeFault === this.#told && Math.abs(nowMs() - this.#wokenAtMs) < EVERY_MS) return
    this.#wokenAtMs = nowMs()
    this.#told = storeFault
    try {
      await wake(storeFault)
    } catch (cause) {
      log({ event: failure, fault: faultName(cause) })
    }
  }
}
