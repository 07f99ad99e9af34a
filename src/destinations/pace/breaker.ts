/**
 * The circuit breaker of a destination. If most attempts of the last minutes failed, it opens: nothing is sent but a probe now and
 * then, and the position stands still. A probe that succeeds closes it. The first one is sent at once, since the endpoint may be well
 * and refuse only these deliveries.
 */
import { doubled, jittered } from '../../platform/back-off.ts'

export interface Breaker {
  /** Attempts of the last minutes, oldest first. */
  readonly slots: readonly Slot[]
  /** Set while it is open. */
  readonly open: Open | null
}

interface Slot {
  readonly slot: number
  readonly attempts: number
  readonly failures: number
}

interface Open {
  readonly sinceMs: number
  /** When the next probe may be sent. */
  readonly probeAtMs: number
  /** 0 until the first probe has failed: the endpoint is only suspected. */
  readonly failedProbes: number
}

export const CLOSED: Breaker = { slots: [], open: null }

const SLOT_MS = 10_000
const WINDOW_MS = 5 * 60_000
const ATTEMPTS_MIN = 10
const FAILED_SHARE = 0.7

/** Wait after the first failed probe. It doubles with each further one, up to the maximum. */
const PROBE_MS = 30_000
const PROBE_MAX_MS = 300_000

/** Records the result of an attempt that is not a probe. */
export function record(breaker: Breaker, failed: boolean, nowMs: number): Breaker {
  const slot = Math.floor(nowMs / SLOT_MS)
  const kept = breaker.slots.filter((one) => one.slot > slot - WINDOW_MS / SLOT_MS)
  const current = kept.find((one) => one.slot === slot) ?? { slot, attempts: 0, failures: 0 }
  const slots = [
    ...kept.filter((one) => one !== current),
    { slot, attempts: current.attempts + 1, failures: current.failures + (failed ? 1 : 0) },
  ]
  const sum = (of: 'attempts' | 'failures') => slots.reduce((all, one) => all + one[of], 0)
  const opens = failed && sum('attempts') >= ATTEMPTS_MIN && sum('failures') >= FAILED_SHARE * sum('attempts')
  return {
    slots,
    // Attempts that were in flight when it opened do not move the probe.
    open: breaker.open ?? (opens ? { sinceMs: nowMs, probeAtMs: nowMs, failedProbes: 0 } : null),
  }
}

/** Records the result of a probe. @param random from 0 up to 1 */
export function recordProbe(
  { slots, open }: Breaker,
  failed: boolean,
  nowMs: number,
  random: number,
): Breaker {
  if (!failed || open === null) return CLOSED
  const failedProbes = open.failedProbes + 1
  const waitMs = jittered(doubled(PROBE_MS, PROBE_MAX_MS, failedProbes), random)
  return { slots, open: { ...open, failedProbes, probeAtMs: nowMs + Math.round(waitMs) } }
}
