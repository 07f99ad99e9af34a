/** Traces that objects keep of what happened. Each object removes its own in one call. */
import { concurrently } from '../../platform/concurrently.ts'
import { type Forgotten, allForgotten } from '../../platform/forgotten.ts'
import { WATCHER_NAMES } from '../../watch/watchers/watcher-of.ts'
import type { RequestContext } from '../request-context.ts'
import type { Kind, Limits, Part } from './kind.ts'

interface ForgettingObject {
  /** @param plan whether it only counts */
  forget(beforeMs: number, plan: boolean): Promise<Forgotten>
}

/** The platform keeps six connections. */
const AT_ONCE = 6

function partOf(
  setting: Part['setting'],
  objectsOf: (context: RequestContext) => Promise<readonly ForgettingObject[]>,
): Part {
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
    setting,
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

export const traces: Kind = {
  kind: 'traces',
  holds: 'any stops',
  parts: [
    /** The samples and the counts that the refusal log keeps. */
    partOf('refusals', async ({ refusalLog }) => [refusalLog]),
    partOf('attempts', async ({ registry, destinations }) => {
      const all = await registry.destinations.list()
      return all.map(({ name }) => destinations.getByName(name))
    }),
    /** Incidents that are over, by the time of their last change. Those that last stay. */
    partOf('incidents', async (context) => [context.incidents]),
    /** The minutes and hours that the watch keeps for charts. What is usual at a source stays known. */
    partOf('signals', async ({ watchers }) => WATCHER_NAMES.map((name) => watchers.getByName(name))),
  ],
}
