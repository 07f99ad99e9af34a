/** Checks addresses before somebody writes to them. The form is posted, so that no address stands in a URL. */
import { readAddress } from '../../../api/address.ts'
import { CHECK_MAX } from '../../../api/suppressions.ts'
import { type ActiveReasons, activeReasons } from '../../../store/suppressions.ts'
import { visibleText } from '../../../platform/visible.ts'
import { reasonWord } from '../../messages/suppressions.ts'
import { answerPage } from '../answer.tsx'
import { Badge, type Column, Shown, Table } from '../components.tsx'
import { formRoute } from '../form-route.tsx'
import { TextArea } from '../form.tsx'
import { personPath } from '../people/person.tsx'
import { ScopeField, scopeProblem } from './scope.tsx'

interface Checked extends ActiveReasons {
  readonly address: string
  readonly index: string
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
  {
    label: 'Not for other mail',
    kind: 'long',
    cell: ({ scopes }) => <Shown text={scopes.join(', ')} max={300} />,
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
  values: () => ({ addresses: '', scope: '' }),
  Fields: () => (
    <>
      <TextArea name="addresses" label="Addresses" required isCode />
      <ScopeField label="Mail that is to be sent" />
    </>
  ),
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
    const wrongScope = scopeProblem(typed.scope)
    if (wrongScope !== undefined) return [wrongScope]
    const addresses = given.map(({ address = '' }) => store.people.normal(address))
    const known = await activeReasons(store, addresses, typed.scope || null)
    const found = await Promise.all(
      known.map(async (one, i): Promise<Checked> => {
        const address = addresses[i] ?? ''
        return { ...one, address, index: await store.people.indexOf(address) }
      }),
    )
    const suppressed = found.filter((one) => one.reasons.length > 0).length
    return answerPage(
      c,
      {
        title: `Suppressed${typed.scope === '' ? '' : ` for ${visibleText(typed.scope, 120)}`}: ${suppressed} of ${found.length}`,
        back: { href: '/suppressions/check', text: 'Check others' },
      },
      <Table caption="Checked addresses" columns={COLUMNS} rows={found} />,
    )
  },
})
