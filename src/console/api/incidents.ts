/** Handlers of incidents. */
import { incidentRoutes } from '../../api/incidents.ts'
import { problem } from '../../api/problem.ts'
import { instantOrNull, rfc3339Ms, toInstant } from '../../platform/time.ts'
import type { AuditAction } from '../../registry/audit/entry.ts'
import type { ActOnIncident, ActResult } from '../../watch/incidents/api.ts'
import type { IncidentEvidence } from '../../watch/incidents/evidence.ts'
import type { Figures, Incident, IncidentFinding, Review } from '../../watch/incidents/incident.ts'
import type { MainCause } from '../../watch/main-cause.ts'
import { reportOf } from '../../watch/incidents/report.ts'
import { evidenceOf } from '../incident-evidence.ts'
import { findIncident, listIncidents } from '../incidents.ts'
import { note } from '../note.ts'
import { type RequestContext, answered } from '../request-context.ts'
import { containmentAnswer } from './containment-answer.ts'
import { answer, bindRoutes, written } from './route.ts'

interface Named {
  readonly params: { readonly number: string }
}

const ACTIONS: Readonly<Record<ActOnIncident['act'], AuditAction>> = {
  acknowledge: 'incident.acknowledged',
  assign: 'incident.assigned',
  note: 'incident.noted',
  resolve: 'incident.resolved',
  review: 'incident.reviewed',
}

/** Does one thing with an incident, after its line in the audit log. */
const act =
  <Body>(toAct: (body: Body) => ActOnIncident) =>
  ({ params, body }: Named & { readonly body: Body }, context: RequestContext) =>
    withIncident(context, params.number, async ({ number }) => {
      const { act: name, ...detail } = toAct(body)
      await note(context, ACTIONS[name], `incident/${number}`, detail)
      return acted(
        await answered(context, 'incidents', () =>
          context.incidents.act(number, toAct(body), context.who, context.actor.sources),
        ),
      )
    })

export const incidents = bindRoutes(incidentRoutes, {
  async listIncidents({ query }, context) {
    const found = await listIncidents(context, {
      states: query.state === undefined ? null : [query.state],
      source: query.source ?? null,
      kind: query.kind ?? null,
      severity: query.severity ?? null,
      sinceMs: rfc3339Ms(query.since ?? '') ?? null,
      limit: query.limit + 1,
      before: query.cursor === undefined ? null : Number(query.cursor),
    })
    if (found === undefined) return NO_ANSWER
    const page = found.slice(0, query.limit)
    const last = page.at(-1)
    return answer({
      incidents: page.map(incidentAnswer),
      next_cursor: found.length > page.length && last !== undefined ? String(last.number) : null,
    })
  },

  acknowledgeIncident: act((body) => ({ act: 'acknowledge', ...body })),
  assignIncident: act((body) => ({ act: 'assign', ...body })),
  noteIncident: act((body) => ({ act: 'note', ...body })),
  resolveIncident: act((body) => ({ act: 'resolve', ...body })),
  reviewIncident: act((body) => ({ act: 'review', ...body })),

  getIncident: ({ params }, context) =>
    withIncident(context, params.number, async (found) => answer(await answerWithEvidence(context, found))),

  getIncidentReport: ({ params, query }, context) =>
    withIncident(context, params.number, async (found) =>
      query.format === 'json'
        ? answer(await answerWithEvidence(context, found))
        : written('text/markdown', reportOf(found, await evidenceOf(context, found), context.nowMs)),
    ),
})

async function answerWithEvidence(context: RequestContext, incident: Incident) {
  const evidence = await evidenceOf(context, incident)
  return {
    ...incidentAnswer(incident),
    evidence: evidenceAnswer(context, evidence),
  }
}

