/** Actions of operators on incidents, for the API and the pages. Each writes its audit line first. */
import type { AuditAction } from '../registry/audit/entry.ts'
import type { ContainResult, Containment } from '../registry/containment/containment.ts'
import type { ActOnIncident, ActResult } from '../watch/incidents/api.ts'
import type { ContainRequest } from '../watch/incidents/incident.ts'
import { seesAll } from './access/actor.ts'
import { NETWORK_REFUSED, type NetworkRefused, isFromIncident, withoutReason } from './containable.ts'
import { OPEN_STATES, listIncidents } from './incidents.ts'
import { note } from './note.ts'
import { type RequestContext, answered } from './request-context.ts'

type Context = Pick<RequestContext, 'incidents' | 'registry' | 'who' | 'actor' | 'reportUnavailable'>

const ACTIONS: Readonly<Record<ActOnIncident['act'], AuditAction>> = {
  acknowledge: 'incident.acknowledged',
  assign: 'incident.assigned',
  note: 'incident.noted',
  resolve: 'incident.resolved',
  review: 'incident.reviewed',
}

/** A source has few open incidents: one for each cause. */
const OPEN_MAX = 100

/**
 * @param number of an incident that the actor sees
 * @returns undefined if the object that keeps incidents did not answer
 */
export async function actOnIncident(
  context: Context,
  number: number,
  act: ActOnIncident,
): Promise<ActResult | undefined> {
  const { act: name, ...detail } = act
  await note(context, ACTIONS[name], `incident/${number}`, detail)
  return answered(context, 'incidents', () =>
    context.incidents.act(number, act, context.who, context.actor.sources),
  )
}

/**
 * Contains a source that the actor sees. The registry writes the audit line.
 *
 * @param incident number of the incident that it is for; null for none
 * @returns undefined if the object that keeps incidents did not answer
 */
export async function containSource(
  context: Pick<Context, 'incidents' | 'actor' | 'who' | 'reportUnavailable'>,
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

/** Ends a containment of a source that the actor sees. Null if none of this id lasts; undefined as above. */
export const liftContainment = (
  context: Pick<Context, 'incidents' | 'who' | 'reportUnavailable'>,
  id: string,
): Promise<Containment | null | undefined> =>
  answered(context, 'incidents', () => context.incidents.lift(id, context.who))
