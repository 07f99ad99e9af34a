/** Sums of signals over a time, and the way back. */
import { bounded } from '../signals/bounded.ts'
import type { Counts, MinuteSignals, Refused } from '../signals/signals.ts'

/** Counts are added up. Of lags and sizes it is the median of the minutes. */
export function sumOfSignals(minutes: readonly Partial<MinuteSignals>[]): MinuteSignals {
  const total = (of: 'accepted' | 'duplicates' | 'quarantined'): number =>
    minutes.reduce((sum, one) => sum + (one[of] ?? 0), 0)
  const counts = (of: 'events' | 'nativeTypes' | 'networks' | 'failedChecks'): Counts => {
    const sums: Record<string, number> = {}
    for (const one of minutes)
      for (const [name, count] of Object.entries(one[of] ?? {})) sums[name] = (sums[name] ?? 0) + count
    return sums
  }
  return bounded({
    accepted: total('accepted'),
    duplicates: total('duplicates'),
    quarantined: total('quarantined'),
    events: counts('events'),
    nativeTypes: counts('nativeTypes'),
    networks: counts('networks'),
    failedChecks: counts('failedChecks'),
    lagSeconds: median(minutes.map(({ lagSeconds }) => lagSeconds)),
    bodyBytes: median(minutes.map(({ bodyBytes }) => bodyBytes)),
    refused: sumOfRefused(minutes.flatMap(({ refused }) => refused ?? [])),
  })
}

function sumOfRefused(rows: readonly Refused[]): readonly Refused[] {
  const sums = new Map<string, Refused>()
  for (const one of rows) {
    const key = `${one.code} ${one.network}`
    sums.set(key, { ...one, count: one.count + (sums.get(key)?.count ?? 0) })
  }
  return [...sums.values()].toSorted((a, b) => b.count - a.count)
}

function median(values: readonly (number | null | undefined)[]): number | null {
  const known = values.filter((value) => typeof value === 'number').toSorted((a, b) => a - b)
  return known[known.length >> 1] ?? null
}

const MINUTES = 60

/** Minutes that an hour may have been made of: what was counted is spread evenly. Undefined is a silent minute. */
export function spread(hour: Partial<MinuteSignals>): (Partial<MinuteSignals> | undefined)[] {
  return Array.from({ length: MINUTES }, (_, i) => {
    const part = (count: number): number =>
      Math.floor(((i + 1) * count) / MINUTES) - Math.floor((i * count) / MINUTES)
    const parts = (counts: Counts = {}): Counts =>
      Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, part(count)]))
    const accepted = part(hour.accepted ?? 0)
    const refused = (hour.refused ?? []).map((one) => ({ ...one, count: part(one.count) }))
    if (accepted === 0 && refused.every(({ count }) => count === 0)) return undefined
    return {
      accepted,
      duplicates: part(hour.duplicates ?? 0),
      quarantined: part(hour.quarantined ?? 0),
      events: parts(hour.events),
      nativeTypes: parts(hour.nativeTypes),
      networks: parts(hour.networks),
      failedChecks: parts(hour.failedChecks),
      lagSeconds: accepted > 0 ? (hour.lagSeconds ?? null) : null,
      bodyBytes: accepted > 0 ? (hour.bodyBytes ?? null) : null,
      refused,
    }
  })
}
