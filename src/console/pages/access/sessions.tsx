import type { FC } from 'hono/jsx'
import type { SessionView } from '../../../registry/operators/operators.ts'
import { type TokenNames, sourcesWord, whoWord } from '../../messages/actor.ts'
import { Action, type Column, Shown, Table, When } from '../components.tsx'
import { ACCESS_PATH } from './path.ts'

interface SessionsProps {
  readonly sessions: readonly SessionView[]
  readonly names: TokenNames
  readonly formToken: string
  readonly nowMs: number
}

/** Active sessions. */
export const Sessions: FC<SessionsProps> = (props) => (
  <section aria-labelledby="sessions-title">
    <header class="section-head">
      <div>
        <h2 id="sessions-title">Sessions</h2>
        <p class="lead">Who is logged in on these pages. A session ends after twelve hours at the latest.</p>
      </div>
      <div class="aside">
        <Action
          action={`${ACCESS_PATH}/sessions/end-all`}
          formToken={props.formToken}
          label="Log everybody out"
          quiet
        />
      </div>
    </header>
    <Table caption="Sessions" columns={columns(props)} rows={props.sessions} />
  </section>
)

const columns = ({ names, formToken, nowMs }: SessionsProps): Column<SessionView>[] => [
  { label: 'Who', kind: 'long', cell: (session) => <Shown text={whoWord(session, names)} max={200} /> },
  { label: 'Sees', kind: 'name', cell: ({ sources }) => <Shown text={sourcesWord(sources)} max={200} /> },
  { label: 'Since', kind: 'name', cell: ({ beganAtMs }) => <When ms={beganAtMs} nowMs={nowMs} /> },
  {
    label: 'Session',
    kind: 'name',
    cell: ({ id }) => <code>{id}</code>,
  },
  {
    label: 'Actions',
    kind: 'name',
    cell: ({ id }) => (
      <Action
        action={`${ACCESS_PATH}/sessions/end`}
        formToken={formToken}
        fields={{ id }}
        label="End"
        on={`the session ${id}`}
        quiet
      />
    ),
  },
]
