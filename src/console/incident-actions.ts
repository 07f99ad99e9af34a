/** What operators do with incidents, for the API and the pages. The audit line comes first: a logged action may still have failed. */
import type { JsonObject } from '../platform/json.ts'
import type { AuditAction } from '../registry/audit/entry.ts'
import type { ActOnIncident, ActResult } from '../watch/incidents/api.ts'
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
