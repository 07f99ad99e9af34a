/** Routes about the caller, and about sessions on the pages. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { ROLES, route } from './route.ts'

const role = v.picklist(ROLES)
const sources = v.nullable(v.array(v.string()))

export const sessionRoutes = {
  getMe: route('GET', '/api/me', 'viewer', {
    summary: 'Who you are here, and what you may do.',
    scoped: true,
    answer: v.object({
      actor: described(v.string(), 'As in the audit log: admin, token:<id>, access:<email>.'),
      role,
      sources: described(sources, 'The only sources that exist for you; null for all.'),
    }),
  }),
  listSessions: route('GET', '/api/sessions', 'admin', {
    summary: 'Who is logged in on the pages, the newest first.',
    answer: v.object({
      sessions: v.array(
        v.object({
          id: v.string(),
          actor: v.string(),
          actor_name: described(v.string(), 'The actor in words: the name of a token with its id behind it.'),
          role: described(role, 'At the log-in; a person of Access has the role that is set now.'),
          sources,
          began_at: v.string(),
          ends_at: v.string(),
        }),
      ),
    }),
  }),
  endAllSessions: route('DELETE', '/api/sessions', 'admin', {
    summary: 'Logs everybody out of the pages.',
    answer: v.object({ ended: v.number() }),
  }),
  endSession: route('DELETE', '/api/sessions/{id}', 'admin', {
    summary: 'Ends a session: its next request leads to the log-in.',
    params: { id: 'The id of the session.' },
    answer: v.object({ ended: v.number() }),
    problems: ['session_unknown'],
  }),
} as const
