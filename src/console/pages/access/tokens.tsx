import type { FC } from 'hono/jsx'
import type { TokenView } from '../../../registry/operators/operators.ts'
import { type TokenNames, actorName, sourcesWord } from '../../messages/actor.ts'
import { Action, Badge, type Column, Empty, Shown, Table, When } from '../components.tsx'
import { ACCESS_PATH, RETIRE_PATH } from './path.ts'

interface TokensProps {
  readonly tokens: readonly TokenView[]
  readonly names: TokenNames
  readonly formToken: string
  readonly nowMs: number
}

/** API tokens: what they may do, and whether they are used. */
export const Tokens: FC<TokensProps> = (props) => (
  <section aria-labelledby="tokens-title">
    <header class="section-head">
      <div>
        <h2 id="tokens-title">API tokens</h2>
        <p class="lead">For programs and for people. Only their hashes are kept.</p>
      </div>
      <div class="aside">
        <a class="button" href={`${ACCESS_PATH}/tokens/new`}>
          Make a token
        </a>{' '}
        <a href={RETIRE_PATH}>Retire the admin token</a>
      </div>
    </header>
    {props.tokens.length === 0 ? (
      <Empty>No token yet.</Empty>
    ) : (
      <Table caption="API tokens" columns={columns(props)} rows={props.tokens} />
    )}
  </section>
)

const columns = ({ names, formToken, nowMs }: TokensProps): Column<TokenView>[] => [
  {
    label: 'Name',
    kind: 'long',
    cell: ({ name, id }) => (
      <>
        <Shown text={name} max={120} />
        <span class="under">
          <code>{id}</code>
        </span>
      </>
    ),
  },
  {
    label: 'May',
    kind: 'name',
    cell: ({ role, sources }) => (
      <>
        {role}
        <span class="under">
          <Shown text={sourcesWord(sources)} max={200} />
        </span>
      </>
    ),
  },
  {
    label: 'Made',
    kind: 'name',
    cell: ({ createdAtMs, createdBy }) => (
      <>
        <When ms={createdAtMs} nowMs={nowMs} />
        <span class="under">
          by <Shown text={actorName(createdBy, names)} max={120} />
        </span>
      </>
    ),
  },
  {
    label: 'Last used',
    kind: 'name',
    cell: ({ lastUsedAtMs }) => <When ms={lastUsedAtMs ?? undefined} nowMs={nowMs} />,
  },
  { label: 'Ends', kind: 'name', cell: (token) => <End token={token} nowMs={nowMs} /> },
  {
    label: 'Actions',
    kind: 'name',
    cell: (token) =>
      isOver(token, nowMs) ? (
        ''
      ) : (
        <Action
          action={`${ACCESS_PATH}/tokens/revoke`}
          formToken={formToken}
          fields={{ id: token.id }}
          label="Revoke"
          on={`the token ${token.id}`}
          quiet
        />
      ),
  },
]

const isOver = ({ revokedAtMs, expiresAtMs }: TokenView, nowMs: number): boolean =>
  revokedAtMs !== null || expiresAtMs <= nowMs

const DAY_MS = 86_400_000

const End: FC<{ token: TokenView; nowMs: number }> = ({ token, nowMs }) => {
  if (token.revokedAtMs !== null) return <Badge tone="bad">revoked</Badge>
  if (token.expiresAtMs <= nowMs) return <Badge tone="bad">expired</Badge>
  const days = Math.ceil((token.expiresAtMs - nowMs) / DAY_MS)
  return days === 1 ? 'within a day' : `in ${days} days`
}
