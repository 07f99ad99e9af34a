/** Reading of one minute of the whole installation. Types only. */
import type { ArrivalPosition } from '../../store/arrival.ts'
import type { ReadMark } from '../../store/restored.ts'
import type { GuardFallback } from '../operations/facts.ts'
import type { MinuteSignals } from '../signals/signals.ts'

export interface MinuteReading {
  /** By source. A source without any is absent. */
  readonly signals: ReadonlyMap<string, MinuteSignals>
  /** Networks from which deliveries were verified and stored, by source: all of them, whatever the bounds of signals. */
  readonly verified: ReadonlyMap<string, ReadonlySet<string>>
  /** Sources for whose deliveries another store, or no store, stood in for the guard. */
  readonly guardFallbacks: ReadonlyMap<string, GuardFallback>
  /** The position in the store after the minute. */
  readonly next: ArrivalPosition
  /** Of the last segment that was read; null if none was. */
  readonly mark: ReadMark | null
  /** Events that were removed from the store before they were read. */
  readonly missed: number
}
