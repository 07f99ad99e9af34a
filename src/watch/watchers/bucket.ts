/** The sources of one bucket: what is remembered of each, and how it is stored. */
import type { OpenIncident } from '../grouping.ts'
import { type DetectorBytes, SourceMemory, type StoredMemory, isStoredMemory } from '../source-memory.ts'
import { decodeDetectors, encodeDetectors } from './detector-bytes.ts'
import type { SourceKey } from './minute-row.ts'
import type { Tables } from './tables.ts'

/** Memory that was stored by another version or is damaged: it is learned anew, and keeps what was said to be open. */
export interface Unlearned {
  readonly open: readonly OpenIncident[]
}

export type Entry = SourceMemory | Unlearned

export class Bucket {
  readonly number: number
  /** Number of the latest minute that is in what is stored. */
  stamp: number
  /** Whether it has to be stored at once: another source came or went. */
  isChanged = false
  readonly entries = new Map<SourceKey, Entry>()
  /** True if the stored bucket cannot be read: sources that are not in it may have been. */
  readonly isDamaged: boolean
  readonly #tables: Tables
  #detectors: Map<SourceKey, DetectorBytes> | undefined

  constructor(number: number, tables: Tables, stored?: { readonly stamp: number; readonly value: string }) {
    this.number = number
    this.stamp = stored?.stamp ?? 0
    this.#tables = tables
    const entries = stored === undefined ? {} : parsed(stored.value)
    this.isDamaged = entries === undefined
    for (const [key, value] of Object.entries(entries ?? {})) this.entries.set(key, this.#entryOf(key, value))
  }

  #entryOf(key: SourceKey, value: unknown): Entry {
    if (isStoredMemory(value)) return this.remember(key, value)
    return { open: openIn(value) }
  }

  remember(key: SourceKey, stored: StoredMemory): SourceMemory {
    return new SourceMemory(stored, () => this.#detectorsOf(key))
  }

  #detectorsOf(key: SourceKey): DetectorBytes {
    this.#detectors ??= decodeDetectors(this.#tables.detectors.find(this.number)?.value ?? new ArrayBuffer(0))
    return this.#detectors.get(key) ?? {}
  }

  /** @param stamp number of the latest minute that was seen */
  store(stamp: number): void {
    const detectors = new Map<SourceKey, DetectorBytes>()
    const states: Record<SourceKey, object> = {}
    for (const [key, entry] of this.entries) {
      // Rows that wait are scored here, so it comes before the state.
      if (entry instanceof SourceMemory) detectors.set(key, entry.encodeDetectors())
      states[key] = entry instanceof SourceMemory ? entry.stored : entry
    }
    this.#tables.states.put(this.number, stamp, JSON.stringify(states))
    this.#tables.detectors.put(this.number, stamp, encodeDetectors(detectors))
    // Read anew, so that bytes of detectors that are in use are not in memory twice.
    this.#detectors = undefined
    this.stamp = stamp
    this.isChanged = false
  }
}

function parsed(text: string): Record<SourceKey, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<SourceKey, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** Incidents that were open, of whatever version. */
function openIn(value: unknown): OpenIncident[] {
  if (typeof value !== 'object' || value === null) return []
  const { open, watch, unusual } = value as Record<string, unknown>
  const incidents = [open, openOf(watch), openOf(unusual)].flatMap((one) =>
    typeof one === 'object' && one !== null ? Object.values(one) : [],
  )
  return incidents.filter(isIncident)
}

const openOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'open' in value ? value.open : undefined

function isIncident(value: unknown): value is OpenIncident {
  if (typeof value !== 'object' || value === null) return false
  const { kind, raisedAt, fromMinute, lastMinute, severity } = value as Partial<OpenIncident>
  return (
    typeof kind === 'string' &&
    typeof severity === 'string' &&
    [raisedAt, fromMinute, lastMinute].every(Number.isSafeInteger)
  )
}
