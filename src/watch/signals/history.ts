/**
 * What is kept of signals for charts and for a warm start: a row a minute for the last days, and a row an hour before that. Rows are
 * small, because networks and names are not in them.
 */
import { type MinuteSignals, totalOf } from './signals.ts'

/** Sums over a minute or an hour. */
export interface Summary {
  readonly accepted: number
  readonly duplicates: number
  readonly quarantined: number
  readonly refused: number
  readonly events: Readonly<Record<string, number>>
  /** Sums over the minutes that have a median, and how many have one: their ratio is the mean. */
  readonly lagSeconds: number
  readonly lagMinutes: number
  readonly bodyBytes: number
  readonly bodyMinutes: number
}

export const HISTORY_MINUTES = 3 * 1440
export const HISTORY_HOURS = 35 * 24

export const summaryOf = (signals: MinuteSignals): Summary => ({
  accepted: signals.accepted,
  duplicates: signals.duplicates,
  quarantined: signals.quarantined,
  refused: signals.refused.reduce((sum, { count }) => sum + count, 0),
  events: signals.events,
  lagSeconds: signals.lagSeconds ?? 0,
  lagMinutes: signals.lagSeconds === null ? 0 : 1,
  bodyBytes: signals.bodyBytes ?? 0,
  bodyMinutes: signals.bodyBytes === null ? 0 : 1,
})

/** Nothing to store for such a minute. */
export const isEmpty = (summary: Summary): boolean =>
  summary.accepted + summary.duplicates + summary.quarantined + summary.refused + totalOf(summary.events) ===
  0

export function merged(a: Summary, b: Summary): Summary {
  const events: Record<string, number> = { ...a.events }
  for (const type in b.events) events[type] = (events[type] ?? 0) + (b.events[type] ?? 0)
  return {
    accepted: a.accepted + b.accepted,
    duplicates: a.duplicates + b.duplicates,
    quarantined: a.quarantined + b.quarantined,
    refused: a.refused + b.refused,
    events,
    lagSeconds: a.lagSeconds + b.lagSeconds,
    lagMinutes: a.lagMinutes + b.lagMinutes,
    bodyBytes: a.bodyBytes + b.bodyBytes,
    bodyMinutes: a.bodyMinutes + b.bodyMinutes,
  }
}

export interface History {
  /** By Unix minute, and by Unix hour for what is older. */
  readonly minutes: Map<number, Summary>
  readonly hours: Map<number, Summary>
}

/**
 * Adds a minute, turns minutes that are too old into hours, and drops hours that are too old. Constant memory: at most
 * `HISTORY_MINUTES` and `HISTORY_HOURS` rows, wherever the clock jumps.
 */
export function remember({ minutes, hours }: History, minute: number, summary: Summary): void {
  if (!isEmpty(summary)) minutes.set(minute, summary)
  // Rows are added in order, so the first ones are the oldest, or from before the clock was set back.
  for (const [at, old] of minutes) {
    if (at <= minute && at > minute - HISTORY_MINUTES && minutes.size <= HISTORY_MINUTES) break
    minutes.delete(at)
    const hour = Math.floor(at / 60)
    const known = hours.get(hour)
    hours.set(hour, known === undefined ? old : merged(known, old))
  }
  for (const hour of hours.keys()) {
    const isKept = hour > Math.floor(minute / 60) - HISTORY_HOURS && hours.size <= HISTORY_HOURS
    if (isKept) break
    hours.delete(hour)
  }
}
