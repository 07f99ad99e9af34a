/** Quarantine, by the time of receipt. What a person is named in cannot be read cheaply, so a hold of a person keeps all. */
import { COUNTED_MAX } from '../../api/retention.ts'
import { QUARANTINE, countOld, removeOldQuarantine } from '../../store/old-rows.ts'
import type { KindTask } from './kind.ts'
import { repeated } from './steps.ts'

/** A body has three parts of half a megabyte at most. */
const STEP_ROWS = 100

export const quarantine: KindTask = {
  kind: 'quarantine',
  holds: 'person stops',
  removesInPart: true,
  look: ({ store }, limits) => countOld(store, QUARANTINE, limits, COUNTED_MAX),
  forget: ({ store }, limits) => repeated(STEP_ROWS, () => removeOldQuarantine(store, limits, STEP_ROWS)),
}
