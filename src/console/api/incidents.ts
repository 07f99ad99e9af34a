/** Incidents: what the watch found, what was done about it, and what is left to do. */
import * as v from 'valibot'
import { rfc3339Ms, toInstant } from '../../platform/time.ts'
import type { ActOnIncident, ActResult } from '../../watch/incidents/api.ts'
import {
  INCIDENT_STATES,
  type Incident,
  type IncidentFinding,
  type IncidentState,
  RISK_LEVELS,
  TIMELINE_KINDS,
} from '../../watch/incidents/incident.ts'
import { SEVERITIES } from '../../watch/severity.ts'
import { ASSIGNEE_MAX_CHARACTERS, TEXT_MAX_CHARACTERS, actOnIncident } from '../incident-actions.ts'
import { findIncident, listIncidents } from '../incidents.ts'
import type { RequestContext } from '../request-context.ts'
import { ActionSchema, ContainmentSchema } from '../../api/containments.ts'
import { containmentAnswer } from './containment-answer.ts'
import { filter, instant, paging } from '../../api/paging.ts'
import { problem } from '../../api/problem.ts'
import { type Route, answer, param, route } from './route.ts'

const time = v.nullable(v.string())

const FindingAnswer = v.object({
  kind: v.string(),
  subject: v.nullable(v.string()),
  severity: v.picklist(SEVERITIES),
  since: v.string(),
  raised_at: v.string(),
  ended_at: v.pipe(time, v.description('Null while it lasts.')),
  evidence: v.pipe(v.string(), v.description('One sentence with numbers.')),
  features: v.array(
    v.object({
      name: v.string(),
      observed: v.number(),
      expected: v.pipe(v.number(), v.description('What is usual.')),
      share: v.pipe(v.number(), v.description('Its part of the surprise, 0 to 1.')),
    }),
  ),
})

export const IncidentAnswer = v.object({
  number: v.number(),
  source: v.pipe(
    v.nullable(v.string()),
    v.description('Null if it is about several, or about the whole installation.'),
  ),
  sources: v.pipe(v.array(v.string()), v.description('Empty if it is about the whole installation.')),
  kind: v.string(),
  subject: v.nullable(v.string()),
  state: v.picklist(INCIDENT_STATES),
  severity: v.picklist(SEVERITIES),
  risk: v.object({ level: v.picklist(RISK_LEVELS), reasons: v.array(v.string()) }),
  headline: v.string(),
  partial: v.pipe(
    v.boolean(),
    v.description(
      'Whether it is also about sources that you do not see. Then you can add notes and contain your own.',
    ),
  ),
  findings: v.array(FindingAnswer),
  networks: v.pipe(v.array(v.string()), v.description('Where it comes from, as far as that is known.')),
  since: v.string(),
  opened_at: v.string(),
  updated_at: v.string(),
  acknowledged_at: time,
  contained_at: time,
  resolved_at: time,
  assignee: v.nullable(v.string()),
  advice: v.pipe(v.array(v.string()), v.description('What to do, most urgent first.')),
  actions: v.pipe(v.array(ActionSchema), v.description('What to do, as calls and commands.')),
  containments: v.pipe(v.array(ContainmentSchema), v.description('Made for it, also those that have ended.')),
  timeline: v.array(
    v.object({
      at: v.string(),
      kind: v.picklist(TIMELINE_KINDS),
      text: v.string(),
      who: v.pipe(v.nullable(v.string()), v.description('Null for Postern itself.')),
    }),
  ),
  review: v.nullable(v.object({ cause: v.string(), lessons: v.string(), by: v.string(), at: v.string() })),
})

export const incidentParams = { number: 'The number of the incident.' }

const number = v.pipe(
  v.string(),
  v.regex(/^[0-9]{1,9}$/, 'Must be a number.'),
  v.description('The next_cursor of the previous page.'),
)

const text = (description: string) =>
  v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(TEXT_MAX_CHARACTERS), v.description(description))

const assignee = v.pipe(
  v.nullable(v.pipe(v.string(), v.maxLength(ASSIGNEE_MAX_CHARACTERS))),
  v.description('Null for nobody.'),
)

