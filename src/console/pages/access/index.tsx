/** Page of access: the caller's own rights, and for admins all tokens and sessions. */
import { sessionRoutes } from '../../../api/sessions.ts'
import { tokenRoutes } from '../../../api/tokens.ts'
import type { ConsoleContext } from '../../context.ts'
import { sourcesWord, tokenNames, whoWord } from '../../messages/actor.ts'
import { answerPage } from '../answer.tsx'
import { call } from '../call.ts'
import { Facts, NoticeLine, Part, Shown } from '../components.tsx'
import type { PageRoute } from '../route.ts'
import { retirePage } from './admin-token.tsx'
import { auditPages } from './audit.tsx'
import { Sessions, Tokens } from './lists.tsx'
import { newTokenPage } from './new-token.tsx'
import { ACCESS_PATH, END_ALL_PATH, NEW_TOKEN_PATH, RETIRE_PATH } from './path.ts'
import { ACCESS_NOTICES, END_PATH, REVOKE_PATH, endAllPage, endPage, revokePage } from './revoke.tsx'

async function showAccess(c: ConsoleContext): Promise<Response> {
  const { actor, accessRoles } = c.get('context')
  const [tokens, sessions] = await Promise.all([
    call(c, tokenRoutes.listTokens),
    call(c, sessionRoutes.listSessions),
  ])
  return answerPage(
    c,
    { title: 'Access' },
    <>
      <NoticeLine notice={ACCESS_NOTICES.of(new URL(c.req.url).searchParams)} />
      <Facts
        rows={[
          ['You are', <Shown text={whoWord(actor)} max={200} />],
          ['You see', <Shown text={sourcesWord(actor.sources)} max={500} />],
        ]}
      />
      {tokens.ok && <Tokens tokens={tokens.json.tokens} names={tokenNames(tokens.json.tokens)} />}
      {sessions.ok && <Sessions sessions={sessions.json.sessions} />}
      {tokens.ok && accessRoles.size > 0 && (
        <Part
          id="people"
          title="People"
          lead="Of Cloudflare Access, as the variable ACCESS_ROLES names them."
        >
          <Facts rows={[...accessRoles].map(([who, role]) => [<Shown text={who} max={320} />, role])} />
        </Part>
      )}
    </>,
  )
}

const admin = { who: 'admin', allSources: true } as const
const question = { ...admin, kind: 'dialog' } as const

export const accessPages: readonly PageRoute[] = [
  { path: ACCESS_PATH, who: 'viewer', get: showAccess },
  { ...question, path: NEW_TOKEN_PATH, ...newTokenPage },
  { ...question, path: REVOKE_PATH, ...revokePage },
  { ...question, path: RETIRE_PATH, ...retirePage },
  { ...question, path: END_PATH, ...endPage },
  { ...question, path: END_ALL_PATH, ...endAllPage },
  ...auditPages,
]
