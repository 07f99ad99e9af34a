/** Routes about the caller, and about sessions on the pages. */
import * as v from 'valibot'
import { toInstant } from '../../platform/time.ts'
import { ROLES } from '../access/actor.ts'
import { actorName, tokenNames } from '../messages/actor.ts'
import { problem } from '../../api/problem.ts'
import { type Route, answer, param, route } from './route.ts'

const role = v.picklist(ROLES)
const sources = v.nullable(v.array(v.string()))

const listed = (names: readonly string[] | null) => (names === null ? null : [...names])

export const sessions: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/me',
    id: 'getMe',
    summary: 'Who you are here, and what you may do.',
    role: 'viewer',
    scoped: true,
    answer: v.object({
      actor: v.pipe(v.string(), v.description('As in the audit log: admin, token:<id>, access:<email>.')),
      role,
      sources: v.pipe(sources, v.description('The only sources that exist for you; null for all.')),
    }),
    async handler(_, { actor }) {
      if (actor.role === null) throw new TypeError('a route was reached by nobody')
      return answer({ actor: actor.actor, role: actor.role, sources: listed(actor.sources) })
    },
  }),
  route({
    method: 'GET',
    path: '/api/sessions',
    id: 'listSessions',
    summary: 'Who is logged in on the pages, the newest first.',
    role: 'admin',
    answer: v.object({
      sessions: v.array(
        v.object({
          id: v.string(),
          actor: v.string(),
          actor_name: v.pipe(
            v.string(),
            v.description('The actor in words: the name of a token with its id behind it.'),
          ),
          role: v.pipe(
            role,
            v.description('At the log-in; a person of Access has the role that is set now.'),
          ),
          sources,
          began_at: v.string(),
          ends_at: v.string(),
        }),
      ),
    }),
    async handler(_, { registry, nowMs }) {
      const [open, tokens] = await Promise.all([registry.sessions(nowMs), registry.tokens()])
      const names = tokenNames(tokens)
      return answer({
        sessions: open.map(({ id, actor, role, sources, beganAtMs, endsAtMs }) => ({
          id,
          actor,
          actor_name: actorName(actor, names),
          role,
          sources: listed(sources),
          began_at: toInstant(beganAtMs),
          ends_at: toInstant(endsAtMs),
        })),
      })
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/sessions',
    id: 'endAllSessions',
    summary: 'Logs everybody out of the pages.',
    role: 'admin',
    answer: v.object({ ended: v.number() }),
    handler: async (_, { registry, who, nowMs }) =>
      answer({ ended: await registry.endSessions('all', who, nowMs) }),
  }),
  route({
    method: 'DELETE',
    path: '/api/sessions/{id}',
    id: 'endSession',
    summary: 'Ends a session: its next request leads to the log-in.',
    role: 'admin',
    params: { id: 'The id of the session.' },
    answer: v.object({ ended: v.number() }),
    problems: ['session_unknown'],
    async handler({ params }, { registry, who, nowMs }) {
      const id = param(params, 'id')
      const ended = isSessionId(id) ? await registry.endSessions(id, who, nowMs) : 0
      return ended === 0
        ? problem('session_unknown', 'There is no session of this id, or it is over.')
        : answer({ ended })
    },
  }),
]

export const isSessionId = (text: string): boolean => /^[0-9a-f]{16}$/.test(text)
