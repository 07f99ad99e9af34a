/** Sums of signals over a time. */
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

/** By code and network, the most frequent first. */
export function sumOfRefused(rows: readonly Refused[]): readonly Refused[] {
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
