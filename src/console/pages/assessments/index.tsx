/** Reports of assessments: what is wrong and how to mend it, the worst first, and what changed since the one before. */
import type { FC } from 'hono/jsx'
import type {
  Assessment,
  AssessmentOutline,
  Finding,
  ProbeResult,
  Severity,
} from '../../../api/assessments.ts'
import { type Comparison, compare, placeOf } from '../../assessments/compare.ts'
import { assessmentReports } from '../../assessments/reports.ts'
import type { ConsoleContext } from '../../context.ts'
import { answered } from '../../request-context.ts'
import { answerFile, answerPage } from '../answer.tsx'
import { Badge, type Column, Facts, List, Part, Shown, When } from '../components.tsx'
import { listPage, pageOfAll } from '../list-page.tsx'
import { things } from '../notices.ts'
import { UNREAD, reportsOf } from '../reports.ts'
import type { PageRoute } from '../route.ts'

const ROWS = 50
const FINDINGS_SHOWN = 500

const admin = { who: 'admin', allSources: true } as const

const ASSESSMENTS = reportsOf('assessment', assessmentReports)

const TONES = { info: 'plain', low: 'plain', medium: 'warn', high: 'bad', critical: 'bad' } as const
const SIGNS = { plain: '●', warn: '▲', bad: '■' } as const

const Level: FC<{ severity: Severity }> = ({ severity }) => (
  <Badge tone={TONES[severity]}>
    {SIGNS[TONES[severity]]} {severity}
  </Badge>
)

const COLUMNS: readonly Column<AssessmentOutline>[] = [
  {
    label: 'Began',
    cell: ({ id, started_at: began }) => (
      <a href={ASSESSMENTS.pathOf(id)} class="row-link">
        <When at={began} />
      </a>
    ),
  },
  {
    label: 'Worst',
    cell: ({ worst }) =>
      worst === null ? <Badge tone="good">● nothing found</Badge> : <Level severity={worst} />,
  },
  { label: 'Findings', kind: 'number', cell: ({ findings }) => findings },
  { label: 'Gateway', kind: 'long', cell: ({ gateway }) => <Shown text={gateway} max={300} /> },
  { label: 'Probes', kind: 'number', cell: ({ probes }) => probes },
  { label: 'Not done', kind: 'number', cell: ({ not_done }) => not_done },
]

const list = listPage({
  ...admin,
  path: ASSESSMENTS.path,
  title: 'Assessments',
  lead: 'Tests of this deployment’s security from outside and inside, made on somebody’s machine, newest first.',
  async read(c, query) {
    const context = c.get('context')
    const all = await answered(context, 'assessments', () => assessmentReports.list(context))
    return { ...pageOfAll(all, query.get('cursor'), ROWS), extra: undefined }
  },
  unread: UNREAD,
  empty: (
    <>
      No assessment yet. To make one:{' '}
      <code data-copy="the command">npx postern assess https://GATEWAY --url https://CONSOLE</code>
    </>
  ),
  caption: 'Reports of assessments',
  columns: COLUMNS,
})

const found = (fresh: readonly Finding[] = []): readonly Column<Finding>[] => [
  {
    label: 'Severity',
    cell: (one) => (
      <>
        <Level severity={one.severity} /> {fresh.includes(one) && <Badge tone="warn">new</Badge>}
      </>
    ),
  },
  {
    label: 'Seen',
    kind: 'long',
    cell: ({ evidence }) => <Shown text={evidence} max={2_000} />,
    under: (one) => <Shown text={placeOf(one)} max={1_100} />,
  },
  { label: 'To mend it', kind: 'long', cell: ({ remedy }) => <Shown text={remedy} max={2_000} /> },
]

const UNDONE: readonly Column<ProbeResult>[] = [
  { label: 'Probe', cell: ({ id }) => <Shown text={id} max={100} code /> },
  { label: 'Why', kind: 'long', cell: ({ reason }) => <Shown text={reason} max={2_000} /> },
]

/** The report of the same gateway before, compared with this one; null if there is none. */
async function change(c: ConsoleContext, id: string, report: Assessment): Promise<Change | null> {
  const context = c.get('context')
  const older = (await assessmentReports.list(context)).find(
    (one) => one.gateway === report.gateway && one.id < id,
  )
  const before = older && (await assessmentReports.read(context, older.id))
  return older && before ? { ...compare(before, report), id: older.id } : null
}

type Change = Comparison & { readonly id: string }

const Changed: FC<{ changed: Change | null | undefined }> = ({ changed }) => {
  if (changed === undefined) return 'The one before could not be read.'
  if (changed === null) return 'It is the first report on this gateway.'
  const { id, new: fresh, still, gone, unknown } = changed
  return (
    <>
      Since <a href={ASSESSMENTS.pathOf(id)}>the one before</a>: {fresh.length} new, {still.length} as before,{' '}
      {gone.length} gone, {unknown.length} not looked at.
    </>
  )
}

const show = ASSESSMENTS.with(async (c, { id, report }) => {
  const changed = await answered(c.get('context'), 'assessment before', () => change(c, id, report))
  const { findings, left_behind: left } = report
  const undone = report.probes.filter(({ outcome }) => outcome === 'not_done')
  const passed = report.probes.filter(({ outcome }) => outcome === 'passed').map(({ id: probe }) => probe)
  const path = ASSESSMENTS.pathOf(id)
  return answerPage(
    c,
    {
      title: `Assessment of ${report.started_at.slice(0, 10)}`,
      back: { href: ASSESSMENTS.path, text: 'Assessments' },
      aside: (
        <a class="button" href={`${path}/report.json`} download>
          Download as JSON
        </a>
      ),
    },
    <>
      {left.map((line) => (
        <p class="notice warn">
          <Shown text={line} max={2_000} />
        </p>
      ))}
      <Part id="findings" title="Findings" lead={<Changed changed={changed} />}>
        <List
          caption="Findings, the worst first"
          columns={found(changed?.new)}
          rows={findings.slice(0, FINDINGS_SHOWN)}
          empty="Nothing was found."
          more={findings.length > FINDINGS_SHOWN ? `All ${findings.length} are in the JSON.` : undefined}
        />
      </Part>
      {changed && changed.gone.length > 0 && (
        <Part id="gone" title="Gone since the one before">
          <List caption="Findings that are gone" columns={found()} rows={changed.gone} empty="" />
        </Part>
      )}
      {undone.length > 0 && (
        <Part id="undone" title="Not done">
          <List caption="Probes that were not done" columns={UNDONE} rows={undone} empty="" />
        </Part>
      )}
      <Part id="about" title="About it">
        <Facts
          rows={[
            ['Passed', <Shown text={passed.join(', ')} max={20_000} />],
            ['Gateway', <Shown text={report.gateway} max={300} />],
            ['Console', <Shown text={report.console} max={300} />],
            ['Began', <When at={report.started_at} />],
            ['Took', `${report.seconds} s, with ${things(report.requests, 'request')}`],
          ]}
        />
      </Part>
    </>,
  )
})

const download = ASSESSMENTS.with((c, { id, report }) =>
  answerFile(c, `assessment-${id}.json`, 'application/json', JSON.stringify(report, null, 2)),
)

export const assessmentPages: readonly PageRoute[] = [
  list.route,
  { ...admin, path: ASSESSMENTS.one, get: show },
  { ...admin, path: `${ASSESSMENTS.one}/report.json`, get: download },
]
