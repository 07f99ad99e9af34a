/** Reports of drills: what was practiced, what was measured, and what had to hold. */
import { DRILL_KINDS, type DrillOutline, type DrillReport } from '../../../api/drills.ts'
import { listReports, readReport } from '../../drills/reports.ts'
import { answered } from '../../request-context.ts'
import { answerPage } from '../answer.tsx'
import { Badge, type Column, Facts, List, Part, Shown, When } from '../components.tsx'
import { textIn } from '../filters.tsx'
import { listPage, pageOfAll } from '../list-page.tsx'
import { optionsOf } from '../options.ts'
import { notices } from '../notices.ts'
import { resource } from '../resource.ts'
import type { PageRoute } from '../route.ts'
import { Practiced } from './practiced.tsx'

const ROWS = 50

/** Said instead of reports. */
const UNREAD = 'The bucket of the backups did not answer.'

const DRILLS = resource({
  path: '/drills',
  param: 'drill',
  async find(c, id) {
    const context = c.get('context')
    const report = await answered(context, 'drill', () => readReport(context, id))
    return report && { id, report }
  },
  unknown: ['No such report', 'There is no report under this id. The list of drills has them all.'],
  unanswered: UNREAD,
  notices: notices({ good: {} }),
})

const Passed = ({ passed }: { passed: boolean }) => (
  <Badge tone={passed ? 'good' : 'bad'}>{passed ? '● passed' : '■ failed'}</Badge>
)

const COLUMNS: readonly Column<DrillOutline>[] = [
  {
    label: 'Drill',
    cell: ({ id, kind }) => (
      <a href={DRILLS.pathOf(id)} class="row-link">
        {kind}
      </a>
    ),
  },
  { label: 'Ended', cell: ({ ended_at }) => <When at={ended_at} /> },
  { label: 'Result', cell: ({ passed }) => <Passed passed={passed} /> },
  { label: 'Found', kind: 'long', cell: ({ summary }) => <Shown text={summary} max={500} /> },
  { label: 'Version', cell: ({ version }) => <Shown text={version} max={100} /> },
]

const viewer = { who: 'viewer', allSources: true } as const

const list = listPage({
  ...viewer,
  path: DRILLS.path,
  title: 'Drills',
  lead: 'Restores and failovers that were practiced on an operator’s machine, newest first.',
  async read(c, query) {
    const context = c.get('context')
    const [all, state] = await Promise.all([
      answered(context, 'drill reports', () => listReports(context)),
      answered(context, 'drills', () => context.registry.drills.state()),
    ])
    const kind = textIn(query, 'kind')
    const wanted = all?.filter((one) => kind === undefined || one.kind === kind)
    return {
      ...pageOfAll(wanted, query.get('cursor'), ROWS),
      extra: state && { ...state, nowMs: context.nowMs },
    }
  },
  filters: () => [{ name: 'kind', label: 'Drill', options: optionsOf(DRILL_KINDS) }],
  Before: ({ extra }) => <Practiced drills={extra} />,
  unread: UNREAD,
  empty: (
    <>
      No drill yet. In a checkout: <code data-copy="the command">npx postern drill restore</code>
    </>
  ),
  caption: 'Reports of drills',
  columns: COLUMNS,
})

const FIGURES: readonly Column<DrillReport['figures'][number]>[] = [
  { label: 'Measured', cell: ({ name }) => <Shown text={name} max={100} /> },
  { label: 'Value', kind: 'number', cell: ({ value }) => value },
  { label: 'Unit', cell: ({ unit }) => <Shown text={unit} max={50} /> },
  { label: 'Meaning', kind: 'long', cell: ({ meaning }) => <Shown text={meaning} max={500} /> },
]

const CHECKS: readonly Column<DrillReport['checks'][number]>[] = [
  { label: 'Check', cell: ({ name }) => <Shown text={name} max={200} /> },
  { label: 'Result', cell: ({ passed }) => <Passed passed={passed} /> },
  { label: 'Found', kind: 'long', cell: ({ found }) => <Shown text={found} max={2_000} /> },
]

const show = DRILLS.with((c, { report }) => {
  const { kind, version, began_at: began, ended_at: ended, passed, summary, figures, checks } = report
  const title = `${kind.slice(0, 1).toUpperCase()}${kind.slice(1)} drill`
  // Failed checks come first.
  const sorted = checks.toSorted((one, other) => Number(one.passed) - Number(other.passed))
  return answerPage(
    c,
    { title, back: { href: DRILLS.path, text: 'Drills' } },
    <>
      <Facts
        rows={[
          ['Result', <Passed passed={passed} />],
          ['Found', <Shown text={summary} max={500} />],
          ['Began', <When at={began} />],
          ['Ended', <When at={ended} />],
          ['Version', <Shown text={version} max={100} />],
        ]}
      />
      <Part id="measured" title="Measured">
        <List caption="What was measured" columns={FIGURES} rows={figures} empty="Nothing was measured." />
      </Part>
      <Part id="checks" title="Checks">
        <List caption="What had to hold" columns={CHECKS} rows={sorted} empty="Nothing was checked." />
      </Part>
    </>,
  )
})

export const drillPages: readonly PageRoute[] = [list.route, { ...viewer, path: DRILLS.one, get: show }]