const listQuery = v.strictObject({
  state: v.optional(v.pipe(v.picklist(INCIDENT_STATES), v.description('Only in this state.'))),
  source: filter('Only of this source.'),
  kind: filter('Only of this kind.'),
  severity: v.optional(v.pipe(v.picklist(SEVERITIES), v.description('Of this severity and more.'))),
  since: instant('Opened at this time or later.'),
  limit: paging.limit,
  cursor: v.optional(number),
})

export const incidents: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/incidents',
    id: 'listIncidents',
    summary: 'What the watch found, newest first.',
    role: 'viewer',
    scoped: true,
    query: listQuery,
    answer: v.object({ incidents: v.array(IncidentAnswer), next_cursor: v.nullable(v.string()) }),
    async handler({ query }, context) {
      const found = await listIncidents(context, {
        states: query.state === undefined ? null : ([query.state] as IncidentState[]),
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
  }),
  act('acknowledge', 'Says that somebody takes care of it. Nobody is reminded any more.', {
    body: v.strictObject({ assignee: v.optional(assignee, null) }),
    toAct: (body) => ({ act: 'acknowledge', ...body }),
  }),
  act('assign', 'Says who takes care of it.', {
    body: v.strictObject({ assignee }),
    toAct: (body) => ({ act: 'assign', ...body }),
  }),
  act('notes', 'Adds a note to the timeline.', {
    body: v.strictObject({ text: text('It stays, and is in the report.') }),
    toAct: (body) => ({ act: 'note', ...body }),
  }),
  act('resolve', 'Ends it. What still lasts opens it again only if it gets worse.', {
    body: v.strictObject({ note: v.optional(v.nullable(text('Why.')), null) }),
    toAct: (body) => ({ act: 'resolve', ...body }),
  }),
  act('review', 'Records what caused it and what was learned. It has to be resolved.', {
    body: v.strictObject({ cause: text('What caused it.'), lessons: text('What was learned.') }),
    toAct: (body) => ({ act: 'review', ...body }),
  }),
]

function act<S extends v.GenericSchema<unknown, object>>(
  verb: 'acknowledge' | 'assign' | 'notes' | 'resolve' | 'review',
  summary: string,
  { body, toAct }: { readonly body: S; readonly toAct: (body: v.InferOutput<S>) => ActOnIncident },
): Route {
  return route({
    method: 'POST',
    path: `/api/incidents/{number}/${verb}` as const,
    id: verb === 'notes' ? 'noteIncident' : `${verb}Incident`,
    summary,
    again: verb === 'notes' ? 'Adds the note again.' : 'Changes nothing more.',
    role: 'operator',
    scoped: true,
    params: incidentParams,
    body,
    answer: IncidentAnswer,
    problems: ['incident_unknown', 'incident_state'],
    handler: ({ params: given, body: sent }, context) =>
      withIncident(context, param(given, 'number'), async (found) =>
        acted(await actOnIncident(context, found.number, toAct(sent as v.InferOutput<S>))),
      ),
  })
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

const instantOf = (ms: number | null): string | null => (ms === null ? null : toInstant(ms))

const findingAnswer = ({ sinceMs, raisedMs, endedMs, features, ...finding }: IncidentFinding) => ({
  ...finding,
  since: toInstant(sinceMs),
  raised_at: toInstant(raisedMs),
  ended_at: instantOf(endedMs),
  features: [...features],
})

export const incidentAnswer = (incident: Incident) => ({
  number: incident.number,
  source: incident.source,
  sources: [...incident.sources],
  kind: incident.kind,
  subject: incident.subject,
  state: incident.state,
  severity: incident.severity,
  risk: { level: incident.risk.level, reasons: [...incident.risk.reasons] },
  headline: incident.headline,
  partial: incident.isPartial,
  findings: incident.findings.map(findingAnswer),
  networks: [...incident.networks],
  since: toInstant(incident.sinceMs),
  opened_at: toInstant(incident.openedMs),
  updated_at: toInstant(incident.updatedMs),
  acknowledged_at: instantOf(incident.acknowledgedMs),
  contained_at: instantOf(incident.containedMs),
  resolved_at: instantOf(incident.resolvedMs),
  assignee: incident.assignee,
  advice: [...incident.advice],
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
  review:
    incident.review === null
      ? null
      : {
          cause: incident.review.cause,
          lessons: incident.review.lessons,
          by: incident.review.by,
          at: toInstant(incident.review.atMs),
        },
})
