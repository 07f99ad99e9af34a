/** The pace of an assessment: turns that are a tenth of a second apart. */
const APART_MS = 100

export interface Clock {
  readonly nowMs: () => number
  readonly sleep: (ms: number) => Promise<void>
}

export interface Pace {
  /** Waits until the next request may be sent. */
  readonly turn: () => Promise<void>
  readonly turns: () => number
}

export function pace({ nowMs, sleep }: Clock): Pace {
  let nextMs = 0
  let turns = 0
  return {
    async turn() {
      const atMs = Math.max(nowMs(), nextMs)
      nextMs = atMs + APART_MS
      turns++
      // A timer may fire early.
      while (nowMs() < atMs) await sleep(atMs - nowMs())
    },
    turns: () => turns,
  }
}
