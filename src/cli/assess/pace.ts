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
  let lastMs = -Infinity
  let turns = 0
  let queue = Promise.resolve()
  return {
    turn: () =>
      (queue = queue.then(async () => {
        // A timer may fire early.
        while (nowMs() < lastMs + APART_MS) await sleep(lastMs + APART_MS - nowMs())
        lastMs = nowMs()
        turns++
      })),
    turns: () => turns,
  }
}
