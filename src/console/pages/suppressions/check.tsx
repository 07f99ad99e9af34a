/** Checks addresses before somebody writes to them. The form is posted, so that no address stands in a URL. */
import { readAddress } from '../../../api/address.ts'
import { CHECK_MAX } from '../../../api/suppressions.ts'
import { type SuppressionReason, activeReasons } from '../../../store/suppressions.ts'
import { reasonWord } from '../../messages/suppressions.ts'
import { answerPage } from '../answer.tsx'
import { Badge, type Column, Shown, Table } from '../components.tsx'
import { formRoute } from '../form-route.tsx'
import { TextArea } from '../form.tsx'
import { personPath } from '../people/person.tsx'

interface Checked {
  readonly address: string
  readonly index: string
  readonly reasons: readonly SuppressionReason[]
}

const COLUMNS: readonly Column<Checked>[] = [
  {
    label: 'Address',
    kind: 'address',
    cell: ({ address, index }) => (
      <a class="row-link" href={personPath(index)}>
        <Shown text={address} max={120} />
      </a>
    ),
  },
  {
    label: 'May be written to',
    cell: ({ reasons }) =>
      reasons.length === 0 ? <Badge tone="good">yes</Badge> : <Badge tone="warn">no</Badge>,
  },
  {
    label: 'Why not',
    kind: 'long',
    cell: ({ reasons }) => <Shown text={reasons.map(reasonWord).join(', ')} />,
  },
]

export const ABOVE = ['/suppressions', 'Suppressions'] as const

const LINE = /\r?\n/

export const checkPage = formRoute({
  shown: () => ({
    title: 'Check addresses',
    label: 'Check',
    back: ABOVE,
    lead: 'One address a line. Nothing is changed, and nothing is kept of the question.',
  }),
  values: () => ({ addresses: '' }),
  Fields: () => <TextArea name="addresses" label="Addresses" required isCode />,
  async save(c, _none, typed) {
    const { store } = c.get('context')
    const given = typed.addresses
      .split(LINE)
      .flatMap((line, i) => (line.trim() === '' ? [] : [{ line: i + 1, address: readAddress(line.trim()) }]))
    const wrong = given.filter(({ address }) => address === undefined)
    const problem =
      given.length === 0
        ? 'Enter at least one address.'
        : given.length > CHECK_MAX
          ? `Enter at most ${CHECK_MAX.toLocaleString('en')} addresses.`
          : wrong.length > 0 && `There is no address in line ${wrong.map(({ line }) => line).join(', ')}.`
    if (problem !== false) return [{ path: 'addresses', problem }]
    const addresses = given.map(({ address = '' }) => store.people.normal(address))
    const reasons = await activeReasons(store, addresses)
    const found = await Promise.all(
      addresses.map(async (address, i) => ({
        address,
        index: await store.people.indexOf(address),
        reasons: reasons[i] ?? [],
      })),
    )
    const suppressed = found.filter((one) => one.reasons.length > 0).length
    return answerPage(
      c,
      {
        title: `Suppressed: ${suppressed} of ${found.length}`,
        back: { href: '/suppressions/check', text: 'Check others' },
      },
      <Table caption="Checked addresses" columns={COLUMNS} rows={found} />,
    )
  },
})
