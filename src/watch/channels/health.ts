/** Whether a channel works. If it does not, all other channels report it. */
import { toInstant } from '../../platform/time.ts'
import type { ChannelIncident } from './due.ts'
import type { Outcome } from './judge.ts'

export interface ChannelHealth {
  /** Tries in a row that failed. */
  readonly failures: number
  /** When the first of them failed; null if the last try succeeded. */
  readonly failingSinceMs: number | null
  /** The last failure, also after a success; null if there never was one. Nothing in it was written by the channel. */
  readonly lastError: {
    readonly error: string
    readonly status: number | null
    readonly atMs: number
  } | null
  /** Whether it gets nothing more until somebody changes it. */
  readonly isBroken: boolean
}

export const HEALTHY: ChannelHealth = { failures: 0, failingSinceMs: null, lastError: null, isBroken: false }

/** After one more try. */
export function healthAfter(before: ChannelHealth, outcome: Outcome, nowMs: number): ChannelHealth {
  if (outcome.result === 'delivered') return { ...HEALTHY, lastError: before.lastError }
  return {
    failures: before.failures + 1,
    failingSinceMs: before.failingSinceMs ?? nowMs,
    lastError: { error: outcome.error, status: outcome.status, atMs: nowMs },
    isBroken: outcome.result === 'broken',
  }
}

/** The first two retries come within a minute, and mostly succeed. */
const REPORTED_AFTER_FAILURES = 3

type Report = Omit<ChannelIncident, 'incident' | 'openedMs' | 'isAcknowledged' | 'resolvedMs' | 'actions'>

/** What an incident about the channel says; undefined if the channel works, or has failed no more than anything does. */
export function channelReport(name: string, label: string, health: ChannelHealth): Report | undefined {
  const { failures, failingSinceMs, lastError, isBroken } = health
  if (failingSinceMs === null || lastError === null) return undefined
  if (!isBroken && failures < REPORTED_AFTER_FAILURES) return undefined
  const tries = `${failures} ${failures === 1 ? 'try' : 'tries'} in a row`
  return {
    source: null,
    kind: 'channel_failing',
    severity: 'error',
    headline: isBroken
      ? `channel ${name} (${label}) delivers nothing more until you change it`
      : `channel ${name} (${label}) delivers nothing: ${tries} failed`,
    sinceMs: failingSinceMs,
    evidence: [lastError.error, `Last try: ${toInstant(lastError.atMs)}, after ${tries}.`],
    dedupeKey: `channel_failing ${name}`,
    aboutChannel: name,
  }
}
