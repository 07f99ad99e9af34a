/** The questions before a token is revoked, a session ends, or all of them: whose it is, and when it was last used. */
import { sessionRoutes } from '../../../api/sessions.ts'
import { tokenRoutes } from '../../../api/tokens.ts'
import type { ConsoleContext } from '../../context.ts'
import { tokenNames } from '../../messages/actor.ts'
import { call } from '../call.ts'
import { Table } from '../components.tsx'
import { confirmRoute } from '../form-route.tsx'
import { notices, things } from '../notices.ts'
import { resource } from '../resource.ts'
import type { Finder } from '../route.ts'
import { SESSION_COLUMNS, type Session, tokenColumns } from './lists.tsx'
import { ACCESS_PATH } from './path.ts'

export const ACCESS_NOTICES = notices({
  good: {
    revoked: 'The token is revoked. Its next request is refused.',
    ended: 'The session is over.',
    all_ended: 'All sessions are over.',
  },
})

const lead = (c: ConsoleContext, code: Parameters<typeof ACCESS_NOTICES.query>[0]): Response =>
  c.redirect(`${ACCESS_PATH}?${ACCESS_NOTICES.query(code)}`, 303)

const BACK = [ACCESS_PATH, 'Access'] as const

export async function sessionsIn(c: ConsoleContext): Promise<readonly Session[]> {
  const listed = await call(c, sessionRoutes.listSessions)
  return listed.ok ? listed.json.sessions : []
}

const TOKENS = resource({
  path: `${ACCESS_PATH}/tokens`,
  param: 'id',
  async find(c, id) {
    const [listed, sessions] = await Promise.all([call(c, tokenRoutes.listTokens), sessionsIn(c)])
    const tokens = listed.ok ? listed.json.tokens : []
    const token = tokens.find((one) => one.id === id)
    const isOf = ({ actor }: Session): boolean => actor === `token:${id}`
    return token === undefined
      ? null
      : { ...token, names: tokenNames(tokens), sessions: sessions.filter(isOf).length }
  },
  unknown: ['No such token', 'There is no token of this id.'],
  notices: ACCESS_NOTICES,
})
export const REVOKE_PATH = `${TOKENS.one}/revoke`

export const revokePage = confirmRoute({
  of: TOKENS.with,
  shown: ({ sessions, names, ...token }) => ({
    title: `Revoke the token ${token.name}`,
    label: 'Revoke it',
    back: BACK,
    lead: `Its next request is refused${sessions > 0 ? `, and ${things(sessions, 'session')} of it will end` : ''}. It cannot be brought back.`,
    before: <Table caption="The token" columns={tokenColumns(names).slice(0, 4)} rows={[token]} />,
  }),
  route: tokenRoutes.revokeToken,
  given: ({ id }) => ({ params: { id } }),
  done: (c) => lead(c, 'revoked'),
})

const SESSIONS = resource({
  path: `${ACCESS_PATH}/sessions`,
  param: 'id',
  find: async (c, id) => (await sessionsIn(c)).find((one) => one.id === id) ?? null,
  unknown: ['No such session', 'It has ended, or there was none of this id.'],
  notices: ACCESS_NOTICES,
})
export const END_PATH = `${SESSIONS.one}/end`

export const endPage = confirmRoute({
  of: SESSIONS.with,
  shown: (session) => ({
    title: 'End a session',
    label: 'End it',
    back: BACK,
    lead: 'Its next request leads to the log-in. A token that was logged in with stays valid: revoke it as well if somebody else has it.',
    before: <Table caption="The session" columns={SESSION_COLUMNS.slice(0, 3)} rows={[session]} />,
  }),
  route: sessionRoutes.endSession,
  given: ({ id }) => ({ params: { id } }),
  done: (c) => lead(c, 'ended'),
})

const withSessions: Finder<readonly Session[]> = (work) => async (c) => work(c, await sessionsIn(c))

export const endAllPage = confirmRoute({
  of: withSessions,
  shown: (sessions) => ({
    title: 'Log everybody out',
    label: 'Log everybody out',
    back: BACK,
    lead: `${things(sessions.length, 'session')} will end, yours as well. Whoever has a token can log in again.`,
    before: <Table caption="Sessions that end" columns={SESSION_COLUMNS.slice(0, 3)} rows={sessions} />,
  }),
  route: sessionRoutes.endAllSessions,
  given: () => ({}),
  done: (c) => lead(c, 'all_ended'),
})
