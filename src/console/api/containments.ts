/** Handlers of containments. */
import { containmentRoutes } from '../../api/containments.ts'
import { type Problem, problem } from '../../api/problem.ts'
import type { ContainRefused, ContainResult } from '../../registry/containment/containment.ts'
import type { ContainRequest } from '../../watch/incidents/incident.ts'
import { sees, seesAll } from '../access/actor.ts'
import { NETWORK_REFUSED, type NetworkRefused, isFromIncident, withoutReason } from '../containable.ts'
import { OPEN_STATES, listIncidents } from '../incidents.ts'
import { refusalWords } from '../messages/containments.ts'
import { type RequestContext, answered } from '../request-context.ts'
import { containmentAnswer } from './containment-answer.ts'
import { NO_ANSWER, withIncident } from './incidents.ts'
import { answer, bindRoutes } from './route.ts'

export const containments = bindRoutes(containmentRoutes, {
  async listContainments({ query }, { registry, actor }) {
    const all = (await registry.sources.containments(query.source ?? null)).filter(({ source }) =>
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

  async liftContainment({ params: { id } }, context) {
    const { registry, actor } = context
    const found = (await registry.sources.containments(null)).find((one) => one.id === id)
    if (found === undefined || !sees(actor, found.source)) return UNKNOWN
    const lifted = await answered(context, 'incidents', () => context.incidents.lift(id, context.who))
    if (lifted === undefined) return NO_ANSWER
    return lifted === null ? UNKNOWN : answer(containmentAnswer(lifted))
  },

  containSource: ({ params, body }, context) => contain(context, params.name, body, null),

  containIncident: ({ params, body }, context) =>
    withIncident(context, params.number, async ({ number, sources }) => {
      const { source = sources.length === 1 ? sources[0] : undefined, ...request } = body
      if (source === undefined || !sources.includes(source)) return SOURCE_NEEDED
      return contain(context, source, request, number)
    }),
})

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
  return answer({ ...containmentAnswer(result.containment), unreached_guards: result.unreached })
}

/** A source has few open incidents: one for each cause. */
const OPEN_MAX = 100

/**
 * Contains a source that the actor sees. The registry writes the audit line.
 *
 * @returns undefined if the object that keeps incidents did not answer
 */
async function containSource(
  context: RequestContext,
  source: string,
  request: ContainRequest,
  incident: number | null,
): Promise<ContainResult | NetworkRefused | undefined> {
  const isLimitedBlock = request.action === 'block' && !seesAll(context.actor)
  if (isLimitedBlock) {
    const open = await listIncidents(context, { states: OPEN_STATES, source, limit: OPEN_MAX })
    if (open === undefined) return undefined
    if (!isFromIncident(request.network, open)) return NETWORK_REFUSED
  }
  const result = await answered(context, 'incidents', () =>
    context.incidents.contain(source, request, incident, context.who),
  )
  return isLimitedBlock && result?.ok === false ? withoutReason(result) : result
}

const notContained = (refusal: ContainRefused | NetworkRefused): Problem =>
  refusal.code === 'document_invalid'
    ? problem('document_invalid', 'Nothing was contained.', { problems: refusal.problems })
    : problem(refusal.code, refusalWords(refusal))
