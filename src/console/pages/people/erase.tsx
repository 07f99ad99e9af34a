/** Erases a person. First comes the plan: what would go, where and how much, and what would remain. There is no way back. */
import { ADDRESS_FORM, readAddress } from '../../../api/address.ts'
import type { ErasurePlan } from '../../../api/erasures.ts'
import type { DocumentProblem } from '../../../platform/document-problems.ts'
import type { ConsoleContext } from '../../context.ts'
import { erasePerson, holdOn, planErasure } from '../../people/erase.ts'
import type { SoughtPerson } from '../../people/parts.ts'
import { soughtPerson } from '../../people/person.ts'
import { answerPage } from '../answer.tsx'
import { type Column, Part, Shown, Table } from '../components.tsx'
import { DESTINATIONS } from '../destinations/resource.ts'
import { RemainsPart } from '../erasures/certificate.tsx'
import { ERASURES } from '../erasures/resource.ts'
import { formRoute } from '../form-route.tsx'
import { Choice, Form, Reason, TextField, field, reasonIn, typedIn } from '../form.tsx'
import { knownPerson, personPath } from './person.tsx'

type Place = ErasurePlan['places'][number]

const COLUMNS: readonly Column<Place>[] = [
  { label: 'Place', cell: ({ place }) => place.replaceAll('_', ' ') },
  {
    label: 'Entries',
    kind: 'number',
    cell: ({ count }) => (count === null ? 'not counted' : count.toLocaleString('en')),
  },
  {
    label: 'What erasing does there',
    kind: 'long',
    cell: ({ what, others = 0 }) => `${what}${others > 0 ? ` ${others} of them name others too.` : ''}`,
  },
]

interface Way {
  readonly action: string
  readonly back: { readonly href: string; readonly text: string }
  readonly hidden?: Readonly<Record<string, string>>
}

const wayOf = ({ index }: SoughtPerson): Way => ({
  action: `${personPath(index)}/erase`,
  back: { href: personPath(index), text: 'Person' },
})

export async function showErase(
  c: ConsoleContext,
  person: SoughtPerson,
  way: Way = wayOf(person),
  problems: readonly DocumentProblem[] = [],
): Promise<Response> {
  const context = c.get('context')
  const { isHeld } = await holdOn(context, person)
  if (isHeld) return answerHeld(c, way)
  const { filters, places, remains } = await planErasure(context, person, keepsSuppression(c))
  const { action, back, hidden = {} } = way
  const isWrong = problems.length > 0
  return answerPage(
    c,
    { title: 'Erase a person', isWrong, back },
    <>
      <p class="notice warn">
        <strong>
          This cannot be undone: all that is known of <Shown text={person.address} max={320} /> is lost.
        </strong>{' '}
        The key of the person is destroyed, and with it every copy of what is sealed under it.
      </p>
      {filters.map((name) => (
        <p class="notice warn">
          The filter of the destination <a href={DESTINATIONS.pathOf(name)}>{name}</a> names the person.
          Erasing does not change it: do so yourself.
        </p>
      ))}
      <Form
        action={action}
        label="Erase for good"
        look="danger"
        back={back.href}
        hidden={hidden}
        typed={isWrong ? typedIn(c, ['reason', 'keep_suppression']) : { keep_suppression: 'yes' }}
        problems={problems}
      >
        <Choice
          name="keep_suppression"
          label="What becomes of the suppression"
          options={[
            [
              'yes',
              'Keep it: a keyed hash stays with the reason, so that nobody writes to the address again',
            ],
            ['no', 'Forget that as well: the next import or campaign may write to the address'],
          ]}
        />
        <Reason required />
      </Form>
      <Part id="plan" title="What goes">
        <Table caption="What goes" columns={COLUMNS} rows={places} />
      </Part>
      <RemainsPart remains={remains} />
    </>,
  )
}

/** Whether the suppression is kept: yes, unless somebody says otherwise. */
const keepsSuppression = (c: ConsoleContext): boolean =>
  c.req.method !== 'POST' || field(c, 'keep_suppression') !== 'no'

const answerHeld = (c: ConsoleContext, { back }: Way): Promise<Response> =>
  answerPage(
    c,
    { title: 'Erase a person', narrow: true, back },
    <p class="notice bad" role="alert">
      A hold of retention keeps what is known of the person, or a source that has something of them. Nothing
      was changed. An admin can end the hold.
    </p>,
    409,
  )

export const eraseThis = (c: ConsoleContext, person: SoughtPerson): Promise<Response> =>
  erase(c, person, wayOf(person))

async function erase(c: ConsoleContext, person: SoughtPerson, way: Way): Promise<Response> {
  if (reasonIn(c) === '')
    return showErase(c, person, way, [{ path: 'reason', problem: 'Say who asked for it, or why.' }])
  const erasure = await erasePerson(c.get('context'), person, keepsSuppression(c))
  if (erasure === 'held') return answerHeld(c, way)
  return ERASURES.leadTo(c, erasure.number, 'finishedAtMs' in erasure ? 'erased' : 'running')
}

/**
 * The form for somebody who asks to be erased, whether the address is known or not. Somebody whom the store knows has a page. For
 * others the address stays in the form: it must not stand in a URL.
 */
export const askPage = formRoute({
  shown: () => ({
    title: 'Erase a person',
    label: 'Show the plan',
    back: [ERASURES.path, 'Erasures'],
    lead: (
      <>
        First comes a plan. An address that nobody knows gets the same certificate. For a file of many:{' '}
        <code>postern people erase --file requests.csv</code>
      </>
    ),
  }),
  values: () => ({ address: '' }),
  Fields: () => <TextField name="address" label="Address" inputmode="email" required />,
  async save(c, _none, typed) {
    const context = c.get('context')
    const given = readAddress(typed.address)
    if (given === undefined) return [{ path: 'address', problem: ADDRESS_FORM }]
    const person = await soughtPerson(context, given)
    const way = {
      action: `${ERASURES.path}/new`,
      back: { href: ERASURES.path, text: 'Erasures' },
      hidden: { address: person.address, planned: 'yes' },
    }
    if (field(c, 'planned') === 'yes') return erase(c, person, way)
    const isKnown = (await knownPerson(context.store, person.index)) !== undefined
    return isKnown ? c.redirect(`${personPath(person.index)}/erase`, 303) : showErase(c, person, way)
  },
})
