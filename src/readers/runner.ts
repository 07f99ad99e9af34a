/**
 * Runs a reader when it is woken, one run at a time. A wake during a run makes it run once more. Hints wake it at once and may be
 * lost; the alarm always comes.
 */
import { type AlarmStorage, wakeWithin } from '../platform/alarm.ts'
import { doubled } from '../platform/back-off.ts'
import type { Log } from '../platform/log.ts'
import { faultName } from '../platform/log.ts'

export interface RunnerDeps {
  readonly storage: AlarmStorage & Partial<Pick<DurableObjectStorage, 'deleteAlarm'>>
  /**
   * One run, bounded in time.
   *
   * @returns milliseconds until it has to run again; 0 for at once, null if only a hint brings more
   */
  readonly run: () => Promise<number | null>
  readonly nowMs: () => number
  readonly log: Log
  /** The name in log lines. */
  readonly reader: string
  /** After a run the alarm is exactly as the run says, and none if it says null: for work without hints that could be lost. */
  readonly isExact?: boolean
}

/** The longest time between two runs: a lost hint delays events by this. */
export const IDLE_MS = 60_000

/** After a run that failed, for instance because the database was down. It doubles up to {@link IDLE_MS}. */
const FAILED_MS = 2_000

export class Runner {
  readonly #deps: RunnerDeps
  #running: Promise<void> | undefined
  #again = false
  #failures = 0

  constructor(deps: RunnerDeps) {
    this.#deps = deps
  }

  /** Resolves when there is nothing left to do at once. It never throws. */
  async wake(): Promise<void> {
    this.#again = true
    this.#running ??= this.#runAll().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #runAll(): Promise<void> {
    // If the object dies during the run, this alarm begins it again.
    await this.#alarmWithin(IDLE_MS)
    let waitMs: number | null = null
    while (this.#again) {
      this.#again = false
      waitMs = await this.#runOnce()
      if (waitMs === 0) {
        // The rest belongs to another invocation: the platform bounds the time of one.
        await this.#alarmWithin(0)
        return
      }
      if (waitMs !== null) await this.#alarmWithin(waitMs)
    }
    const { isExact, storage, nowMs } = this.#deps
    if (isExact !== true) return
    if (waitMs === null) await storage.deleteAlarm?.()
    else await storage.setAlarm(nowMs() + waitMs)
  }

  async #runOnce(): Promise<number | null> {
    try {
      const waitMs = await this.#deps.run()
      this.#failures = 0
      return waitMs
    } catch (cause) {
      this.#deps.log({ event: 'reader_failed', reader: this.#deps.reader, fault: faultName(cause) })
      return doubled(FAILED_MS, IDLE_MS, ++this.#failures)
    }
  }

  #alarmWithin(waitMs: number): Promise<void> {
    return wakeWithin(this.#deps.storage, waitMs, this.#deps.nowMs())
  }
}
