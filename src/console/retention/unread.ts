/**
 * Deliveries that nobody has read: quarantine, by the time of receipt, and dead letters, by the time at which they failed last. Whom they
 * name cannot be read cheaply, so a hold of a person keeps all.
 */
import { COUNTED_MAX } from '../../api/retention.ts'
import { DAY_MS } from '../../platform/time.ts'
import {
  DEAD_LETTERS,
  QUARANTINE,
  countOld,
  oldDeadLetters,
  removeOldDeadLetters,
  removeOldQuarantine,
} from '../../store/old-rows.ts'
import type { Kind, Part } from './kind.ts'
import { repeated, repeatedWhileQuick } from './steps.ts'

/** Of the first step: a body has three parts of half a megabyte at most, and most are small. */
const FIRST_STEP_ROWS = 100

const STEP_ROWS = 500

const quarantine: Part = {
  setting: 'quarantine',
  removesInPart: true,
  look: ({ store }, limits) => countOld(store, QUARANTINE, limits, COUNTED_MAX),
  forget: ({ store, live }, limits) =>
    repeatedWhileQuick(live.nowMs, FIRST_STEP_ROWS, (rows) => removeOldQuarantine(store, limits, rows)),
}

/** The object of a large one goes first: if that fails, the row still names it. */
const deadLetters: Part = {
  setting: 'dead_letters',
  removesInPart: true,
  look: ({ store }, limits) => countOld(store, DEAD_LETTERS, limits, COUNTED_MAX),
  forget: ({ store, large }, limits) =>
    repeated(STEP_ROWS, async () => {
      const letters = await oldDeadLetters(store, limits, STEP_ROWS)
      for (const { object } of letters)
        if (object !== null) await deleteUnlessRedriven(large, object, limits.atMs - DAY_MS)
      const ids = letters.map(({ id }) => id)
      return ids.length === 0 ? 0 : removeOldDeadLetters(store, ids, limits.atMs)
    }),
}

/** A redrive at this moment has written the object again for its message. If nothing needs it, the sweep finds it later. */
async function deleteUnlessRedriven(large: R2Bucket, object: string, beforeMs: number): Promise<void> {
  const head = await large.head(object)
  if (head !== null && head.uploaded.getTime() < beforeMs) await large.delete(object)
}

export const unread: Kind = { kind: 'unread', holds: 'person stops', parts: [quarantine, deadLetters] }
