/** Addresses that must not be written to: the list, and the forms that suppress one and lift it. */
import { type Suppression, listSuppressions } from '../../../store/suppressions.ts'
import { answered } from '../../request-context.ts'
import { visibleText } from '../../../platform/visible.ts'
import { NOTE_MAX_CHARACTERS, readAddress } from '../../../api/address.ts'
import type { ConsoleContext } from '../../context.ts'
import { lift, suppress } from '../../operator-actions.ts'
import { answerPage } from '../answer.tsx'
import { Action, type Column, Shown } from '../components.tsx'
import { Form, TextField, field } from '../form.tsx'
import { listPage } from '../list-page.tsx'
import { notices } from '../notices.ts'
import type { PageRoute } from '../route.ts'
import { SuppressionReasons } from './reasons.tsx'

const COLUMNS: readonly Column<Suppression>[] = [
  { label: 'Address', kind: 'address', cell: ({ recipient }) => <Shown text={recipient} max={120} /> },
  {
    label: 'Why',
    kind: 'long',
    cell: ({ reasons }) => <SuppressionReasons reasons={reasons} />,
  },
  {
    label: 'Actions',
    kind: 'name',
    cell: ({ recipient }) => (
      <Action
        action="/suppressions/remove"
        fields={{ address: recipient }}
        label="Lift"
        on={`the suppression of ${visibleText(recipient, 120)}`}
        quiet
      />
    ),
  },
]

const ROWS = 50

const operator = { who: 'operator', allSources: true } as const

const suppressions = listPage({
  ...operator,
  path: '/suppressions',
  title: 'Suppressions',
  lead: 'Who must not be written to. Ask the API before you send.',
  async read(c, query) {
    const context = c.get('context')
    const page = await answered(context, 'suppressions', () =>
      listSuppressions(context.store, { limit: ROWS, cursor: query.get('cursor') ?? undefined }),
    )
    return { rows: page?.suppressions, next: page?.next_cursor ?? null, extra: undefined }
  },
  unread: 'The store did not answer.',
  empty: 'Nobody is suppressed.',
  caption: 'Suppressed addresses',
  columns: COLUMNS,
  Aside: () => (
    <a class="button" href="/suppressions/new">
      Suppress an address
    </a>
  ),
  notices: notices({
    good: { suppressed: 'The address is suppressed.', lifted: 'The address is no longer suppressed.' },
    bad: { address_not_suppressed: 'That address was not suppressed any more.' },
  }),
})

const answerSuppress = (
  c: ConsoleContext,
  typed: Readonly<Record<string, string>> = {},
  problem?: string,
): Promise<Response> =>
  answerPage(
    c,
    { title: 'Suppress an address', narrow: true },
    <>
      <p class="lead">Whoever asks the API before sending is told not to send to it, until you lift it.</p>
      <Form action="/suppressions/add" label="Suppress" back="/suppressions" typed={typed} problem={problem}>
        <TextField name="address" label="Address" inputmode="email" required isBlamed />
        <TextField name="note" label="Why" maxlength={NOTE_MAX_CHARACTERS} isProse />
      </Form>
    </>,
    problem === undefined ? 200 : 422,
  )

async function suppressOne(c: ConsoleContext): Promise<Response> {
  const typed = { address: field(c, 'address'), note: field(c, 'note') }
  const address = readAddress(typed.address)
  if (address === undefined)
    return answerSuppress(c, typed, 'That is not an address. Write it as name@domain.')
  await suppress(c.get('context'), address, typed.note)
  return suppressions.leadTo(c, 'suppressed')
}

async function liftOne(c: ConsoleContext): Promise<Response> {
  const lifted = await lift(c.get('context'), c.get('form').get('address') ?? '')
  return suppressions.leadTo(c, lifted ? 'lifted' : 'address_not_suppressed')
}

export const suppressionPages: readonly PageRoute[] = [
  suppressions.route,
  { ...operator, path: '/suppressions/add', post: suppressOne },
  { ...operator, path: '/suppressions/remove', post: liftOne },
  { ...operator, path: '/suppressions/new', get: (c) => answerSuppress(c) },
]
