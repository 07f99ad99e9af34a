/** Handlers of retention. */
import { problem } from '../../api/problem.ts'
import { retentionRoutes } from '../../api/retention.ts'
import type { RefusedRetention } from '../../registry/retention/retention.ts'
import { changedSettings, retentionAnswer, savedAnswer } from '../retention/status.ts'
import { NO_VERSION, underConditions } from './conditions.ts'
import { tagged } from './owners.ts'
import { REASON_NEEDED, answer, bindRoutes } from './route.ts'

export const retention = bindRoutes(retentionRoutes, {
  async getRetention(_input, context) {
    const state = await context.registry.retention.read()
    return answer(await retentionAnswer(context, state), 200, taggedIfSaved(state.version))
  },

  async putRetention({ body, conditions }, context) {
    const { registry, who } = context
    const present = { find: () => registry.retention.read() }
    const put = await underConditions(conditions, present, 'retention', (expected) =>
      registry.retention.put(body, who, expected),
    )
    if (!put.ok) return refused(put)
    return answer(savedAnswer(context, put.state), 200, taggedIfSaved(put.state.version))
  },

  async planRetention({ body }, context) {
    const { retention } = context.registry
    const [plan, present] = await Promise.all([retention.plan(body), retention.read()])
    if (!plan.ok) return refused(plan)
    const { isShortened, state } = plan
    const planned = await retentionAnswer(context, state, changedSettings(state, present))
    return answer({ is_shortened: isShortened, ...planned })
  },
})

/** No entity tag before the first save. */
const taggedIfSaved = (version: number) => (version === NO_VERSION ? {} : tagged(version))

function refused(why: RefusedRetention) {
  if (why.code === 'reason_needed') return REASON_NEEDED
  if (why.code === 'version_conflict')
    return problem(
      'version_conflict',
      `Retention is now at version ${why.version}: read it again. Nothing was changed.`,
    )
  const { problems } = why
  const paths = problems.map(({ path }) => path || 'document').join(', ')
  return problem('document_invalid', `Retention was not saved: ${paths}.`, { problems })
}
