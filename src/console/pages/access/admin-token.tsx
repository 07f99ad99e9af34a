/** The form that retires the Worker's `ADMIN_TOKEN`, and the page that says what came from it. */
import { adminTokenRoutes } from '../../../api/tokens.ts'
import type { ConsoleContext } from '../../context.ts'
import { answerPage } from '../answer.tsx'
import { type Done, call } from '../call.ts'
import { Table } from '../components.tsx'
import { CheckBox, Reason } from '../form.tsx'
import { formRoute } from '../form-route.tsx'
import { tokenColumns } from './lists.tsx'
import { ACCESS_PATH } from './path.ts'

export const retirePage = formRoute({
  shown: () => ({
    title: 'Retire the admin token',
    label: 'Retire it',
    isDangerous: true,
    back: [ACCESS_PATH, 'Access'],
    lead: 'The Worker’s ADMIN_TOKEN is refused from now on, and its sessions end. A new value of it would be accepted.',
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
      {made.length === 0 ? (
        <p>No other valid token comes from it.</p>
      ) : (
        <>
          <p>
            {isEnded
              ? 'These tokens came from it, and are revoked.'
              : 'These tokens come from it, and stay valid: revoke those that nobody knows.'}
          </p>
          <Table caption="Tokens that come from it" columns={tokenColumns().slice(0, 3)} rows={made} />
        </>
      )}
      <p>
        <a href={ACCESS_PATH}>Back to the tokens</a>
      </p>
    </>,
  )
