/** The clock, network, chance and log of the platform, as a parameter of Durable Objects. Tests pass others. */
import { systemNowMs, systemPause } from './clock.ts'
import { type Log, consoleLog } from './log.ts'

export interface System {
  readonly nowMs: () => number
  readonly pause: (ms: number) => Promise<void>
  readonly fetch: typeof fetch
  /** From 0 up to 1, for jitter. */
  readonly random: () => number
  readonly log: Log
}

export const SYSTEM: System = {
  nowMs: systemNowMs,
  pause: systemPause,
  // The runtime's fetch refuses to be called as a method of another object.
  fetch: (input, init) => fetch(input, init),
  random: Math.random,
  log: consoleLog,
}
