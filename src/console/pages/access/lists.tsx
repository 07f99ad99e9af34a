/** Lists of API tokens and of sessions. */
import type { FC } from 'hono/jsx'
import type { sessionRoutes } from '../../../api/sessions.ts'
import type { Token as ApiToken } from '../../../api/tokens.ts'
import type { Frozen } from '../../../api/route.ts'
import { type TokenNames, actorName, sourcesWord, whoWord } from '../../messages/actor.ts'
import type { Done } from '../call.ts'
import { type Column, List, Part, Shown, State, Table, When } from '../components.tsx'
import { things } from '../notices.ts'
import { useView } from '../view.ts'
import { ACCESS_PATH, END_ALL_PATH, NEW_TOKEN_PATH, RETIRE_PATH } from './path.ts'
import { DAY_MS } from '../../../platform/time.ts'

export type Token = Frozen<ApiToken>

/** A token that ends this soon stands out. */
const SOON_DAYS = 7

/** API tokens: what they may do, and whether they are used. */
export const Tokens: FC<{ tokens: readonly Token[]; names: TokenNames }> = ({ tokens, names }) => (
  <Part
    id="tokens"
    title="API tokens"
    lead="For programs and for people. Only their hashes are kept."
    aside={
      <>
        <a href={RETIRE_PATH} data-open="dialog">
          Retire the admin token
        </a>
        <a class="button primary" href={NEW_TOKEN_PATH} data-open="dialog">
          Make a token
        </a>
      </>
    }
  >
    <List caption="API tokens" columns={tokenColumns(names)} rows={tokens} empty="No token yet." />
  </Part>
)

/** The first four say what a token is. */
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
  { label: 'State', cell: (token) => <Left token={token} /> },
  { label: 'Actions', cell: (token) => <Revoke token={token} /> },
]

/** How many days are left, or why none is. */
const Left: FC<{ token: Token }> = ({ token: { revoked_at, expires_at } }) => {
  const days = Math.ceil((Date.parse(expires_at) - useView().nowMs) / DAY_MS)
  if (revoked_at !== null) return <State tone="bad">revoked</State>
  if (days <= 0) return <State tone="bad">expired</State>
  return <State tone={days <= SOON_DAYS ? 'warn' : 'good'}>{things(days, 'day')} left</State>
}

const Revoke: FC<{ token: Token }> = ({ token: { id, revoked_at, expires_at } }) => {
  const isOver = Date.parse(expires_at) <= useView().nowMs || revoked_at !== null
  return !isOver && <Ask href={`${ACCESS_PATH}/tokens/${id}/revoke`} label="Revoke" on={`the token ${id}`} />
}

/** A link to a question. */
const Ask: FC<{ href: string; label: string; on: string }> = ({ href, label, on }) => (
  <a href={href} data-open="dialog">
    {label}
    <span class="visually-hidden"> {on}</span>
  </a>
)

export type Session = Done<(typeof sessionRoutes)['listSessions']>['json']['sessions'][number]

/** Active sessions. */
export const Sessions: FC<{ sessions: readonly Session[] }> = ({ sessions }) => (
  <Part
    id="sessions"
    title="Sessions"
    lead="Who is logged in on these pages. A session ends after twelve hours at the latest."
    aside={
      <a class="button" href={END_ALL_PATH} data-open="dialog">
        Log everybody out
      </a>
    }
  >
    <Table caption="Sessions" columns={SESSION_COLUMNS} rows={sessions} />
  </Part>
)

export const SESSION_COLUMNS: readonly Column<Session>[] = [
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
    cell: ({ id }) => <Ask href={`${ACCESS_PATH}/sessions/${id}/end`} label="End" on={`the session ${id}`} />,
  },
]
