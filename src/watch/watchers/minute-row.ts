/** A minute of all sources of an object, as it is stored. */
import type { WatchedSource, SourceChange } from './api.ts'
import { bounded } from '../signals/bounded.ts'
import type { MinuteSignals } from '../signals/signals.ts'

/** Names a source in what is stored. A source that was deleted and made again has another key. */
export type SourceKey = string

export const keyOf = ({ name, createdAtMs }: WatchedSource): SourceKey => `${name} ${createdAtMs}`

/** Names have no space. */
export const nameOf = (key: SourceKey): string => key.slice(0, key.indexOf(' '))

export interface MinuteRow {
  readonly minute: number
  /** Without what is zero or empty. A source without any is absent. */
  readonly signals: Readonly<Record<SourceKey, Partial<MinuteSignals>>>
  /** Scores above 0. */
  readonly scores: Readonly<Record<SourceKey, number>>
  readonly changes: readonly SourceChange[]
  /** Absent for false. */
  readonly isStoreDown?: true
}

/** Bounded, and without what is zero or empty; undefined if nothing is left. It means the same. */
export function compact(raw: Partial<MinuteSignals> | null | undefined): Partial<MinuteSignals> | undefined {
  // An RPC argument may be anything.
  if (typeof raw !== 'object' || raw === null) return undefined
  const entries = Object.entries(bounded(raw)).filter(([, value]) => !isNothing(value))
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as Partial<MinuteSignals>)
}

const isNothing = (value: unknown): boolean =>
  value === 0 || value === null || (typeof value === 'object' && Object.keys(value).length === 0)

/**
 * Minutes between two that were recorded. An object records a minute in which something happened, and otherwise every tenth, so that
 * a longer gap is one of the watch itself.
 */
export const SILENT_MINUTES_MAX = 10

/** The silent minutes after one that was recorded, up to another. */
export function* silentBetween(recorded: number, minute: number): Generator<number> {
  if (minute - recorded > SILENT_MINUTES_MAX) return
  for (let silent = recorded + 1; silent < minute; silent += 1) yield silent
}
