/** Handlers of messages. */
import { messageRoutes } from '../../api/messages.ts'
import { historySince } from '../../store/history.ts'
import { messageStates } from '../../store/messages.ts'
import { answer, bindRoutes } from './route.ts'

export const messages = bindRoutes(messageRoutes, {
  async getMessageStates({ query }, { store }) {
    const [states, history_since] = await Promise.all([messageStates(store, query), historySince(store)])
    return answer({ states, history_since })
  },
})
