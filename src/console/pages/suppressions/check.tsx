/** Checks addresses before somebody writes to them. The form is posted, so that no address stands in a URL. */
import { readAddress } from '../../../api/address.ts'
import { CHECK_MAX } from '../../../api/suppressions.ts'
import type { DocumentProblem } from '../../../platform/document-problems.ts'
import { type SuppressionReason, activeReasons } from '../../../store/suppressions.ts'
import type { ConsoleContext } from '../../context.ts'
import { reasonWord } from '../../messages/suppressions.ts'
import { answerPage } from '../answer.tsx'
import { Badge, type Column, Part, Shown, Table } from '../components.tsx'
import { Form, TextArea, field } from '../form.tsx'
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
    kind: 'name',
    cell: ({ reasons }) =>
      reasons.length === 0 ? <Badge tone="good">yes</Badge> : <Badge tone="warn">no</Badge>,
  },
  { label: 'Why not', kind: 'long', cell: ({ reasons }) => reasons.map(reasonWord).join(', ') },
]

export const answerCheck = (
  c: ConsoleContext,
  typed = '',
  problem?: string,
  found?: readonly Checked[],
): Promise<Response> => {
  const problems: readonly DocumentProblem[] = problem === undefined ? [] : [{ path: 'addresses', problem }]
  return answerPage(
    c,
    {
      title: 'Check addresses',
      narrow: true,
      isWrong: problem !== undefined,
      back: { href: '/suppressions', text: 'Suppressions' },
    },
    <>
      {found !== undefined && (
        <Part
          id="found"
          title={`Suppressed: ${found.filter(({ reasons }) => reasons.length > 0).length} of ${found.length}`}
        >
          <Table caption="Checked addresses" columns={COLUMNS} rows={found} />
        </Part>
      )}
      <p class="lead">One address a line. Nothing is changed, and nothing is kept of the question.</p>
      <Form action="/suppressions/check" label="Check" typed={{ addresses: typed }} problems={problems}>
        <TextArea name="addresses" label="Addresses" required isCode />
      </Form>
    </>,
  )
}

export async function check(c: ConsoleContext): Promise<Response> {
  const { store } = c.get('context')
  const typed = field(c, 'addresses')
  const lines = typed.split(/\r?\n/).map((line) => line.trim())
  const given = lines.flatMap((line, i) => (line === '' ? [] : [{ line: i + 1, address: readAddress(line) }]))
  const wrong = given.filter(({ address }) => address === undefined)
  if (given.length === 0) return answerCheck(c, typed, 'Enter at least one address.')
  if (given.length > CHECK_MAX)
    return answerCheck(c, typed, `Enter at most ${CHECK_MAX.toLocaleString('en')} addresses.`)
  if (wrong.length > 0)
    return answerCheck(c, typed, `There is no address in line ${wrong.map(({ line }) => line).join(', ')}.`)
  const addresses = given.flatMap(({ address }) =>
    address === undefined ? [] : [store.people.normal(address)],
  )
  const reasons = await activeReasons(store, addresses)
  const found = addresses.map(async (address, i) => ({
    address,
    index: await store.people.indexOf(address),
    reasons: reasons[i] ?? [],
  }))
  return answerCheck(c, typed, undefined, await Promise.all(found))
}
