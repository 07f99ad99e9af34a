/** Forms of signals: how the values of a signal are counted, bounded, summed and shown. */
import * as v from 'valibot'
import { LACKS, type Lack, type Lacking } from '../../event/lack.ts'
import { type Refused, isWrongProof } from './attack-refusals.ts'
import { Median, medianOf } from './median.ts'

/** Whole numbers by name. */
export type Counts = Readonly<Record<string, number>>

/** How a value is summed and shown: in the API, and as one number in a chart. */
interface Shown<Value = unknown> {
  readonly none: Value
  /** Value of a time, given those of its minutes. */
  sum(values: readonly Value[]): Value
  readonly schema: v.GenericSchema<Value>
  readonly drawnAs: 'bars' | 'line'
  /** Null if it is not known. */
  drawn(value: Value): number | null
}

/** Counts the items of one minute in bounded memory. */
export interface Counter<Value = unknown, Item = unknown> {
  add(item: Item): void
  readonly value: Value
}

/** How a signal is counted and bounded, and what is shown of it. */
export interface Form<Value = unknown, Item = unknown, ShownValue = unknown> {
  /** Value of a minute in which nothing happened. */
  readonly none: Value
  counter(): Counter<Value, Item>
  /** Makes a value from outside safe: numbers are finite, and there is a bound on names, networks and rows. */
  bounded(raw: unknown): Value
  shown(value: Value): ShownValue
  readonly as: Shown<ShownValue>
}

/** Name under which the rest is counted past a bound, so sums stay exact. */
export const OTHER = 'other'

/** No gateway counts more in a minute. Larger numbers come from a fault. */
const COUNT_MAX = 1e9

/** Names of one kind in a minute. An ESP has fewer than 40 native types. */
const NAMES_MAX = 64
/** Names that are told apart while a minute is counted. */
const COUNTED_NAMES_MAX = 1_000

/** A longer name is cut. */
const NAME_MAX_LENGTH = 64

/** Rows of refusals in a minute. Enough for an attack from many networks to be recognized as one. */
const REFUSED_MAX = 200

/** Rows of what items lack, as many as the gateways report of a source. */
const LACKINGS_MAX = 64
const EXAMPLE_MAX_LENGTH = 2_000

const NUMBER: Shown<number> = {
  none: 0,
  sum: (values) => boundedCount(values.reduce((sum, one) => sum + one, 0)),
  schema: v.number(),
  drawnAs: 'bars',
  drawn: (count) => count,
}

const BY_NAME: Shown<Counts> = {
  none: {},
  sum(values) {
    const sums: Record<string, number> = {}
    for (const counts of values)
      for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count
    return boundedCounts(sums)
  },
  schema: v.record(v.string(), v.number()),
  drawnAs: 'bars',
  drawn: totalOf,
}

const MEASURE: Shown<number | null> = {
  none: null,
  sum: medianOf,
  schema: v.nullable(v.number()),
  drawnAs: 'line',
  drawn: (value) => value,
}

/** A number of things. */
export const COUNT: Form<number, number, number> = {
  none: 0,
  counter() {
    let sum = 0
    return {
      add: (count) => void (sum += count),
      get value() {
        return sum
      },
    }
  },
  bounded: boundedCount,
  shown: (count) => count,
  as: NUMBER,
}

/** Numbers of things by name. */
export const COUNTS: Form<Counts, string, Counts> = {
  none: {},
  counter() {
    const counts = new Map<string, number>()
    return {
      add: (name) => addTo(counts, COUNTED_NAMES_MAX, name, 1),
      get value() {
        return Object.fromEntries(counts)
      },
    }
  },
  bounded: boundedCounts,
  shown: (counts) => counts,
  as: BY_NAME,
}

/** The median of a measure; null if it is not known. */
export const MEDIAN: Form<number | null, number, number | null> = {
  none: null,
  counter: () => new Median(),
  bounded: (raw) =>
    typeof raw === 'number' && Number.isFinite(raw) && raw >= 0 ? Math.min(raw, COUNT_MAX) : null,
  shown: (value) => value,
  as: MEASURE,
}

