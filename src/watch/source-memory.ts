/**
 * All that the watch remembers of one source: the patterns with what is usual, and the detectors. Two memories that have seen the same
 * minutes are equal, also if one of them was stored and read again meanwhile.
 */
import { parseStored } from '../platform/json.ts'
import { type Change, type OpenIncident, idOf } from './grouping.ts'
import { type MinuteSignals, NOTHING, bounded } from './signals/signals.ts'
import { SOURCE_WATCH_VERSION, type SourceWatch, newSourceWatch, watchMinute } from './source-watch.ts'
import { addMinute, endsRow } from './unusual/rows.ts'
import { SERIES } from './unusual/series.ts'
import {
  type Detectors,
  type Scored,
  UNUSUAL,
  type UnusualState,
  encodeDetectors,
  newUnusual,
  restoreDetectors,
  scoreWaiting,
} from './unusual/unusual.ts'

/** As it is stored, besides the detectors. */
export interface StoredMemory {
  readonly watch: SourceWatch
  readonly unusual: UnusualState
}

/** Rows that may wait for the detectors, five hours. */
const WAITING_MAX = 60

export class SourceMemory {
  readonly stored: StoredMemory
  readonly #readDetectors: () => Uint8Array
  #detectors: Detectors | undefined

  /** @param readDetectors called if a detector is needed; no bytes are new detectors */
  constructor(stored: StoredMemory, readDetectors: () => Uint8Array = () => new Uint8Array()) {
    this.stored = stored
    this.#readDetectors = readDetectors
  }

  /**
   * @param offset spreads the minutes in which detectors work over sources
   * @param open incidents that last, although nothing else is known any more
   */
  static begin(minute: number, offset: number, open: readonly OpenIncident[] = []): SourceMemory {
    const [watch, unusual] = [newSourceWatch(minute), newUnusual(offset)]
    for (const one of open) (one.kind === UNUSUAL.kind ? unusual : watch).open[idOf(one)] = one
    return new SourceMemory({ watch, unusual })
  }

  get openIncidents(): readonly OpenIncident[] {
    const { watch, unusual } = this.stored
    return [...Object.values(watch.open), ...Object.values(unusual.open)]
  }

  /** The latest minute that was seen, and the first. */
  get minute(): number {
    return this.stored.watch.minute
  }
  get beganMinute(): number {
    return this.stored.watch.profile.beganMinute
  }

  /** Sees one minute, as `watchMinute` says. Rows that it completes wait for `score`. */
  see(minute: number, signals: Partial<MinuteSignals> | undefined, isStoreDown = false): Change[] {
    const { watch, unusual } = this.stored
    const before = watch.minute
    const seen = signals === undefined ? NOTHING : bounded(signals)
    const changes = watchMinute(watch, minute, seen, isStoreDown)
    if (watch.minute === before) return changes
    const row = addMinute(unusual, minute, seen)
    if (row === undefined) return changes
    if (unusual.waiting.length >= WAITING_MAX) this.#score()
    unusual.waiting.push(row)
    return changes
  }

  /** Scores the row that this minute has completed. Undefined if it has completed none. */
  score(minute: number): Scored | undefined {
    const { unusual } = this.stored
    return unusual.waiting.at(-1)?.minute === minute && endsRow(unusual, minute) ? this.#score() : undefined
  }

  /** The detectors as bytes, after all rows that wait. */
  encodeDetectors(): Uint8Array {
    this.#score()
    return this.#detectors === undefined ? this.#readDetectors() : encodeDetectors(this.#detectors)
  }

  #score(): Scored | undefined {
    if (this.stored.unusual.waiting.length === 0) return undefined
    this.#detectors ??= restoreDetectors(this.#readDetectors())
    const { watch, unusual } = this.stored
    return scoreWaiting(unusual, this.#detectors, watch.profile)
  }
}

/**
 * The memory in what was stored, or the incidents that were open if it is of another version or damaged: the source is learned anew, and
 * an incident that lasts is not raised again.
 */
export function memoryOf(text: string, readDetectors: () => Uint8Array): SourceMemory | OpenIncident[] {
  const { watch, unusual } = recordOf(parseStored(text)) as Partial<StoredMemory>
  const isKnown =
    watch?.version === SOURCE_WATCH_VERSION &&
    Number.isSafeInteger(watch.minute) &&
    unusual?.usual?.length === SERIES.length &&
    unusual.sums?.length === SERIES.length &&
    Array.isArray(unusual.waiting)
  if (isKnown) return new SourceMemory({ watch, unusual }, readDetectors)
  const open: object[] = [watch, unusual].flatMap((one) =>
    Object.values(recordOf(recordOf(one)['open'])).map(recordOf),
  )
  return open.filter(isOpenIncident)
}

const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

function isOpenIncident(value: object): value is OpenIncident {
  const { kind, severity, raisedAt, fromMinute, lastMinute } = value as Partial<OpenIncident>
  return (
    typeof kind === 'string' &&
    typeof severity === 'string' &&
    [raisedAt, fromMinute, lastMinute].every(Number.isSafeInteger)
  )
}
