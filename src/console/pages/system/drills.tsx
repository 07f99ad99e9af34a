/** Drills of recovery: when a restore was last practiced, since only that says whether a backup can be restored, and the reports. */
import type { FC } from 'hono/jsx'
import type { DrillOutline } from '../../../api/drills.ts'
import type { DrillState } from '../../../registry/drills/drills.ts'
import { listReports, readReport } from '../../drills/reports.ts'
import { type RequestContext, answered } from '../../request-context.ts'
import { answerFile } from '../answer.tsx'
import { Clock, Facts, Shown, State, When } from '../components.tsx'
import { notices, things } from '../notices.ts'
import { resource } from '../resource.ts'
import type { PageRoute } from '../route.ts'
import { useView } from '../view.ts'
import { Card, type Doing, UNREAD } from './card.tsx'

const DRILLS = resource({
  path: '/drills',
  param: 'drill',
  async find(c, id) {
    const context = c.get('context')
    const report = await answered(context, 'drill', () => readReport(context, id))
    return report && { id, report }
  },
  unknown: ['No such report', 'There is no report under this id. Reports stay for 400 days.'],
  unanswered: 'The bucket of the backups did not answer.',
  notices: notices({ good: {} }),
})

interface Drills {
  readonly drills: DrillState | undefined
  readonly reports: readonly DrillOutline[] | undefined
}

export async function readDrills(context: RequestContext): Promise<Drills> {
  const [drills, reports] = await Promise.all([
    answered(context, 'drills', () => context.registry.drills.state()),
    answered(context, 'drill reports', () => listReports(context)),
  ])
  return { drills, reports }
}

const Report: FC<DrillOutline> = ({ id, kind, passed, summary, version }) => (
  <>
    <a href={DRILLS.pathOf(id)} download>
      {kind}
    </a>{' '}
    <State tone={passed ? 'good' : 'bad'}>{passed ? 'passed' : 'failed'}</State>{' '}
    <Shown text={summary} max={500} /> (<Shown text={version} max={100} />)
  </>
)

export const DrillsCard: FC<Drills> = ({ drills, reports }) => {
  const isDue = drills !== undefined && useView().nowMs >= drills.dueMs
  const [last, ...older] = reports ?? []
  const doing: Doing =
    last?.passed === false ? ['bad', 'the last failed'] : isDue ? ['warn', 'due'] : ['good', 'in time']
  return (
    <Card
      id="drills"
      title="Drills"
      doing={drills === undefined ? UNREAD : doing}
      facts={[
        drills !== undefined && [
          'Restore practiced',
          drills.restoredMs === null ? 'never' : <When at={drills.restoredMs} />,
        ],
        drills !== undefined && [isDue ? 'Due since' : 'Next due', <Clock at={drills.dueMs} />],
        reports === undefined && ['Reports', 'The bucket of the backups did not answer.'],
        last !== undefined && ['Last report', <Report {...last} />],
      ]}
    >
      <p class="soft">
        In a checkout: <code data-copy="the command">npx postern drill restore</code>
      </p>
      {older.length > 0 && (
        <details>
          <summary>{things(older.length, 'older report')}</summary>
          <Facts rows={older.map((one) => [<When at={one.ended_at} />, <Report {...one} />])} />
        </details>
      )}
    </Card>
  )
}

export const drillPages: readonly PageRoute[] = [
  {
    path: DRILLS.one,
    kind: 'file',
    who: 'viewer',
    allSources: true,
    get: DRILLS.with((c, { id, report }) =>
      answerFile(c, `${id}.json`, 'application/json', `${JSON.stringify(report, null, 2)}\n`),
    ),
  },
]
