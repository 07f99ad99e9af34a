/** Signals of sources: the minutes and hours that the watch keeps for charts. What is usual at a source stays known. */
import { allForgotten } from '../../platform/forgotten.ts'
import { WATCHER_NAMES } from '../../watch/watchers/watcher-of.ts'
import type { RequestContext } from '../request-context.ts'
import { AT_ONCE, inGroups } from './in-groups.ts'
import type { KindTask, Limits } from './kind.ts'

const ofAll = async ({ watchers }: RequestContext, { beforeMs }: Limits, plan: boolean) =>
  allForgotten(
    await inGroups(WATCHER_NAMES, AT_ONCE, (name) => watchers.getByName(name).forget(beforeMs, plan)),
  )

export const signals: KindTask = {
  kind: 'signals',
  holds: 'any stops',
  look: (context, limits) => ofAll(context, limits, true),
  async *forget(context, limits) {
    yield (await ofAll(context, limits, false)).count
  },
}
