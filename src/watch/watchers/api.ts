/** The calls of the objects that watch sources. Types only. */
import type { Forgotten } from '../../platform/forgotten.ts'
import type { Change } from '../grouping.ts'
import type { MinuteSignals, ShownSignals } from '../signals/signals.ts'

/** Objects that watch sources. Changing it would give sources to objects that do not know them. */
export const WATCHERS = 16

export interface WatchedSource {
  readonly name: string
  /** Tells a source from an earlier one of the same name. */
  readonly createdAtMs: number
}

/** A change of what is found at one source. */
export interface SourceChange {
  readonly source: string
  readonly change: Change
}

/** The signals of a span of time, for charts. */
export interface SignalPoint {
  /** Unix minutes. */
  readonly minute: number
  readonly minutes: number
  readonly signals: ShownSignals
  /** How unusual, 0 to 1: the highest of the span; null while the detector learns. */
  readonly score: number | null
}

export interface SourceWatcherApi {
  /**
   * Sees one minute of all its sources. Called for every minute in order. The same minute again returns the same changes.
   *
   * @param sources all sources of this object
   * @param signals by source; a source without any had a silent minute
   * @param isStoreDown whether the store took nothing in the minute: then no event does not mean that none came
   */
  watch(
    minute: number,
    sources: readonly WatchedSource[],
    signals: Readonly<Record<string, Partial<MinuteSignals>>>,
    isStoreDown?: boolean,
  ): Promise<SourceChange[]>
  history(
    source: string,
    sinceMinute: number,
    untilMinute: number,
    by: 'minute' | 'hour',
  ): Promise<SignalPoint[]>
  /** Removes the past that is older than a time. @param plan only counts its rows */
  forget(beforeMs: number, plan: boolean): Promise<Forgotten>
}
