/** Addresses that must not be written to: the section of the first page, and the forms that suppress one and lift it. */
import type { Suppression } from '../../../store/suppressions.ts'
import { visibleText } from '../../../platform/visible.ts'
import { NOTE_MAX_CHARACTERS, readAddress } from '../../../api/address.ts'
import type { ConsoleContext } from '../../context.ts'
import { reasonWord } from '../../messages/suppressions.ts'
import { lift, suppress } from '../../operator-actions.ts'
import { answerPage } from '../answer.tsx'
import { Action, Badge, type Column, Shown, Under, When } from '../components.tsx'
import { Form, TextField, field } from '../form.tsx'
import { seesSuppressions } from '../load-dashboard.ts'
import { notices } from '../notices.ts'
import type { PageRoute } from '../route.ts'
import { moreInApi, section } from './section.tsx'

const COLUMNS: readonly Column<Suppression>[] = [
  { label: 'Address', kind: 'address', cell: ({ recipient }) => <Shown text={recipient} max={120} /> },
  {
    label: 'Why',
    kind: 'long',
    cell: ({ reasons }) => (
      <ul class="plain-list">
        {reasons.map(({ reason, since, source, evidence, note }) => (
          <li>
            <Badge tone="warn">{reasonWord(reason)}</Badge> <When at={since} />
            {source !== null && ` from ${source}`}
            <Under text={note} max={200} />
            <Under text={evidence} max={200} />
          </li>
        ))}
      </ul>
    ),
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

export const suppressions = section({
  id: 'suppressions',
  title: 'Suppressions',
  isShownTo: seesSuppressions,
  lead: 'Who must not be written to. Ask the API before you send.',
  list: (dashboard) => dashboard.suppressions,
  unread: 'The store did not answer.',
  empty: 'Nobody is suppressed.',
  more: moreInApi('/api/suppressions'),
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

/** A page of its own, so that the first page may load itself again without eating what was typed. */
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
      <Form action="/suppressions/add" label="Suppress" back="/#suppressions" typed={typed} problem={problem}>
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

const operator = { who: 'operator', allSources: true } as const

export const suppressionPages: readonly PageRoute[] = [
  { ...operator, path: '/suppressions/add', post: suppressOne },
  { ...operator, path: '/suppressions/remove', post: liftOne },
  { ...operator, path: '/suppressions/new', get: (c) => answerSuppress(c) },
]
