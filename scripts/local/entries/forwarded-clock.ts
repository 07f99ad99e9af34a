/** Stands in for `src/platform/clock.ts` in Workers whose clock is set forward. */
const isolate = globalThis as { forwardedMs?: number }

export const systemNowMs = (): number => Date.now() + (isolate.forwardedMs ?? 0)

export const systemPause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
