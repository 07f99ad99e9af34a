/** The form that retires the Worker's `ADMIN_TOKEN`, and the page that says what came from it. */
import type { RetiredAdminToken } from '../../../registry/operators/operator.ts'
import { LAST_ADMIN, retireAdminToken } from '../../api/admin-token.ts'
import type { ConsoleContext } from '../../context.ts'
import { answerPage } from '../answer.tsx'
import { Table } from '../components.tsx'
import { CheckBox, Reason, reasonIn, whoWithReason } from '../form.tsx'
import { formRoute } from '../form-route.tsx'
import { tokenColumns } from './lists.tsx'
import { ACCESS_PATH } from './path.ts'

export const retirePage = formRoute({
  shown: () => ({
    title: 'Retire the admin token',
    label: 'Retire it',
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
    if (reasonIn(c) === '') return [{ path: 'reason', problem: 'This needs a reason. Enter why.' }]
    const context = { ...c.get('context'), who: whoWithReason(c) }
    const retired = await retireAdminToken(context, ends === 'yes')
    return retired === null ? LAST_ADMIN : answerRetired(c, retired)
  },
})

/** Not a redirect: the session of whoever asked may be one of those that ended. */
const answerRetired = (c: ConsoleContext, { tokens, isEnded, sessionsEnded }: RetiredAdminToken) =>
  answerPage(
    c,
    { title: 'The admin token is retired' },
    <>
      <p class="notice good" role="status">
        Sessions that ended: {sessionsEnded}.
      </p>
      {tokens.length === 0 ? (
        <p>No other valid token comes from it.</p>
      ) : (
        <>
          <p>
            {isEnded
              ? 'These tokens came from it, and are revoked.'
              : 'These tokens come from it, and stay valid: revoke those that nobody knows.'}
          </p>
          <Table caption="Tokens that come from it" columns={tokenColumns().slice(0, 3)} rows={tokens} />
        </>
      )}
      <p>
        <a href={ACCESS_PATH}>Back to the tokens</a>
      </p>
    </>,
  )
