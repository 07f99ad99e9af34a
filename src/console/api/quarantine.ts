/** Handlers of the quarantine. */
import { quarantineRoutes } from '../../api/quarantine.ts'
import { securityOf } from '../../event/decision.ts'
import { listQuarantine, readQuarantine } from '../../store/quarantine.ts'
import { deleteQuarantined } from '../operator-actions.ts'
import { planReplay, replay, replayMany } from '../replay.ts'
import { problem } from '../../api/problem.ts'
import { HELD } from './held.ts'
import { answer, bindRoutes } from './route.ts'

const GONE = problem('quarantine_unknown', 'There is nothing in quarantine under this id.')

const REPLAY_PROBLEMS = {
  quarantine_unknown: GONE,
  still_not_understood: problem(
    'still_not_understood',
    'The provider’s code does not understand it yet. It stays in quarantine.',
  ),
  queue_unavailable: problem('queue_unavailable', 'The queue did not take it. It stays in quarantine.', {
    headers: { 'retry-after': '10' },
  }),
} as const

export const quarantine = bindRoutes(quarantineRoutes, {
  async listQuarantine({ query }, { store }) {
    return answer(await listQuarantine(store, query))
  },

  async getQuarantined({ params }, { store }) {
    const row = await readQuarantine(store, params.id)
    return row === undefined ? GONE : answer(wholeAnswer(row))
  },

  async replayQuarantined({ params }, context) {
    const replayed = await replay(context, params.id)
    return replayed.ok
      ? answer({ events: replayed.events, quarantined: replayed.quarantined })
      : REPLAY_PROBLEMS[replayed.code]
  },

  replayQuarantine: async ({ body: { plan, all: _all, ...filter } }, context) =>
    answer(await (plan ? planReplay : replayMany)(context, filter)),

  async deleteQuarantined({ params: { id } }, context) {
    const thrown = await deleteQuarantined(context, id)
    if (thrown === 'held') return HELD
    return thrown === 'removed' ? answer({ removed: id }) : GONE
  },
})

type Whole = NonNullable<Awaited<ReturnType<typeof readQuarantine>>>

function wholeAnswer({ quarantined, delivery, ...entry }: Whole) {
  const { content_type, query, headers, body } = quarantined
  return {
    ...entry,
    content_type,
    query,
    headers,
    body,
    security: { ...securityOf(delivery), level: delivery.level ?? null },
  }
}
