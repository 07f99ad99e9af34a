/** Handlers of dead letters. */
import { deadLetterRoutes } from '../../api/dead-letters.ts'
import { listDeadLetters } from '../../store/dead-letters.ts'
import { deleteDeadLetter } from '../operator-actions.ts'
import { redrive } from '../redrive.ts'
import { problem } from '../../api/problem.ts'
import { answer, bindRoutes } from './route.ts'

export const deadLetters = bindRoutes(deadLetterRoutes, {
  async listDeadLetters({ query }, { store }) {
    return answer(await listDeadLetters(store, query))
  },

  redriveDeadLetters: async ({ body }, context) =>
    answer(await redrive(context, 'ids' in body ? body.ids : 'all')),

  async deleteDeadLetter({ params: { id } }, context) {
    return (await deleteDeadLetter(context, id))
      ? answer({ removed: id })
      : problem('dead_letter_unknown', 'There is no dead letter under this id.')
  },
})
