/** What operators do with incidents, for the API and the pages. The audit line comes first: a logged action may still have failed. */
import type { JsonObject } from '../platform/json.ts'
import type { AuditAction } from '../registry/audit/entry.ts'
import type { ActOnIncident, ActResult } from '../watch/incidents/api.ts'
import type { RequestContext } from './request-context.ts'

type Context = Pick<RequestContext, 'incidents' | 'registry' | 'who'>

const ACTIONS: Readonly<Record<ActOnIncident['act'], AuditAction>> = {
  acknowledge: 'incident.acknowledged',
  assign: 'incident.assigned',
  note: 'incident.noted',
  resolve: 'incident.resolved',
  review: 'incident.reviewed',
}

/** @param number of an incident that the actor sees */
export async function actOnIncident(
  { incidents, registry, who }: Context,
  number: number,
  act: ActOnIncident,
): Promise<ActResult> {
  const { act: _name, ...detail } = act
  const draft = {
    action: ACTIONS[act.act],
    target: `incident/${number}`,
    before: null,
    after: detail as JsonObject,
  }
  await registry.note(draft, who)
  return incidents.act(number, act, who)
}
