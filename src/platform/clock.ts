/** The one place that reads the clock. Everything else is handed the time. */

/** Milliseconds since the epoch. On Workers it stands still between two waits. */
export const systemNowMs = (): number => Date.now()
