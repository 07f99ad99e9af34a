/** Pages of incidents and their forms. Each form does what a route of the API does, and leads back to the incident. */
import * as v from 'valibot'
import { incidentRoutes } from '../../../api/incidents.ts'
import { parseDocument } from '../../../platform/document-problems.ts'
import type { ActOnIncident } from '../../../watch/incidents/api.ts'
import { actOnIncident, containSource, liftContainment } from '../../incident-actions.ts'
import { refusalWords } from '../../messages/containments.ts'
import { field, typedIn } from '../form.tsx'
import type { PageRoute } from '../route.ts'
import { answerIncident, showIncident } from './incident.tsx'
import { incidentList } from './list.tsx'
import { INCIDENTS } from './resource.ts'

const NOTHING = v.strictObject({})

/** Fields that may be left empty. */
const OPTIONAL = ['assignee', 'note']

/**
 * @param verb the last part of its address
 * @param body the schema of the same call of the API, which says what is wrong with the form
 */
const act = (
  verb: string,
  name: ActOnIncident['act'],
  done: 'acknowledged' | 'assigned' | 'noted' | 'resolved' | 'reviewed',
  fields: readonly string[],
  { body = NOTHING }: { readonly body?: Parameters<typeof parseDocument<object>>[0] | undefined },
): PageRoute => ({
  path: `${INCIDENTS.one}/${verb}`,
  who: 'operator',
  post: INCIDENTS.with(async (c, incident) => {
    const typed = typedIn(c, fields)
    const given = Object.entries(typed)
      .filter(([key, value]) => value !== '' || OPTIONAL.includes(key))
      // The line breaks that the store keeps.
      .map(([key, value]) => [key, value.replaceAll('\r\n', '\n') || null])
    const read = parseDocument(body, Object.fromEntries(given))
    if (!read.ok) return answerIncident(c, incident, { verb, typed, problems: read.problems })
    const asked = { act: name, ...read.output } as ActOnIncident
    const result = await actOnIncident(c.get('context'), incident.number, asked)
    if (result === undefined) return INCIDENTS.noAnswer(c)
    if (result.ok) return INCIDENTS.leadTo(c, incident, done)
    if (result.code === 'incident_partial') return INCIDENTS.leadTo(c, incident, 'is_partial')
    return INCIDENTS.leadTo(c, incident, name === 'review' ? 'not_over' : 'is_over')
  }),
})

/** Does a recommended action of the incident. The form has only its label, so it can ask for no other. */
const contain = INCIDENTS.with(async (c, incident) => {
  const asked = field(c, 'contain')
  const found = incident.actions.find(({ label }) => label === asked)
  const { contain: request = null, source = null } = found ?? {}
  if (request === null || source === null) return INCIDENTS.leadTo(c, incident, 'action_gone')
  const result = await containSource(c.get('context'), source, request, incident.number)
  if (result === undefined) return INCIDENTS.noAnswer(c)
  if (!result.ok) return answerIncident(c, incident, `Nothing was contained. ${refusalWords(result)}`)
  return INCIDENTS.leadTo(c, incident, result.unreached.length === 0 ? 'contained' : 'contained_later')
})

const lift = INCIDENTS.with(async (c, incident) => {
  const id = field(c, 'id')
  if (!incident.containments.some((one) => one.id === id))
    return INCIDENTS.leadTo(c, incident, 'not_contained')
  const lifted = await liftContainment(c.get('context'), id)
  if (lifted === undefined) return INCIDENTS.noAnswer(c)
  return INCIDENTS.leadTo(c, incident, lifted === null ? 'not_contained' : 'lifted')
})

export const incidentPages: readonly PageRoute[] = [
  { path: `${INCIDENTS.one}/contain`, who: 'operator', post: contain },
  { path: `${INCIDENTS.one}/lift`, who: 'operator', post: lift },
  act('acknowledge', 'acknowledge', 'acknowledged', ['assignee'], incidentRoutes.acknowledgeIncident),
  act('assign', 'assign', 'assigned', ['assignee'], incidentRoutes.assignIncident),
  act('notes', 'note', 'noted', ['text'], incidentRoutes.noteIncident),
  act('resolve', 'resolve', 'resolved', ['note'], incidentRoutes.resolveIncident),
  act('review', 'review', 'reviewed', ['cause', 'lessons'], incidentRoutes.reviewIncident),
  incidentList.route,
  { path: INCIDENTS.one, who: 'viewer', get: showIncident },
]
