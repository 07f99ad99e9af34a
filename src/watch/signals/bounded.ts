/**
 * Makes a minute of signals safe to learn from: counts are whole and finite, and there is a bound on names, networks and rows.
 * What is past the bound is counted as `other`, so sums stay exact.
 */
import { isWrongProof } from './attack-refusals.ts'
import type { Counts, MinuteSignals, Refused } from './signals.ts'

/** Names of one kind in a minute. An ESP has fewer than 40 native types. */
const NAMES_MAX = 64

/** Rows of refusals in a minute. Enough for an attack from many networks to be recognized as one. */
const REFUSED_MAX = 200

/** A longer name is cut. */
const NAME_MAX_LENGTH = 64

/** No gateway counts more in a minute. Larger numbers come from a fault. */
const COUNT_MAX = 1e9

export const OTHER = 'other'

export function bounded(raw: Partial<MinuteSignals>): MinuteSignals {
  return {
    accepted: count(raw.accepted),
    duplicates: count(raw.duplicates),
    quarantined: count(raw.quarantined),
    events: counts(raw.events),
    nativeTypes: counts(raw.nativeTypes),
    networks: counts(raw.networks),
    failedChecks: counts(raw.failedChecks),
    lagSeconds: measure(raw.lagSeconds),
    bodyBytes: measure(raw.bodyBytes),
    refused: refusals(raw.refused),
  }
}

function count(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) return 0
  return Math.min(Math.floor(value), COUNT_MAX)
}

function measure(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.min(value, COUNT_MAX) : null
}

/** States are plain objects, so a name that every object has is no name. */
function nameOf(raw: string): string {
  if (raw in Object.prototype) return OTHER
  return raw.length > NAME_MAX_LENGTH ? raw.slice(0, NAME_MAX_LENGTH) : raw
}

function counts(raw: unknown): Counts {
  if (typeof raw !== 'object' || raw === null) return {}
  const kept: Record<string, number> = {}
  let names = 0
  for (const name in raw) {
    const value = count((raw as Record<string, unknown>)[name])
    if (value === 0) continue
    const key = nameOf(name)
    if (key in kept) kept[key] = (kept[key] ?? 0) + value
    else if (names < NAMES_MAX) {
      kept[key] = value
      names += 1
    } else kept[OTHER] = (kept[OTHER] ?? 0) + value
  }
  return kept
}

/** Where there are too many, those that say something keep their networks. */
function wrongProofsFirst(raw: readonly (Partial<Refused> | null)[]): readonly (Partial<Refused> | null)[] {
  if (raw.length <= REFUSED_MAX) return raw
  const isFirst = (row: Partial<Refused> | null): boolean => isWrongProof(row?.code ?? '')
  return [...raw.filter(isFirst), ...raw.filter((row) => !isFirst(row))]
}

function refusals(raw: unknown): readonly Refused[] {
  if (!Array.isArray(raw) || raw.length === 0) return []
  const kept: Refused[] = []
  const rest = new Map<string, number>()
  for (const row of wrongProofsFirst(raw)) {
    const times = count(row?.count)
    if (row === null || times === 0 || typeof row.code !== 'string') continue
    const code = nameOf(row.code)
    if (kept.length < REFUSED_MAX) {
      const network = typeof row.network === 'string' ? nameOf(row.network) : null
      const asn = Number.isSafeInteger(row.asn) ? (row.asn ?? null) : null
      kept.push({ code, network, asn, count: times })
    } else {
      const key = rest.has(code) || rest.size < NAMES_MAX ? code : OTHER
      rest.set(key, (rest.get(key) ?? 0) + times)
    }
  }
  for (const [code, times] of rest) kept.push({ code, network: OTHER, asn: null, count: times })
  return kept
}
