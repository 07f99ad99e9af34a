/** One incident: what is wrong, how much it matters, what to do, and what was done. */
import type { FC } from 'hono/jsx'
import type { Incident } from '../../../watch/incidents/incident.ts'
import { may } from '../../access/actor.ts'
import type { ConsoleContext } from '../../context.ts'
import { evidenceOf } from '../../incident-evidence.ts'
import { isOver } from '../../incidents.ts'
import type { IncidentEvidence } from '../../../watch/incidents/evidence.ts'
import { answerPage } from '../answer.tsx'
import { Shown } from '../components.tsx'
import { Part, type PartView } from '../destinations/part.tsx'
import { formTokenOf } from '../secret-components.tsx'
import { Acknowledge, AddNote, Assign, Resolve } from './act-forms.tsx'
import { Advice } from './advice.tsx'
import { Containments } from './containments.tsx'
import { SeverityBadge, StateBadge } from './columns.tsx'
import { Evidence } from './evidence.tsx'
import { IncidentFacts } from './facts.tsx'
import { Findings } from './findings.tsx'
import { withIncident } from './found.ts'
import { incidentNotice } from './notices.ts'
import { INCIDENTS_PATH, incidentPath } from './path.ts'
import { ReviewPart } from './review.tsx'
import { Timeline } from './timeline.tsx'

export const showIncident = withIncident((c, incident) => answerIncident(c, incident))

/** @param problem what is wrong with a form that was sent */
export async function answerIncident(
  c: ConsoleContext,
  incident: Incident,
  problem?: string,
): Promise<Response> {
  const { actor, nowMs } = c.get('context')
  const path = incidentPath(incident.number)
  const view = { path, formToken: await formTokenOf(c), mayAct: may(actor, 'operator'), nowMs }
  const notice =
    problem === undefined ? incidentNotice(c.req.query('notice')) : ({ tone: 'bad', text: problem } as const)
  return answerPage(
    c,
    {
      title: `Incident ${incident.number} · Postern`,
      corner: <a href={path}>Refresh</a>,
      parts: [
        { id: 'acknowledge', title: 'Acknowledge' },
        { id: 'to-do', title: 'What to do' },
        { id: 'containments', title: 'Containments' },
        { id: 'findings', title: 'Findings' },
        { id: 'evidence', title: 'Evidence' },
        { id: 'timeline', title: 'Timeline' },
        { id: 'review', title: 'Review' },
      ],
    },
    <IncidentPage
      incident={incident}
      evidence={await evidenceOf(c.get('context'), incident)}
      notice={notice}
      view={view}
    />,
    problem === undefined ? 200 : 422,
  )
}

interface IncidentProps {
  readonly incident: Incident
  readonly evidence: IncidentEvidence | null
  readonly notice: { readonly tone: 'good' | 'bad'; readonly text: string } | undefined
  readonly view: PartView
}

const IncidentPage: FC<IncidentProps> = ({ incident, evidence, notice, view }) => (
  <>
    <p>
      <a href={INCIDENTS_PATH}>All incidents</a>
    </p>
    <h1>Incident {incident.number}</h1>
    <p class="headline">
      <SeverityBadge severity={incident.severity} /> <StateBadge state={incident.state} />{' '}
      <Shown text={incident.headline} max={1_000} />
    </p>
    {notice === undefined ? (
      ''
    ) : (
      <p class={`notice ${notice.tone}`} role={notice.tone === 'bad' ? 'alert' : 'status'}>
        {notice.text}
      </p>
    )}
    <IncidentFacts incident={incident} nowMs={view.nowMs} />
    <Part id="acknowledge" title="Acknowledge">
      <Acknowledge incident={incident} view={view} />
      {view.mayAct && !incident.isPartial ? <Assign incident={incident} view={view} /> : ''}
    </Part>
    <Advice incident={incident} view={view} />
    <Containments incident={incident} view={view} />
    <Findings incident={incident} nowMs={view.nowMs} />
    <Evidence evidence={evidence} nowMs={view.nowMs} />
    <Timeline incident={incident} nowMs={view.nowMs}>
      {view.mayAct ? <AddNote view={view} /> : ''}
    </Timeline>
    {isOver(incident) || !view.mayAct || incident.isPartial ? '' : <Resolve view={view} />}
    <ReviewPart incident={incident} view={view} />
  </>
)
