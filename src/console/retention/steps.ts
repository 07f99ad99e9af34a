/** Ways to remove what is too old: by rows, step by step, or by a call of each object that has some of it. */
import { concurrently } from '../../platform/concurrently.ts'
import { type Forgotten, allForgotten } from '../../platform/forgotten.ts'
import type { RequestContext } from '../request-context.ts'
import type { KindTask, Limits } from './kind.ts'

/** Repeats a step as long as it removes all that it may. */
export async function* repeated(stepRows: number, step: () => Promise<number>): AsyncGenerator<number> {
  for (let count = stepRows; count >= stepRows;) {
    count = await step()
    yield count
  }
}

/** A step that takes less may remove more the next time. */
const QUICK_MS = 1_000
/** Ids of a statement: D1 takes 2 MB as one value. */
const ROWS_MAX = 5_000

/** As {@link repeated}, with more rows as long as steps are quick, so that time bounds a night and not the number of its steps. */
export async function* repeatedWhileQuick(
  nowMs: () => number,
  stepRows: number,
  step: (rows: number) => Promise<number>,
): AsyncGenerator<number> {
  for (let rows = stepRows; ;) {
    const sinceMs = nowMs()
    const count = await step(rows)
    const isQuick = nowMs() - sinceMs < QUICK_MS
    yield count
    if (count < rows) return
    rows = isQuick ? Math.min(2 * rows, ROWS_MAX) : Math.max(1, Math.floor(rows / 2))
  }
}

interface ForgettingObject {
  /** @param plan whether it only counts */
  forget(beforeMs: number, plan: boolean): Promise<Forgotten>
}

/** The platform keeps six connections. */
const AT_ONCE = 6

/** A kind that lies in objects. Each of them removes its own in one call. */
export function removedByObjects(
  kind: KindTask['kind'],
  objectsOf: (context: RequestContext) => Promise<readonly ForgettingObject[]>,
): KindTask {
  const ask = async (context: RequestContext, { beforeMs }: Limits, plan: boolean) => {
    const parts: Forgotten[] = []
    const faults: unknown[] = []
    await concurrently(await objectsOf(context), AT_ONCE, async (object) => {
      try {
        parts.push(await object.forget(beforeMs, plan))
      } catch (cause) {
        faults.push(cause)
      }
      return true
    })
    return { all: allForgotten(parts), faults }
  }
  return {
    kind,
    holds: 'any stops',
    async look(context, limits) {
      const { all, faults } = await ask(context, limits, true)
      throwFirst(faults)
      return all
    },
    // If one object fails, the others still remove theirs, and what they removed is noted before the fault.
    async *forget(context, limits) {
      const { all, faults } = await ask(context, limits, false)
      try {
        yield all.count
      } finally {
        // Also if the caller ends after this step, because its time is over.
        throwFirst(faults)
      }
    },
  }
}

function throwFirst(faults: readonly unknown[]): void {
  if (faults.length > 0) throw faults[0]
}
