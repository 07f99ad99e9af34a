/** The one place that reads the clock and sets timers by it. Everything else takes the time as a parameter. */

/** Milliseconds since the epoch. On Workers it does not advance between two awaits of I/O. */
export const systemNowMs = (): number => Date.now()

/** Resolves after so many milliseconds. */
export const systemPause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
