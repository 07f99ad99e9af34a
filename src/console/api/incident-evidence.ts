/** One incident as the API answers it: with its evidence. */
import * as v from 'valibot'
import { toInstant } from '../../platform/time.ts'
import type { Counted, IncidentEvidence } from '../../watch/incidents/evidence.ts'
import type { Incident } from '../../watch/incidents/incident.ts'
import { evidenceOf } from '../incident-evidence.ts'
import type { RequestContext } from '../request-context.ts'
import { IncidentAnswer, incidentAnswer, incidentParams, withIncident } from './incidents.ts'
import { type Route, answer, param, route } from './route.ts'

const counted = v.array(v.object({ name: v.string(), count: v.number() }))

const EvidenceAnswer = v.pipe(
  v.nullable(
    v.object({
      events: v.pipe(v.number(), v.description('How many of the latest events were looked at.')),
      networks: counted,
      types: v.pipe(counted, v.description('Native types.')),
      campaigns: counted,
      domains: v.pipe(
        counted,
        v.description(
          'Domains of recipients with ten or more different people, for whoever may see addresses.',
        ),
      ),
      samples: v.array(
        v.object({
          event_id: v.string(),
          type: v.string(),
          received_at: v.string(),
          request_id: v.string(),
          url: v.pipe(v.string(), v.description('The page of its delivery.')),
        }),
      ),
    }),
  ),
  v.description('The most frequent first. Null if there are no events and no refusals of it.'),
)

/** One incident, with what it is made of. */
export const IncidentWithEvidence = v.object({ ...IncidentAnswer.entries, evidence: EvidenceAnswer })

export async function answerWithEvidence(context: RequestContext, incident: Incident) {
  return {
    ...incidentAnswer(incident),
    evidence: evidenceAnswer(context, await evidenceOf(context, incident)),
  }
}

function evidenceAnswer({ consoleUrl }: RequestContext, evidence: IncidentEvidence | null) {
  if (evidence === null) return null
  const copied = (of: readonly Counted[]) => of.map((one) => ({ ...one }))
  return {
    events: evidence.events,
    networks: copied(evidence.networks),
    types: copied(evidence.types),
    campaigns: copied(evidence.campaigns),
    domains: copied(evidence.domains),
    samples: evidence.samples.map(({ eventId, type, receivedMs, requestId }) => ({
      event_id: eventId,
      type,
      received_at: toInstant(receivedMs),
      request_id: requestId,
      url: `${consoleUrl}/requests/${encodeURIComponent(requestId)}`,
    })),
  }
}

export const oneIncident: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/incidents/{number}',
    id: 'getIncident',
    summary: 'One incident, with its findings, evidence, timeline and advice.',
    role: 'viewer',
    scoped: true,
    params: incidentParams,
    answer: IncidentWithEvidence,
    problems: ['incident_unknown'],
    handler: ({ params }, context) =>
      withIncident(context, param(params, 'number'), async (found) =>
        answer(await answerWithEvidence(context, found)),
      ),
  }),
]
