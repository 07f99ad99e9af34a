/** Page of access: the caller's own rights, and for admins all tokens and sessions. */
import { may } from '../../access/actor.ts'
import { isSessionId } from '../../api/sessions.ts'
import type { ConsoleContext } from '../../context.ts'
import { sourcesWord, tokenNames, whoWord } from '../../messages/actor.ts'
import { answerPage } from '../answer.tsx'
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
    nothing: 'There was nothing to do: it is over already.',
  },
})

async function showAccess(c: ConsoleContext): Promise<Response> {
  const { actor, registry, nowMs } = c.get('context')
  const [tokens, sessions] = may(actor, 'admin')
    ? await Promise.all([registry.operators.tokens(), registry.operators.sessions(nowMs)])
    : []
  const names = tokenNames(tokens ?? [])
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
      {tokens !== undefined && <Tokens tokens={tokens} names={names} />}
      {sessions !== undefined && <Sessions sessions={sessions} names={names} />}
    </>,
  )
}

async function revokeToken(c: ConsoleContext): Promise<Response> {
  const { registry, who } = c.get('context')
  const revoked = await registry.operators.revokeToken(field(c, 'id'), who)
  return lead(c, revoked === null ? 'nothing' : 'revoked')
}

async function endSession(c: ConsoleContext): Promise<Response> {
  const { registry, who, nowMs } = c.get('context')
  const id = field(c, 'id')
  const ended = isSessionId(id) ? await registry.operators.endSessions(id, who, nowMs) : 0
  return lead(c, ended === 0 ? 'nothing' : 'ended')
}

async function endAll(c: ConsoleContext): Promise<Response> {
  const { registry, who, nowMs } = c.get('context')
  await registry.operators.endSessions('all', who, nowMs)
  return lead(c, 'all_ended')
}

const lead = (c: ConsoleContext, code: Parameters<typeof NOTICES.query>[0]): Response =>
  c.redirect(`${ACCESS_PATH}?${NOTICES.query(code)}`, 303)

const admin = { who: 'admin', allSources: true } as const

export const accessPages: readonly PageRoute[] = [
  { path: ACCESS_PATH, who: 'viewer', get: showAccess },
  { ...admin, path: `${ACCESS_PATH}/tokens/new`, ...newTokenPage },
  { ...admin, path: `${ACCESS_PATH}/tokens/revoke`, post: revokeToken },
  { ...admin, path: RETIRE_PATH, ...retirePage },
  { ...admin, path: `${ACCESS_PATH}/sessions/end`, post: endSession },
  { ...admin, path: `${ACCESS_PATH}/sessions/end-all`, post: endAll },
]
