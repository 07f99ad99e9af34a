/** The form that retires the Worker's `ADMIN_TOKEN`, and the page that says what came from it. */
import { adminTokenRoutes, tokenRoutes } from '../../../api/tokens.ts'
import type { ConsoleContext } from '../../context.ts'
import { answerPage } from '../answer.tsx'
import { type Done, call } from '../call.ts'
import { Table } from '../components.tsx'
import { CheckBox, Reason } from '../form.tsx'
import { formRoute } from '../form-route.tsx'
import { things } from '../notices.ts'
import type { Finder } from '../route.ts'
import { type Token, tokenColumns } from './lists.tsx'
import { ACCESS_PATH } from './path.ts'
import { sessionsIn } from './revoke.tsx'

interface Retiring {
  readonly tokens: readonly Token[]
  readonly sessions: number
}

const withMade: Finder<Retiring> = (work) => async (c) => {
  const [listed, sessions] = await Promise.all([call(c, tokenRoutes.listTokens), sessionsIn(c)])
  const tokens = listed.ok ? listed.json.tokens : []
  return work(c, {
    tokens: tokens.filter(({ created_by: by, revoked_at: revoked }) => by === 'admin' && revoked === null),
    sessions: sessions.filter(({ actor }) => actor === 'admin').length,
  })
}

export const retirePage = formRoute<{ readonly end_what_it_made: string }, Retiring>({
  of: withMade,
  shown: ({ tokens, sessions }) => ({
    title: 'Retire the admin token',
    label: 'Retire it',
    isDangerous: true,
    back: [ACCESS_PATH, 'Access'],
    lead: `The Worker’s ADMIN_TOKEN is refused from now on, and ${things(sessions, 'session')} of it will end. A new value of it would be accepted.`,
    before: tokens.length > 0 && (
      <Table caption="Tokens that it made" columns={tokenColumns().slice(0, 4)} rows={tokens} />
    ),
  }),
  values: () => ({ end_what_it_made: '' }),
  Fields: () => (
    <>
      <CheckBox
        name="end_what_it_made"
        label="Also revoke the tokens that it made, and those that these made; not the one that you are logged in with"
      />
      <Reason />
    </>
  ),
  async save(c, _nothing, { end_what_it_made: ends }) {
    const body = { end_what_it_made: ends === 'yes' }
    const retired = await call(c, adminTokenRoutes.retireAdminToken, { body })
    return retired.ok ? answerRetired(c, retired.json) : retired
  },
})

type Retired = Done<(typeof adminTokenRoutes)['retireAdminToken']>['json']

/** Not a redirect: the session of whoever asked may be one of those that ended. */
const answerRetired = (
  c: ConsoleContext,
  { made, ended_what_it_made: isEnded, sessions_ended: ended }: Retired,
) =>
  answerPage(
    c,
    { title: 'The admin token is retired' },
    <>
      <p class="notice good" role="status">
        Sessions that ended: {ended}.
      </p>
      <p>
        {made.length === 0
          ? 'No other valid token comes from it.'
          : isEnded
            ? 'These tokens came from it, and are revoked.'
            : 'These tokens come from it, and stay valid: revoke those that nobody knows.'}
      </p>
      {made.length > 0 && (
        <Table caption="Tokens that come from it" columns={tokenColumns().slice(0, 4)} rows={made} />
      )}
      <p>
        <a href={ACCESS_PATH}>Back to the tokens</a>
      </p>
    </>,
  )
