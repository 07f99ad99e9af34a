/** Whether a channel works. If it does not, all other channels report it, see `operations/channel-failing.ts`. */
import type { Outcome } from './judge.ts'

export interface ChannelHealth {
  /** Tries in a row that failed. */
  readonly failures: number
  /** When the first of them failed; null if the last try succeeded. */
  readonly failingSinceMs: number | null
  readonly lastSuccessMs: number | null
  /** The last failure, also after a success; null if there never was one. Nothing in it was written by the channel. */
  readonly lastError: {
    readonly error: string
    readonly status: number | null
    readonly atMs: number
  } | null
  /** Whether it gets nothing more until somebody changes it. */
  readonly isBroken: boolean
}

export const HEALTHY: ChannelHealth = {
  failures: 0,
  failingSinceMs: null,
  lastSuccessMs: null,
  lastError: null,
  isBroken: false,
}

/** After one more try. */
export function healthAfter(before: ChannelHealth, outcome: Outcome, nowMs: number): ChannelHealth {
  if (outcome.result === 'delivered') return { ...HEALTHY, lastSuccessMs: nowMs, lastError: before.lastError }
  return {
    ...before,
    failures: before.failures + 1,
    failingSinceMs: before.failingSinceMs ?? nowMs,
    lastError: { error: outcome.error, status: outcome.status, atMs: nowMs },
    isBroken: outcome.result === 'broken',
  }
}