function evidenceAnswer({ consoleUrl }: RequestContext, evidence: IncidentEvidence | null) {
  if (evidence === null) return null
  return {
    ...evidence,
    samples: evidence.samples.map(({ eventId, type, receivedMs, requestId }) => ({
      event_id: eventId,
      type,
      received_at: toInstant(receivedMs),
      request_id: requestId,
      url: `${consoleUrl}/d/${encodeURIComponent(requestId)}`,
    })),
  }
}

const PARTIAL = problem(
  'scope_too_narrow',
  'The incident is also about sources that you do not see: you can add notes and contain your own.',
)
const UNKNOWN = problem('incident_unknown', 'There is no incident of this number.')
export const NO_ANSWER = problem('not_set_up', 'The object that keeps incidents does not answer.')

/** Does something with the incident of this number, if the actor sees it. */
export async function withIncident<T>(
  context: RequestContext,
  given: string,
  work: (incident: Incident) => Promise<T>,
): Promise<T | ReturnType<typeof problem>> {
  if (!/^[1-9][0-9]{0,8}$/.test(given)) return UNKNOWN
  const found = await findIncident(context, Number(given))
  if (found === undefined) return NO_ANSWER
  return found === null ? UNKNOWN : work(found)
}

function acted(result: ActResult | undefined) {
  if (result === undefined) return NO_ANSWER
  if (result.ok) return answer(incidentAnswer(result.incident))
  if (result.code === 'incident_partial') return PARTIAL
  return result.code === 'incident_unknown'
    ? UNKNOWN
    : problem(
        'incident_state',
        'Only an incident that is over can be reviewed, and one that is over can be neither acknowledged nor resolved.',
      )
}

const figuresAnswer = ({ atMs, ...figures }: Figures) => ({ ...figures, at: toInstant(atMs) })

const findingAnswer = ({
  sinceMs,
  raisedMs,
  endedMs,
  example,
  main,
  features,
  current,
  worst,
  ...finding
}: IncidentFinding) => ({
  ...finding,
  current: figuresAnswer(current),
  worst: figuresAnswer(worst),
  since: toInstant(sinceMs),
  raised_at: toInstant(raisedMs),
  ended_at: instantOrNull(endedMs),
  example: example ?? null,
  main_cause: main === undefined ? null : mainCauseAnswer(main),
  features,
})

const mainCauseAnswer = ({ detail, mailboxProvider, ...main }: MainCause) => ({
  ...main,
  cause_detail: detail,
  mailbox_provider: mailboxProvider,
})

const reviewAnswer = ({ cause, lessons, by, atMs }: Review) => ({ cause, lessons, by, at: toInstant(atMs) })

const incidentAnswer = (incident: Incident) => ({
  number: incident.number,
  source: incident.source,
  sources: incident.sources,
  kind: incident.kind,
  subject: incident.subject,
  state: incident.state,
  severity: incident.severity,
  risk: incident.risk,
  headline: incident.headline,
  current: incident.current && figuresAnswer(incident.current),
  worst: incident.worst && figuresAnswer(incident.worst),
  partial: incident.isPartial,
  findings: incident.findings.map(findingAnswer),
  networks: incident.networks,
  since: toInstant(incident.sinceMs),
  opened_at: toInstant(incident.openedMs),
  updated_at: toInstant(incident.updatedMs),
  acknowledged_at: instantOrNull(incident.acknowledgedMs),
  contained_at: instantOrNull(incident.containedMs),
  resolved_at: instantOrNull(incident.resolvedMs),
  assignee: incident.assignee,
  advice: incident.advice,
  actions: incident.actions.map(({ label, command, contain, source }) => ({
    label,
    contain: contain && { ...contain, ...(source === null || incident.source !== null ? {} : { source }) },
    command,
  })),
  containments: incident.containments.map(containmentAnswer),
  timeline: incident.timeline.map(({ atMs, kind, text: line, who }) => ({
    at: toInstant(atMs),
    kind,
    text: line,
    who,
  })),
  review: incident.review && reviewAnswer(incident.review),
})
