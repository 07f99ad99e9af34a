/**
 * Bounds log lines that anybody can cause. Of each kind the first ten of a second may be written; one line says how many more
 * there were.
 */
import { BatchWindow } from './batch-window.ts'
import type { Log } from './log.ts'

const LINES_PER_SECOND = 10

export class LineLimit {
  readonly #log: Log
  readonly #window = new BatchWindow(
    () => new Map<string, number>(),
    (counts) => this.#tellRest(counts),
  )

  constructor(log: Log) {
    this.#log = log
  }

  /**
   * Whether a line of this kind may be written now.
   *
   * @param kind one of a few; never from a request
   * @param inBackground keeps the line about the rest alive after the answer
   */
  allows(kind: string, nowMs: number, inBackground: (work: Promise<unknown>) => void): boolean {
    const counts = this.#window.at(nowMs, inBackground)
    const count = 1 + (counts.get(kind) ?? 0)
    counts.set(kind, count)
    return count <= LINES_PER_SECOND
  }

  async #tellRest(counts: ReadonlyMap<string, number>): Promise<void> {
    for (const [kind, count] of counts) {
      const left = count - LINES_PER_SECOND
      if (left > 0) this.#log({ event: 'lines_not_logged', outcome: kind, count: left })
    }
  }
}
