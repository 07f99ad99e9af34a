/** Checks addresses before somebody writes to them. The form is posted, so that no address stands in a URL. */
import type { FC } from 'hono/jsx'
import { suppressionRoutes } from '../../../api/suppressions.ts'
import type { DocumentProblem } from '../../../platform/document-problems.ts'
import type { ActiveReasons } from '../../../store/suppressions.ts'
import { visibleText } from '../../../platform/visible.ts'
import { reasonWord } from '../../messages/suppressions.ts'
import { answerPage } from '../answer.tsx'
import { call } from '../call.ts'
import { Badge, type Column, Hidden, Shown, Table } from '../components.tsx'
import { formRoute } from '../form-route.tsx'
import { TextArea } from '../form.tsx'
import { useView } from '../view.ts'
import { personPath } from '../people/person.tsx'
import { ScopeField } from './scope.tsx'

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

/** The field above the list: for one address, which stands in no URL. */
export const CheckField: FC = () => (
  <form method="post" action="/suppressions/check" class="filters">
    <Hidden fields={{ form_token: useView().formToken }} />
    <div>
      <label for="check">May I write to …?</label>
      <input id="check" name="addresses" required inputmode="email" autocomplete="off" spellcheck={false} />
    </div>
    <button type="submit">Check</button>
    <button type="submit" class="quiet" formaction="/suppressions/addresses">
      Does it take mail?
    </button>
    <a href="/suppressions/check" data-open="dialog">
      Check many
    </a>
    <a href="/suppressions/addresses" data-open="dialog">
      Verify many
    </a>
  </form>
)

export const ABOVE = ['/suppressions', 'Suppressions'] as const

const LINE = /\r?\n/
/** Wrong lines that are named. */
const NAMED_LINES = 20

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
  async save(c, _none, { addresses, scope }) {
    const lines = addresses
      .split(LINE)
      .map((text, i) => ({ text: text.trim(), line: i + 1 }))
      .filter(({ text }) => text !== '')
    const body = { addresses: lines.map(({ text }) => text), ...(scope === '' ? {} : { scope }) }
    const checked = await call(c, suppressionRoutes.checkSuppressions, { body })
    const atLine = ({ path, problem }: DocumentProblem): DocumentProblem => {
      const { line } = lines[Number(/^addresses\.(\d+)$/.exec(path)?.[1])] ?? {}
      return { path, problem: line === undefined ? problem : `Line ${line}: ${problem}` }
    }
    if (!checked.ok) return { ...checked, problems: checked.problems?.slice(0, NAMED_LINES).map(atLine) }
    const { people } = c.get('context').store
    const found = await Promise.all(
      checked.json.results.map(async (one): Promise<Checked> => ({
        ...one,
        index: await people.indexOf(one.address),
      })),
    )
    const suppressed = found.filter(({ reasons }) => reasons.length > 0).length
    return answerPage(
      c,
      {
        title: `Suppressed${scope === '' ? '' : ` for ${visibleText(scope, 120)}`}: ${suppressed} of ${found.length}`,
        back: { href: '/suppressions/check', text: 'Check others' },
      },
      <Table caption="Checked addresses" columns={COLUMNS} rows={found} />,
    )
  },
})
