/** Page of access: the caller's own rights, and for admins all tokens and sessions. */
import type { FC } from 'hono/jsx'
import { may } from '../../access/actor.ts'
import { isSessionId } from '../../api/sessions.ts'
import type { ConsoleContext } from '../../context.ts'
import { sourcesWord, tokenNames, whoWord } from '../../messages/actor.ts'
import { answerPage } from '../answer.tsx'
import type { FormRoute } from '../forms.tsx'
import { Action, Shown } from '../components.tsx'
import { retireByForm, showRetire } from './admin-token.tsx'
import { ACCESS_PATH, RETIRE_PATH } from './path.ts'
import { Sessions } from './sessions.tsx'
import { Tokens } from './tokens.tsx'
import { makeTokenByForm, showNewToken } from './new-token.tsx'

export { ACCESS_PATH } from './path.ts'

/** Notices of actions that were taken; only the name travels in the address. */
const DONE = {
  revoked: 'The token is revoked. Its next request is refused.',
  ended: 'The session is over.',
  all_ended: 'All sessions are over.',
  nothing: 'There was nothing to do: it is over already.',
} as const
type Done = keyof typeof DONE

export const ACCESS_FORMS: readonly (FormRoute & { readonly get?: FormRoute['act'] })[] = [
  {
    path: `${ACCESS_PATH}/tokens/new`,
    role: 'admin',
    allSources: true,
    get: showNewToken,
    act: makeTokenByForm,
  },
  { path: `${ACCESS_PATH}/tokens/revoke`, role: 'admin', allSources: true, act: revokeToken },
  { path: RETIRE_PATH, role: 'admin', allSources: true, get: showRetire, act: retireByForm },
  { path: `${ACCESS_PATH}/sessions/end`, role: 'admin', allSources: true, act: endSession },
  { path: `${ACCESS_PATH}/sessions/end-all`, role: 'admin', allSources: true, act: endAll },
]

export async function showAccess(c: ConsoleContext): Promise<Response> {
  const { actor, registry, nowMs } = c.get('context')
  const formToken = await c.get('isolate').sessions.formToken(c.get('session'))
  const isAdmin = may(actor, 'admin')
  const [tokens, sessions] = isAdmin
    ? await Promise.all([registry.tokens(), registry.sessions(nowMs)])
    : [undefined, undefined]
  const names = tokenNames(tokens ?? [])
  const done = doneOf(c.req.query('done'))
  return answerPage(
    c,
    {
      title: 'Access · Postern',
      corner: <Action action="/logout" formToken={formToken} label="Log out" quiet />,
    },
    <>
      <p>
        <a href="/">Back to the console</a>
      </p>
      <h1>Access</h1>
      {done === undefined ? (
        ''
      ) : (
        <p class="notice good" role="status">
          {DONE[done]}
        </p>
      )}
      <You who={whoWord(actor)} sources={sourcesWord(actor.sources)} />
      {tokens === undefined ? (
        ''
      ) : (
        <Tokens tokens={tokens} names={names} formToken={formToken} nowMs={nowMs} />
      )}
      {sessions === undefined ? (
        ''
      ) : (
        <Sessions sessions={sessions} names={names} formToken={formToken} nowMs={nowMs} />
      )}
    </>,
  )
}

const You: FC<{ who: string; sources: string }> = ({ who, sources }) => (
  <dl class="facts">
    <dt>You are</dt>
    <dd>
      <Shown text={who} max={200} />
    </dd>
    <dt>You see</dt>
    <dd>
      <Shown text={sources} max={500} />
    </dd>
  </dl>
)

const doneOf = (text: string | undefined): Done | undefined =>
  text !== undefined && Object.hasOwn(DONE, text) ? (text as Done) : undefined

async function revokeToken(c: ConsoleContext): Promise<Response> {
  const { registry, who } = c.get('context')
  const revoked = await registry.revokeToken(c.get('form').get('id') ?? '', who)
  return lead(c, revoked === null ? 'nothing' : 'revoked')
}

async function endSession(c: ConsoleContext): Promise<Response> {
  const { registry, who, nowMs } = c.get('context')
  const id = c.get('form').get('id') ?? ''
  const ended = isSessionId(id) ? await registry.endSessions(id, who, nowMs) : 0
  return lead(c, ended === 0 ? 'nothing' : 'ended')
}

async function endAll(c: ConsoleContext): Promise<Response> {
  const { registry, who, nowMs } = c.get('context')
  await registry.endSessions('all', who, nowMs)
  return lead(c, 'all_ended')
}

const lead = (c: ConsoleContext, done: Done): Response => c.redirect(`${ACCESS_PATH}?done=${done}`, 303)
