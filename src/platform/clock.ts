/** The one place that reads the clock. Everything else takes the time as a parameter. */

/** Milliseconds since the epoch. On Workers it does not advance between two awaits of I/O. */
export const systemNowMs = (): number => Date.now()
