/** Lists of API tokens and of sessions. */
import type { FC } from 'hono/jsx'
import type { SessionView, TokenView } from '../../../registry/operators/operator.ts'
import { type TokenNames, actorName, sourcesWord, whoWord } from '../../messages/actor.ts'
import { Action, Badge, type Column, List, Part, Shown, Table, When } from '../components.tsx'
import { useView } from '../view.ts'
import { ACCESS_PATH, RETIRE_PATH } from './path.ts'
import { DAY_MS } from '../../../platform/time.ts'

/** API tokens: what they may do, and whether they are used. */
export const Tokens: FC<{ tokens: readonly TokenView[]; names: TokenNames }> = ({ tokens, names }) => (
  <Part
    id="tokens"
    title="API tokens"
    lead="For programs and for people. Only their hashes are kept."
    aside={
      <>
        <a class="button" href={`${ACCESS_PATH}/tokens/new`}>
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
export const tokenColumns = (names?: TokenNames): readonly Column<TokenView>[] => [
  {
    label: 'Name',
    kind: 'long',
    cell: ({ name }) => <Shown text={name} max={120} />,
    under: ({ id }) => <code>{id}</code>,
  },
  {
    label: 'May',
    cell: ({ role }) => role,
    under: ({ sources }) => <Shown text={sourcesWord(sources)} max={200} />,
  },
  {
    label: 'Made',
    cell: ({ createdAtMs }) => <When at={createdAtMs} />,
    under: ({ createdBy }) => (
      <>
        by <Shown text={actorName(createdBy, names)} max={120} />
      </>
    ),
  },
  { label: 'Last used', cell: ({ lastUsedAtMs }) => <When at={lastUsedAtMs} /> },
  { label: 'Ends', cell: (token) => <End token={token} /> },
  { label: 'Actions', cell: (token) => <Revoke token={token} /> },
]

const End: FC<{ token: TokenView }> = ({ token: { revokedAtMs, expiresAtMs } }) => {
  const days = Math.ceil((expiresAtMs - useView().nowMs) / DAY_MS)
  if (revokedAtMs !== null) return <Badge tone="bad">revoked</Badge>
  if (days <= 0) return <Badge tone="bad">expired</Badge>
  return days === 1 ? 'within a day' : `in ${days} days`
}

const Revoke: FC<{ token: TokenView }> = ({ token: { id, revokedAtMs, expiresAtMs } }) => {
  const isOver = expiresAtMs <= useView().nowMs || revokedAtMs !== null
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

/** Active sessions. */
export const Sessions: FC<{ sessions: readonly SessionView[]; names: TokenNames }> = (props) => (
  <Part
    id="sessions"
    title="Sessions"
    lead="Who is logged in on these pages. A session ends after twelve hours at the latest."
    aside={<Action action={`${ACCESS_PATH}/sessions/end-all`} label="Log everybody out" quiet />}
  >
    <Table caption="Sessions" columns={sessionColumns(props.names)} rows={props.sessions} />
  </Part>
)

const sessionColumns = (names: TokenNames): readonly Column<SessionView>[] => [
  { label: 'Who', kind: 'long', cell: (session) => <Shown text={whoWord(session, names)} max={200} /> },
  { label: 'Sees', cell: ({ sources }) => <Shown text={sourcesWord(sources)} max={200} /> },
  { label: 'Since', cell: ({ beganAtMs }) => <When at={beganAtMs} /> },
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
