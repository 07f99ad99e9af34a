import { ARRIVAL_START } from '../../../src/store/arrival.ts'
import type { MinuteReading } from '../../../src/watch/reading/minute-reading.ts'

/** A minute in which nothing was stored or reported. */
export const EMPTY_READING: MinuteReading = {
  signals: new Map(),
  verified: new Map(),
  mark: null,
  standIns: new Map(),
  next: ARRIVAL_START,
  missed: 0,
}
