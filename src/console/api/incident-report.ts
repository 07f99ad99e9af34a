/** The report of an incident, for people and for programs. */
import * as v from 'valibot'
import { reportOf } from '../../watch/incidents/report.ts'
import { evidenceOf } from '../incident-evidence.ts'
import { IncidentWithEvidence, answerWithEvidence } from './incident-evidence.ts'
import { incidentParams, withIncident } from './incidents.ts'
import { type Route, answer, param, route, written } from './route.ts'

export const incidentReport: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/incidents/{number}/report',
    id: 'getIncidentReport',
    summary:
      'The report of an incident: what happened, how bad it was, what was done, and what is left to do.',
    role: 'viewer',
    scoped: true,
    writes: 'text/markdown',
    params: incidentParams,
    query: v.strictObject({
      format: v.optional(
        v.pipe(
          v.picklist(['markdown', 'json']),
          v.description(
            'markdown, the default, is for people. json is the incident as getIncident answers it.',
          ),
        ),
        'markdown',
      ),
    }),
    answer: IncidentWithEvidence,
    problems: ['incident_unknown'],
    handler: ({ params, query }, context) =>
      withIncident(context, param(params, 'number'), async (found) =>
        query.format === 'json'
          ? answer(await answerWithEvidence(context, found))
          : written('text/markdown', reportOf(found, await evidenceOf(context, found), context.nowMs)),
      ),
  }),
]
