/** Lists of API tokens and of sessions. */
import type { FC } from 'hono/jsx'
import type { sessionRoutes } from '../../../api/sessions.ts'
import type { Token as ApiToken } from '../../../api/tokens.ts'
import type { Frozen } from '../../../api/route.ts'
import { type TokenNames, actorName, sourcesWord, whoWord } from '../../messages/actor.ts'
import type { Done } from '../call.ts'
import { Action, Badge, type Column, List, Part, Shown, Table, When } from '../components.tsx'
import { useView } from '../view.ts'
import { ACCESS_PATH, RETIRE_PATH } from './path.ts'
import { DAY_MS } from '../../../platform/time.ts'

type Token = Frozen<ApiToken>

/** API tokens: what they may do, and whether they are used. */
export const Tokens: FC<{ tokens: readonly Token[]; names: TokenNames }> = ({ tokens, names }) => (
  <Part
    id="tokens"
    title="API tokens"
    lead="For programs and for people. Only their hashes are kept."
    aside={
      <>
        <a class="button primary" href={`${ACCESS_PATH}/tokens/new`}>
          Make a token
        </a>{' '}
        <a href={RETIRE_PATH}>Retire the admin token</a>
      </>
    }
  >
    <List caption="API tokens" columns={tokenColumns(names)} rows={tokens} empty="No token yet." />
  </Part>
)

/** The first three say what a token is. */
export const tokenColumns = (names?: TokenNames): readonly Column<Token>[] => [
  {
    label: 'Name',
    kind: 'long',
    cell: ({ name }) => <Shown text={name} max={120} />,
    under: ({ id }) => <code>{id}</code>,
  },
  {
    label: 'Role',
    cell: ({ role }) => role,
    under: ({ sources }) => <Shown text={sourcesWord(sources)} max={200} />,
  },
  {
    label: 'Made',
    cell: ({ created_at }) => <When at={created_at} />,
    under: ({ created_by }) => (
      <>
        by <Shown text={actorName(created_by, names)} max={120} />
      </>
    ),
  },
  { label: 'Last used', cell: ({ last_used_at }) => <When at={last_used_at} /> },
  { label: 'Ends', cell: (token) => <End token={token} /> },
  { label: 'Actions', cell: (token) => <Revoke token={token} /> },
]

const End: FC<{ token: Token }> = ({ token: { revoked_at, expires_at } }) => {
  const days = Math.ceil((Date.parse(expires_at) - useView().nowMs) / DAY_MS)
  if (revoked_at !== null) return <Badge tone="bad">revoked</Badge>
  if (days <= 0) return <Badge tone="bad">expired</Badge>
  return days === 1 ? 'within a day' : `in ${days} days`
}

const Revoke: FC<{ token: Token }> = ({ token: { id, revoked_at, expires_at } }) => {
  const isOver = Date.parse(expires_at) <= useView().nowMs || revoked_at !== null
  return (
    !isOver && (
      <Action
        action={`${ACCESS_PATH}/tokens/revoke`}
        fields={{ id }}
        label="Revoke"
        on={`the token ${id}`}
        quiet
      />
    )
  )
}

type Session = Done<(typeof sessionRoutes)['listSessions']>['json']['sessions'][number]

/** Active sessions. */
export const Sessions: FC<{ sessions: readonly Session[] }> = ({ sessions }) => (
  <Part
    id="sessions"
    title="Sessions"
    lead="Who is logged in on these pages. A session ends after twelve hours at the latest."
    aside={<Action action={`${ACCESS_PATH}/sessions/end-all`} label="Log everybody out" quiet />}
  >
    <Table caption="Sessions" columns={SESSION_COLUMNS} rows={sessions} />
  </Part>
)

const SESSION_COLUMNS: readonly Column<Session>[] = [
  {
    label: 'Who',
    kind: 'long',
    cell: ({ actor_name: name, ...one }) => <Shown text={whoWord({ ...one, name })} max={200} />,
  },
  { label: 'Sources', cell: ({ sources }) => <Shown text={sourcesWord(sources)} max={200} /> },
  { label: 'Began', cell: ({ began_at }) => <When at={began_at} /> },
  { label: 'Session', cell: ({ id }) => <code>{id}</code> },
  {
    label: 'Actions',
    cell: ({ id }) => (
      <Action
        action={`${ACCESS_PATH}/sessions/end`}
        fields={{ id }}
        label="End"
        on={`the session ${id}`}
        quiet
      />
    ),
  },
]
