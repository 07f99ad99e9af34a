/** Quarantine, by the time of receipt. What a person is named in cannot be read cheaply, so a hold of a person keeps all. */
import { COUNTED_MAX } from '../../api/retention.ts'
import { QUARANTINE, countOld, removeOldQuarantine } from '../../store/old-rows.ts'
import type { KindTask } from './kind.ts'
import { repeatedWhileQuick } from './steps.ts'

/** Of the first step: a body has three parts of half a megabyte at most, and most are small. */
const STEP_ROWS = 100

export const quarantine: KindTask = {
  kind: 'quarantine',
  holds: 'person stops',
  removesInPart: true,
  look: ({ store }, limits) => countOld(store, QUARANTINE, limits, COUNTED_MAX),
  forget: ({ store, live }, limits) =>
    repeatedWhileQuick(live.nowMs, STEP_ROWS, (rows) => removeOldQuarantine(store, limits, rows)),
}
