/** A minute of all sources of an object, as it is stored. */
import { isObject, parseStored } from '../../platform/json.ts'
import type { Change } from '../grouping.ts'
import { type MinuteSignals, bounded } from '../signals/signals.ts'
import type { SourceChange, WatchedSource } from './api.ts'

/** Names a source in what is stored. A source that was deleted and made again has another key. */
export type SourceKey = string

export const keyOf = ({ name, createdAtMs }: WatchedSource): SourceKey => `${name} ${createdAtMs}`

/** Names have no space. */
export const nameOf = (key: SourceKey): string => key.slice(0, key.indexOf(' '))

/** One source in a minute. No signals, score or changes are absent. */
export interface SeenSource {
  readonly signals?: Partial<MinuteSignals>
  /** Above 0. */
  readonly score?: number
  readonly changes?: readonly Change[]
}

export interface MinuteRow {
  readonly minute: number
  readonly isStoreDown: boolean
  /** A source at which nothing happened is absent. */
  readonly sources: Readonly<Record<SourceKey, SeenSource>>
}

/** Undefined if the row is damaged. */
export function minuteRowIn(text: string): MinuteRow | undefined {
  const row = parseStored(text)
  return isObject(row) && Number.isSafeInteger(row['minute']) && isObject(row['sources'])
    ? (row as object as MinuteRow)
    : undefined
}

export const changesIn = ({ sources }: MinuteRow): SourceChange[] =>
  Object.entries(sources).flatMap(([key, { changes = [] }]) =>
    changes.map((change) => ({ source: nameOf(key), change })),
  )

/** Bounded, and without what is zero or empty; undefined if nothing is left. It means the same. */
export function compact(raw: Partial<MinuteSignals> | null | undefined): Partial<MinuteSignals> | undefined {
  // An RPC argument may be anything.
  if (typeof raw !== 'object' || raw === null) return undefined
  const signals = withoutNone(bounded(raw))
  return Object.keys(signals).length === 0 ? undefined : signals
}

/** Without what is zero, empty or not known. */
export const withoutNone = <T extends object>(signals: T): Partial<T> =>
  Object.fromEntries(Object.entries(signals).filter(([, value]) => !isNothing(value))) as Partial<T>

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
