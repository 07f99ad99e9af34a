/** Page of access: the caller's own rights, and for admins all tokens and sessions. */
import { sessionRoutes } from '../../../api/sessions.ts'
import { tokenRoutes } from '../../../api/tokens.ts'
import type { ConsoleContext } from '../../context.ts'
import { sourcesWord, tokenNames, whoWord } from '../../messages/actor.ts'
import { answerPage } from '../answer.tsx'
import { act, call } from '../call.ts'
import { Facts, NoticeLine, Shown } from '../components.tsx'
import { field } from '../form.tsx'
import { notices } from '../notices.ts'
import type { PageRoute } from '../route.ts'
import { retirePage } from './admin-token.tsx'
import { Sessions, Tokens } from './lists.tsx'
import { newTokenPage } from './new-token.tsx'
import { ACCESS_PATH, RETIRE_PATH } from './path.ts'

const NOTICES = notices({
  good: {
    revoked: 'The token is revoked. Its next request is refused.',
    ended: 'The session is over.',
    all_ended: 'All sessions are over.',
  },
})

async function showAccess(c: ConsoleContext): Promise<Response> {
  const { actor } = c.get('context')
  const [tokens, sessions] = await Promise.all([
    call(c, tokenRoutes.listTokens),
    call(c, sessionRoutes.listSessions),
  ])
  return answerPage(
    c,
    { title: 'Access' },
    <>
      <NoticeLine notice={NOTICES.of(new URL(c.req.url).searchParams)} />
      <Facts
        rows={[
          ['You are', <Shown text={whoWord(actor)} max={200} />],
          ['You see', <Shown text={sourcesWord(actor.sources)} max={500} />],
        ]}
      />
      {tokens.ok && <Tokens tokens={tokens.json.tokens} names={tokenNames(tokens.json.tokens)} />}
      {sessions.ok && <Sessions sessions={sessions.json.sessions} />}
    </>,
  )
}

const lead = (c: ConsoleContext, code: Parameters<typeof NOTICES.query>[0]): Response =>
  c.redirect(`${ACCESS_PATH}?${NOTICES.query(code)}`, 303)

const idIn = (c: ConsoleContext) => ({ params: { id: field(c, 'id') } })
const revokeToken = act(tokenRoutes.revokeToken, idIn, (c) => lead(c, 'revoked'))
const endSession = act(sessionRoutes.endSession, idIn, (c) => lead(c, 'ended'))
const endAll = act(
  sessionRoutes.endAllSessions,
  () => ({}),
  (c) => lead(c, 'all_ended'),
)

const admin = { who: 'admin', allSources: true } as const

export const accessPages: readonly PageRoute[] = [
  { path: ACCESS_PATH, who: 'viewer', get: showAccess },
  { ...admin, path: `${ACCESS_PATH}/tokens/new`, ...newTokenPage },
  { ...admin, path: `${ACCESS_PATH}/tokens/revoke`, post: revokeToken },
  { ...admin, path: RETIRE_PATH, ...retirePage },
  { ...admin, path: `${ACCESS_PATH}/sessions/end`, post: endSession },
  { ...admin, path: `${ACCESS_PATH}/sessions/end-all`, post: endAll },
]
