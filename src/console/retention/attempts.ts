/** Attempts of destinations: each object removes its own. */
import { allForgotten } from '../../platform/forgotten.ts'
import type { RequestContext } from '../request-context.ts'
import { AT_ONCE, inGroups } from './in-groups.ts'
import type { KindTask, Limits } from './kind.ts'

async function ofAll({ registry, destinations }: RequestContext, { beforeMs }: Limits, plan: boolean) {
  const all = await registry.destinations.list()
  return allForgotten(
    await inGroups(all, AT_ONCE, ({ name }) => destinations.getByName(name).forget(beforeMs, plan)),
  )
}

export const attempts: KindTask = {
  kind: 'attempts',
  holds: 'any stops',
  look: (context, limits) => ofAll(context, limits, true),
  async *forget(context, limits) {
    yield (await ofAll(context, limits, false)).count
  },
}
