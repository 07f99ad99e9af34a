/** Handlers of messages. */
import { messageRoutes } from '../../api/messages.ts'
import { messageStates } from '../../store/messages.ts'
import { answer, bindRoutes } from './route.ts'

export const messages = bindRoutes(messageRoutes, {
  getMessageStates: async ({ query }, { store }) => answer({ states: await messageStates(store, query) }),
})
