/** Wakes the watch after a commit, once a minute at most: if it runs already, that costs nothing. */
import type { QueueBacklog } from '../watch/incidents/api.ts'
import { type Log, faultName } from '../platform/log.ts'

interface WakerDeps {
  readonly wake: (backlog: QueueBacklog | undefined) => Promise<void>
  readonly nowMs: () => number
  readonly log: Log
}

const EVERY_MS = 60_000

/** Of one isolate. */
export class WatchWaker {
  readonly #deps: WakerDeps
  #wokenAtMs = -Infinity

  constructor(deps: WakerDeps) {
    this.#deps = deps
  }

  /** It never throws. @param backlog of the queue, where the platform tells it */
  async wake(backlog?: QueueBacklog): Promise<void> {
    const { wake, nowMs, log } = this.#deps
    if (Math.abs(nowMs() - this.#wokenAtMs) < EVERY_MS) return
    this.#wokenAtMs = nowMs()
    try {
      await wake(backlog)
    } catch (cause) {
      log({ event: 'watch_not_woken', fault: faultName(cause) })
    }
  }
}
