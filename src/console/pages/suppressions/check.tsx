/** Checks addresses before somebody writes to them. The form is posted, so that no address stands in a URL. */
import { readAddress } from '../../../api/address.ts'
import { CHECK_MAX } from '../../../api/suppressions.ts'
import type { DocumentProblem } from '../../../platform/document-problems.ts'
import { type SuppressionReason, activeReasons } from '../../../store/suppressions.ts'
import type { ConsoleContext } from '../../context.ts'
import { reasonWord } from '../../messages/suppressions.ts'
import { Badge, type Column, Part, Shown, Table } from '../components.tsx'
import { answerForm } from '../form-page.tsx'
import { TextArea, field, typedIn } from '../form.tsx'
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

export const ABOVE = { href: '/suppressions', text: 'Suppressions' }

export const showCheck = (
  c: ConsoleContext,
  problems?: readonly DocumentProblem[],
  found?: readonly Checked[],
): Promise<Response> =>
  answerForm(
    c,
    {
      title: 'Check addresses',
      back: ABOVE,
      action: '/suppressions/check',
      label: 'Check',
      fields: ['addresses'],
      first: found === undefined ? {} : typedIn(c, ['addresses']),
      problems,
      above: (
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
        </>
      ),
    },
    <TextArea name="addresses" label="Addresses" required isCode />,
  )

export async function check(c: ConsoleContext): Promise<Response> {
  const { people } = c.get('context').store
  const lines = field(c, 'addresses').split(/\r?\n/)
  const given = lines.flatMap((line, i) =>
    line.trim() === '' ? [] : [{ line: i + 1, address: readAddress(line.trim()) }],
  )
  const wrong = given.filter(({ address }) => address === undefined)
  const problem =
    given.length === 0
      ? 'Enter at least one address.'
      : given.length > CHECK_MAX
        ? `Enter at most ${CHECK_MAX.toLocaleString('en')} addresses.`
        : wrong.length > 0 && `There is no address in line ${wrong.map(({ line }) => line).join(', ')}.`
  if (problem !== false) return showCheck(c, [{ path: 'addresses', problem }])
  const addresses = given.map(({ address = '' }) => people.normal(address))
  const reasons = await activeReasons(c.get('context').store, addresses)
  const found = addresses.map(async (address, i) => ({
    address,
    index: await people.indexOf(address),
    reasons: reasons[i] ?? [],
  }))
  return showCheck(c, undefined, await Promise.all(found))
}
