/** Handlers of sessions, and of who asks. */
import { sessionRoutes } from '../../api/sessions.ts'
import { toInstant } from '../../platform/time.ts'
import { actorName, tokenNames } from '../messages/actor.ts'
import { problem } from '../../api/problem.ts'
import { answer, bindRoutes } from './route.ts'

export const sessions = bindRoutes(sessionRoutes, {
  async getMe(_, { actor }) {
    if (actor.role === null) throw new TypeError('a route was reached by nobody')
    return answer({ actor: actor.actor, role: actor.role, sources: actor.sources })
  },

  async listSessions(_, { registry, nowMs }) {
    const [open, tokens] = await Promise.all([
      registry.operators.sessions(nowMs),
      registry.operators.tokens(),
    ])
    const names = tokenNames(tokens)
    return answer({
      sessions: open.map(({ id, actor, role, sources, beganAtMs, endsAtMs }) => ({
        id,
        actor,
        actor_name: actorName(actor, names),
        role,
        sources,
        began_at: toInstant(beganAtMs),
        ends_at: toInstant(endsAtMs),
      })),
    })
  },

  endAllSessions: async (_, { registry, who, nowMs }) =>
    answer({ ended: await registry.operators.endSessions('all', who, nowMs) }),

  async endSession({ params: { id } }, { registry, who, nowMs }) {
    const ended = isSessionId(id) ? await registry.operators.endSessions(id, who, nowMs) : 0
    return ended === 0
      ? problem('session_unknown', 'There is no session of this id, or it is over.')
      : answer({ ended })
  },
})

const isSessionId = (text: string): boolean => /^[0-9a-f]{16}$/.test(text)
