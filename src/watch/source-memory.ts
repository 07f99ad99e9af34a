/**
 * All that the watch remembers of one source: the patterns with what is usual, and the detectors. Two memories that have seen the same
 * minutes are equal, also if one of them was stored and read again meanwhile.
 */
import { Detector } from './detector/detector.ts'
import type { Change, OpenIncident } from './grouping.ts'
import { bounded } from './signals/bounded.ts'
import { type MinuteSignals, NOTHING } from './signals/signals.ts'
import { SOURCE_WATCH_VERSION, type SourceWatch, newSourceWatch, watchBounded } from './source-watch.ts'
import { addMinute, endsRow } from './unusual/rows.ts'
import { SERIES } from './unusual/series.ts'
import {
  type Detectors,
  type Scored,
  type UnusualState,
  newDetectors,
  newUnusual,
  scoreWaiting,
} from './unusual/unusual.ts'

/** As it is stored, besides the detectors. */
export interface StoredMemory {
  readonly watch: SourceWatch
  readonly unusual: UnusualState
}

/** Detectors as bytes, by series. */
export type DetectorBytes = Readonly<Record<string, Uint8Array>>

/** Rows that may wait for the detectors, five hours. */
const WAITING_MAX = 60

export class SourceMemory {
  readonly stored: StoredMemory
  readonly #readDetectors: () => DetectorBytes
  #detectors: Detectors | undefined

  /** @param readDetectors called once, when a detector is needed */
  constructor(stored: StoredMemory, readDetectors: () => DetectorBytes = () => ({})) {
    this.stored = stored
    this.#readDetectors = readDetectors
  }

  /** @param offset spreads the minutes in which detectors work over sources */
  static begin(minute: number, offset: number): SourceMemory {
    return new SourceMemory({ watch: newSourceWatch(minute), unusual: newUnusual(offset) })
  }

  get openIncidents(): readonly OpenIncident[] {
    const { watch, unusual } = this.stored
    return [...Object.values(watch.open), ...Object.values(unusual.open)]
  }

  /** The first minute that was seen. */
  get beganMinute(): number {
    return this.stored.watch.profile.beganMinute
  }

  /** Sees one minute, as `watchMinute` says. Rows that it completes wait for `score`. */
  see(minute: number, signals: Partial<MinuteSignals> | undefined, isStoreDown = false): Change[] {
    const { watch, unusual } = this.stored
    const before = watch.minute
    const seen = signals === undefined ? NOTHING : bounded(signals)
    const changes = watchBounded(watch, minute, seen, isStoreDown)
    if (watch.minute === before) return changes
    const row = addMinute(unusual, minute, seen)
    if (row === undefined) return changes
    if (unusual.waiting.length >= WAITING_MAX) this.#score()
    unusual.waiting.push(row)
    return changes
  }

  /** Ends teaching: drops the findings of the seeded minutes, and no later finding goes back to them. */
  endTeaching(): void {
    const { watch, unusual } = this.stored
    watch.profile.watchedFromMinute = watch.minute + 1
    for (const open of [watch.open, unusual.open]) for (const id of Object.keys(open)) delete open[id]
  }

  /** Scores the row that this minute has completed. Undefined if it has completed none. */
  score(minute: number): Scored | undefined {
    const { unusual } = this.stored
    return unusual.waiting.at(-1)?.minute === minute && endsRow(unusual, minute) ? this.#score() : undefined
  }

  /** The detectors, after all rows that wait. */
  encodeDetectors(): DetectorBytes {
    this.#score()
    if (this.#detectors === undefined) return this.#readDetectors()
    return Object.fromEntries([...this.#detectors].map(([name, detector]) => [name, detector.encode()]))
  }

  #score(): Scored | undefined {
    if (this.stored.unusual.waiting.length === 0) return undefined
    this.#detectors ??= restoreDetectors(this.#readDetectors())
    const { watch, unusual } = this.stored
    return scoreWaiting(unusual, this.#detectors, watch.profile)
  }
}

function restoreDetectors(bytes: DetectorBytes): Detectors {
  const detectors = new Map(newDetectors())
  for (const { name } of SERIES) {
    const own = Object.hasOwn(bytes, name) ? bytes[name] : undefined
    if (own !== undefined) detectors.set(name, Detector.restore(own))
  }
  return detectors
}

/** Whether stored data is of this version. What is not is learned anew. */
export function isStoredMemory(value: unknown): value is StoredMemory {
  if (typeof value !== 'object' || value === null) return false
  const { watch, unusual } = value as Partial<StoredMemory>
  return (
    watch?.version === SOURCE_WATCH_VERSION &&
    Number.isSafeInteger(watch.minute) &&
    unusual?.usual?.length === SERIES.length &&
    unusual.sums?.length === SERIES.length &&
    Array.isArray(unusual.waiting)
  )
}
