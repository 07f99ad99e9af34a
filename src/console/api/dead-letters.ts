/** Handlers of dead letters. */
import { deadLetterRoutes } from '../../api/dead-letters.ts'
import { rfc3339Ms } from '../../platform/time.ts'
import { listDeadLetters } from '../../store/dead-letters.ts'
import { deleteDeadLetter } from '../operator-actions.ts'
import { planRedrive, redrive } from '../redrive.ts'
import { problem } from '../../api/problem.ts'
import { HELD } from './held.ts'
import { answer, bindRoutes } from './route.ts'

export const deadLetters = bindRoutes(deadLetterRoutes, {
  async listDeadLetters({ query }, { store }) {
    return answer(await listDeadLetters(store, query))
  },

  async redriveDeadLetters({ body }, context) {
    if ('ids' in body) return answer(await redrive(context, body.ids))
    const { source, reason, until, plan } = body
    const filter = { source, reason, untilMs: rfc3339Ms(until ?? '') }
    return answer(await (plan ? planRedrive(context, filter) : redrive(context, filter)))
  },

  async deleteDeadLetter({ params: { id } }, context) {
    const thrown = await deleteDeadLetter(context, id)
    if (thrown === 'held') return HELD
    return thrown === 'removed'
      ? answer({ removed: id })
      : problem('dead_letter_unknown', 'There is no dead letter under this id.')
  },
})