/** Refused deliveries. They are shown by code, so an hour under attack from many networks is small. */
export const REFUSALS: Form<readonly Refused[], Refused, Counts> = {
  none: [],
  counter() {
    const value: Refused[] = []
    return { value, add: (one) => void value.push(one) }
  },
  bounded: boundedRefused,
  shown(refused) {
    const counts: Record<string, number> = {}
    for (const { code, count } of refused) counts[code] = (counts[code] ?? 0) + count
    return counts
  },
  as: BY_NAME,
}

/** Items that lack something. They are shown by what they lack. */
export const LACKINGS: Form<readonly Lacking[], Lacking, Counts> = {
  none: [],
  counter() {
    const value: Lacking[] = []
    return { value, add: (one) => void value.push(one) }
  },
  bounded: boundedLackings,
  shown(lacking) {
    const counts: Record<string, number> = {}
    for (const { lack, count } of lacking) counts[lack] = (counts[lack] ?? 0) + count
    return counts
  },
  as: BY_NAME,
}

/** Sum of all counts. */
export function totalOf(counts: Counts): number {
  let total = 0
  for (const name in counts) total += counts[name] ?? 0
  return total
}

function addTo(counts: Map<string, number>, namesMax: number, name: string, count: number): void {
  const key = counts.has(name) || counts.size < namesMax ? name : OTHER
  counts.set(key, (counts.get(key) ?? 0) + count)
}

function boundedCount(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) return 0
  return Math.min(Math.floor(value), COUNT_MAX)
}

function boundedCounts(raw: unknown): Counts {
  if (typeof raw !== 'object' || raw === null) return {}
  const kept: Record<string, number> = {}
  let names = 0
  for (const name in raw) {
    const value = boundedCount((raw as Record<string, unknown>)[name])
    if (value === 0) continue
    const key = boundedName(name)
    if (key in kept) kept[key] = (kept[key] ?? 0) + value
    else if (names < NAMES_MAX) {
      kept[key] = value
      names += 1
    } else kept[OTHER] = (kept[OTHER] ?? 0) + value
  }
  return kept
}

function boundedRefused(raw: unknown): readonly Refused[] {
  if (!Array.isArray(raw) || raw.length === 0) return []
  const kept: Refused[] = []
  const rest = new Map<string, number>()
  for (const row of wrongProofsFirst(raw)) {
    const count = boundedCount(row?.count)
    if (row === null || count === 0 || typeof row.code !== 'string') continue
    const code = boundedName(row.code)
    if (kept.length < REFUSED_MAX) {
      const network = typeof row.network === 'string' ? boundedName(row.network) : null
      const asn = Number.isSafeInteger(row.asn) ? (row.asn ?? null) : null
      kept.push({ code, network, asn, count })
    } else addTo(rest, NAMES_MAX, code, count)
  }
  for (const [code, count] of rest) kept.push({ code, network: OTHER, asn: null, count })
  return kept
}

function boundedLackings(raw: unknown): readonly Lacking[] {
  if (!Array.isArray(raw)) return []
  return raw.slice(0, LACKINGS_MAX).flatMap((row: Partial<Lacking> | null) => {
    const { provider, type, lack, example } = row ?? {}
    const count = boundedCount(row?.count)
    if (count === 0 || typeof provider !== 'string' || typeof type !== 'string' || !isLack(lack)) return []
    const shown = typeof example === 'string' && example.length <= EXAMPLE_MAX_LENGTH ? { example } : {}
    return [{ provider: boundedName(provider), type: boundedName(type), lack, count, ...shown }]
  })
}

const isLack = (name: unknown): name is Lack => (LACKS as readonly unknown[]).includes(name)

/** States are plain objects, so a name that every object has is no name. */
function boundedName(raw: string): string {
  if (raw in Object.prototype) return OTHER
  return raw.length > NAME_MAX_LENGTH ? raw.slice(0, NAME_MAX_LENGTH) : raw
}

/** Where there are too many, those that say something keep their networks. */
function wrongProofsFirst(raw: readonly (Partial<Refused> | null)[]): readonly (Partial<Refused> | null)[] {
  if (raw.length <= REFUSED_MAX) return raw
  const isFirst = (row: Partial<Refused> | null): boolean => isWrongProof(row?.code ?? '')
  return [...raw.filter(isFirst), ...raw.filter((row) => !isFirst(row))]
}
