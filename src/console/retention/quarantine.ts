/** Quarantine, by the time of receipt. What a person is named in cannot be read cheaply, so a hold of a person keeps all. */
import { COUNTED_MAX } from '../../api/retention.ts'
import { QUARANTINE, countOld, removeOldQuarantine } from '../../store/old-rows.ts'
import type { KindTask, Limits } from './kind.ts'
import { repeated } from './steps.ts'

/** A body has three parts of half a megabyte at most. */
const STEP_ROWS = 100

export const oldIn = ({ beforeMs, held }: Limits) => ({ beforeMs, heldSources: held.sources })

export const quarantine: KindTask = {
  kind: 'quarantine',
  holds: 'person stops',
  look: ({ store }, limits) => countOld(store, QUARANTINE, oldIn(limits), COUNTED_MAX),
  forget: ({ store }, limits) =>
    repeated(STEP_ROWS, () => removeOldQuarantine(store, oldIn(limits), STEP_ROWS)),
}
