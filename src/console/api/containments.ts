/** Containments: what is blocked, paused, raised or rotated for a time, by people or by the policy of a source. */
import * as v from 'valibot'
import type { ContainRequest } from '../../watch/incidents/incident.ts'
import { sees } from '../access/actor.ts'
import { containSource, liftContainment } from '../incident-actions.ts'
import type { RequestContext } from '../request-context.ts'
import {
  CONTAIN_PROBLEMS,
  ContainBody,
  ContainIncidentBody,
  ContainmentAnswer,
  containmentAnswer,
  notContained,
} from './containment-answer.ts'
import { NO_ANSWER, withIncident } from './incidents.ts'
import { filter, paging } from './paging.ts'
import { problem } from './problem.ts'
import { type Route, answer, param, route } from './route.ts'
import { UnreachedGuards, unreached } from './sources.ts'

const BegunAnswer = v.object({ ...ContainmentAnswer.entries, unreached_guards: UnreachedGuards })

const AGAIN = 'Keeps the containment, with the later of both ends. A secret is rotated again.'
const DANGEROUS = ({ body }: { readonly body: { readonly action: string } }): boolean =>
  body.action === 'rotate'

export const containments: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/containments',
    id: 'listContainments',
    summary: 'What is contained, and what was in the last 30 days, newest first. Rotations are not listed.',
    role: 'viewer',
    scoped: true,
    query: v.strictObject({
      source: filter('Only of this source.'),
      limit: paging.limit,
      cursor: v.optional(
        v.pipe(v.string(), v.uuid(), v.description('The next_cursor of the previous page.')),
      ),
    }),
    answer: v.object({ containments: v.array(ContainmentAnswer), next_cursor: v.nullable(v.string()) }),
    async handler({ query }, { registry, actor }) {
      const all = (await registry.containments(query.source ?? null)).filter(({ source }) =>
        sees(actor, source),
      )
      const from = query.cursor === undefined ? 0 : all.findIndex(({ id }) => id === query.cursor) + 1
      // Of a cursor that is gone, nothing follows.
      const rest = query.cursor !== undefined && from === 0 ? [] : all.slice(from)
      const page = rest.slice(0, query.limit)
      return answer({
        containments: page.map(containmentAnswer),
        next_cursor: rest.length > page.length ? (page.at(-1)?.id ?? null) : null,
      })
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/containments/{id}',
    id: 'liftContainment',
    summary: 'Ends a containment before its time. Gateways stop within a second.',
    role: 'operator',
    scoped: true,
    params: { id: 'The id of the containment.' },
    answer: ContainmentAnswer,
    problems: ['containment_unknown', 'not_set_up'],
    async handler({ params }, context) {
      const { registry, actor } = context
      const id = param(params, 'id')
      const found = (await registry.containments(null)).find((one) => one.id === id)
      if (found === undefined || !sees(actor, found.source)) return UNKNOWN
      const lifted = await liftContainment(context, id)
      if (lifted === undefined) return NO_ANSWER
      return lifted === null ? UNKNOWN : answer(containmentAnswer(lifted))
    },
  }),
  route({
    method: 'POST',
    path: '/api/sources/{name}/contain',
    id: 'containSource',
    summary: 'Blocks a network, raises the level, pauses the source for a time, or rotates a secret at once.',
    again: AGAIN,
    role: 'operator',
    params: { name: 'The name of the source, as in its URL.' },
    body: ContainBody,
    answer: BegunAnswer,
    isDangerous: DANGEROUS,
    problems: ['source_unknown', 'not_set_up', ...CONTAIN_PROBLEMS],
    handler: ({ params, body }, context) => contain(context, param(params, 'name'), body, null),
  }),
  route({
    method: 'POST',
    path: '/api/incidents/{number}/contain',
    id: 'containIncident',
    summary: 'Contains a source because of an incident, and records it there.',
    again: AGAIN,
    role: 'operator',
    scoped: true,
    params: { number: 'The number of the incident.' },
    body: ContainIncidentBody,
    answer: BegunAnswer,
    isDangerous: DANGEROUS,
    problems: ['incident_unknown', 'source_unknown', 'body_invalid', 'not_set_up', ...CONTAIN_PROBLEMS],
    handler: ({ params, body }, context) =>
      withIncident(context, param(params, 'number'), async ({ number, sources }) => {
        const { source = sources.length === 1 ? sources[0] : undefined, ...request } = body
        if (source === undefined || !sources.includes(source)) return SOURCE_NEEDED
        return contain(context, source, request, number)
      }),
  }),
]

const UNKNOWN = problem('containment_unknown', 'No containment of this id lasts.')
const SOURCE_NEEDED = problem('body_invalid', 'Say which source of the incident to contain.', {
  problems: [{ path: 'source', problem: 'Must be one of the sources of the incident.' }],
})

async function contain(
  context: RequestContext,
  source: string,
  request: ContainRequest,
  incident: number | null,
) {
  const result = await containSource(context, source, request, incident)
  if (result === undefined) return NO_ANSWER
  if (!result.ok) return notContained(result)
  return answer({ ...containmentAnswer(result.containment), unreached_guards: unreached(result.unreached) })
}
