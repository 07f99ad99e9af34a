/** What operators do with incidents, for the API and the pages. The audit line comes first: a logged action may still have failed. */
import type { JsonObject } from '../platform/json.ts'
import type { AuditAction } from '../registry/audit/entry.ts'
import type { ContainResult, Containment } from '../registry/containment/containment.ts'
import type { ActOnIncident, ActResult } from '../watch/incidents/api.ts'
import type { ContainRequest, Incident } from '../watch/incidents/incident.ts'
import { askIncidents } from './incidents.ts'
import type { RequestContext } from './request-context.ts'

type Context = Pick<RequestContext, 'incidents' | 'registry' | 'who' | 'missing'>

const ACTIONS: Readonly<Record<ActOnIncident['act'], AuditAction>> = {
  acknowledge: 'incident.acknowledged',
  assign: 'incident.assigned',
  note: 'incident.noted',
  resolve: 'incident.resolved',
  review: 'incident.reviewed',
}

/** The longest note, cause or lesson, and the longest name of an assignee. */
export const TEXT_MAX_CHARACTERS = 4_000
export const ASSIGNEE_MAX_CHARACTERS = 200

/**
 * @param number of an incident that the actor sees
 * @returns undefined if the object that keeps incidents did not answer
 */
export async function actOnIncident(
  context: Context,
  number: number,
  act: ActOnIncident,
): Promise<ActResult | undefined> {
  const { incidents, registry, who } = context
  const { act: _name, ...detail } = act
  const draft = {
    action: ACTIONS[act.act],
    target: `incident/${number}`,
    before: null,
    after: detail as JsonObject,
  }
  await registry.note(draft, who)
  return askIncidents(context, () => incidents.act(number, act, who))
}

/**
 * Contains the source of an incident. The registry writes the audit line.
 *
 * @param incident of one source, that the actor sees
 */
export const containIncident = (
  { incidents, who }: Pick<Context, 'incidents' | 'who'>,
  { number, source }: Pick<Incident, 'number'> & { readonly source: string },
  request: ContainRequest,
): Promise<ContainResult> => incidents.contain(source, request, number, who)

/** Ends a containment of an incident that the actor sees. Null if it has none of this id that lasts. */
export const liftContainment = async (
  { incidents, who }: Pick<Context, 'incidents' | 'who'>,
  { containments }: Pick<Incident, 'containments'>,
  id: string,
): Promise<Containment | null> => (containments.some((one) => one.id === id) ? incidents.lift(id, who) : null)
