/**
 * The loop that watches sources: one minute after the other. The position moves in the transaction that stores what the minute found, so a
 * minute whose dependencies fail is repeated, and nothing is lost or counted twice.
 */
import { type Log, faultName } from '../../platform/log.ts'
import type { ArrivalPosition } from '../../store/arrival.ts'
import type { ReadMark } from '../../store/restored.ts'
import type { MinuteReading } from '../reading/minute-reading.ts'
import type { SourceChange } from '../watchers/api.ts'
import { type KnownSource, applyChanges } from './apply-changes.ts'
import { QUIET_HOURS_MAX } from './kinds.ts'
import type { IncidentTables, WatchPosition } from './tables.ts'

const MINUTE_MS = 60_000

/** After the end of a minute: the consumer commits, and gateways report, some seconds late. */
export const SETTLE_MS = 10_000

/** Minutes of one run, and how long a run lasts before the rest is left to the next: the platform bounds one invocation. */
const RUN_MINUTES = 60
const RUN_MS = 15_000

/** After a pause longer than this, the watch skips to the current minute and logs that it did. */
export const PAUSE_MAX_MINUTES = 6 * 60

export interface LoopDeps {
  readonly tables: IncidentTables
  readonly sources: () => Promise<readonly KnownSource[]>
  /** The position in the store before what arrived in this minute. */
  readonly positionAt: (minute: number) => Promise<ArrivalPosition>
  /** Where to go on if the store was restored to an earlier time; null if it was not. */
  readonly afterRestore: (mark: ReadMark | null, position: ArrivalPosition) => Promise<ArrivalPosition | null>
  readonly read: (from: ArrivalPosition, minute: number) => Promise<MinuteReading>
  /** Asks every object that has sources. The same minute again returns the same changes. */
  readonly watch: (
    minute: number,
    sources: readonly KnownSource[],
    reading: MinuteReading,
  ) => Promise<readonly SourceChange[]>
  /** Called in the transaction that stores a minute. */
  readonly noteVerified: (minute: number, verified: MinuteReading['verified']) => void
  /** Called after each minute is stored. It never throws. */
  readonly afterMinute: (nowMs: number) => Promise<void>
  readonly nowMs: () => number
  readonly log: Log
}

/** The latest minute that is over and settled. */
export const settledMinute = (nowMs: number): number => Math.floor((nowMs - SETTLE_MS) / MINUTE_MS) - 1

/** Incidents that were over before this time are never open again. */
export const relevantSinceMs = (minute: number): number =>
  minute * MINUTE_MS - 2 * QUIET_HOURS_MAX * 3_600_000

export class MinuteLoop {
  readonly #deps: LoopDeps

  constructor(deps: LoopDeps) {
    this.#deps = deps
  }

  /**
   * Watches the minutes that are due.
   *
   * @returns milliseconds until the next minute is due; 0 if more are
   * @throws what a dependency throws; the minute is repeated in the next run
   */
  async run(): Promise<number> {
    const { tables, nowMs } = this.#deps
    const untilMs = nowMs() + RUN_MS
    try {
      let position = await this.#begin()
      for (let done = 0; position.minute < settledMinute(nowMs()); done++) {
        if (done >= RUN_MINUTES || nowMs() >= untilMs) return 0
        position = await this.#next(position)
        await this.#deps.afterMinute(nowMs())
      }
      if (tables.failing() !== null) tables.putFailing(null)
      return (position.minute + 2) * MINUTE_MS + SETTLE_MS - nowMs()
    } catch (cause) {
      // Stored, since the object forgets its memory between two minutes.
      tables.putFailing({ fault: faultName(cause), sinceMs: tables.failing()?.sinceMs ?? nowMs() })
      throw cause
    }
  }

  /** Where the watch is: at the present, if it is new, or stood still for hours, or its clock was set back. */
  async #begin(): Promise<WatchPosition> {
    const { tables, positionAt, nowMs, log } = this.#deps
    const present = settledMinute(nowMs())
    const known = tables.position()
    const pause = present - (known?.minute ?? present)
    if (known !== undefined && pause <= PAUSE_MAX_MINUTES && pause >= -PAUSE_MAX_MINUTES) return known
    const skipped =
      known === undefined || pause < 0 ? null : { fromMinute: known.minute + 1, untilMinute: present }
    if (skipped !== null) log({ event: 'watch_minutes_skipped', count: present - skipped.fromMinute })
    const arrival = await positionAt(present)
    const position: WatchPosition = {
      minute: present - 1,
      arrival,
      mark: null,
      missed: known?.missed ?? 0,
      skipped: skipped ?? known?.skipped ?? null,
      // If nothing was ever stored before, there was nothing to miss.
      wholeSinceMinute: arrival.number === 0 ? 0 : present,
    }
    tables.commit(position, [])
    return position
  }

  async #next(position: WatchPosition): Promise<WatchPosition> {
    const { tables, sources: loadSources, afterRestore, read, watch, noteVerified, log } = this.#deps
    const minute = position.minute + 1
    const back = await afterRestore(position.mark, position.arrival)
    if (back !== null) log({ event: 'store_restored', reader: 'watch' })
    const [sources, reading] = await Promise.all([loadSources(), read(back ?? position.arrival, minute)])
    const ofSources = await watch(minute, sources, reading)
    const changed = applyChanges(tables.since(relevantSinceMs(minute)), tables.nextNumber(), {
      minute,
      sources,
      ofSources,
      ofOperation: [],
    })
    const next = {
      ...position,
      minute,
      arrival: reading.next,
      // The mark of before a restore is not one of this store.
      mark: reading.mark ?? (back === null ? position.mark : null),
      missed: position.missed + reading.missed,
      wholeSinceMinute: reading.missed > 0 ? minute + 1 : position.wholeSinceMinute,
    }
    tables.commit(next, changed, () => noteVerified(minute, reading.verified))
    return next
  }
}
