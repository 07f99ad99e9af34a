/** Dead letters, by the time at which they failed last. The object of a large one goes first: if that fails, the row still names it. */
import { COUNTED_MAX } from '../../api/retention.ts'
import { DEAD_LETTERS, countOld, oldDeadLetters, removeOldDeadLetters } from '../../store/old-rows.ts'
import { DAY_MS } from '../../platform/time.ts'
import type { KindTask } from './kind.ts'
import { repeated } from './steps.ts'

const STEP_ROWS = 500

export const deadLetters: KindTask = {
  kind: 'dead_letters',
  holds: 'person stops',
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
