/**
 * Bounds log lines that a sender can cause without end. Of each kind and source the first ten of a second may be written; one line
 * says how many more there were.
 */
import { BatchWindow } from './batch-window.ts'
import type { Log } from './log.ts'

const LINES_PER_SECOND = 10

/** Lines that are counted together. */
export interface LineKind {
  /** One of a few; never from a request. */
  readonly kind: string
  /** An existing source, if each source has its own limit. */
  readonly source?: string | undefined
}

interface Counted extends LineKind {
  count: number
}

export class LineLimit {
  readonly #log: Log
  readonly #window: BatchWindow<Map<string, Counted>>

  constructor(log: Log, pause?: (ms: number) => Promise<void>) {
    this.#log = log
    this.#window = new BatchWindow(
      () => new Map(),
      (counts) => this.#tellRest(counts),
      pause,
    )
  }

  /**
   * Whether a line of this kind may be written now.
   *
   * @param inBackground keeps the line about the rest alive after the answer
   */
  allows({ kind, source }: LineKind, nowMs: number, inBackground: (work: Promise<unknown>) => void): boolean {
    const counts = this.#window.at(nowMs, inBackground)
    const key = `${kind}/${source ?? ''}`
    const counted = counts.get(key) ?? { kind, source, count: 0 }
    counts.set(key, counted)
    counted.count += 1
    return counted.count <= LINES_PER_SECOND
  }

  async #tellRest(counts: ReadonlyMap<string, Counted>): Promise<void> {
    for (const { kind, source, count } of counts.values()) {
      const left = count - LINES_PER_SECOND
      if (left > 0) this.#log({ event: 'lines_not_logged', outcome: kind, source, count: left })
    }
  }
}
