/** Pages of incidents and their forms. Each form does what a route of the API does, and leads back to the incident. */
import { containmentRoutes } from '../../../api/containments.ts'
import { incidentRoutes } from '../../../api/incidents.ts'
import { answerProblem } from '../answer.tsx'
import { call } from '../call.ts'
import { field, typedIn } from '../form.tsx'
import type { PageRoute } from '../route.ts'
import { answerIncident, showIncident } from './incident.tsx'
import { incidentList } from './list.tsx'
import { INCIDENTS } from './resource.ts'

/** Fields that may be left empty. */
const OPTIONAL = ['assignee', 'note']

/** A form of the page of an incident. @param verb the last part of its address */
const form = (
  verb: string,
  route: (typeof incidentRoutes)[`${'acknowledge' | 'assign' | 'note' | 'resolve' | 'review'}Incident`],
  done: Parameters<typeof INCIDENTS.leadTo>[2],
  ...fields: readonly string[]
): PageRoute => ({
  path: `${INCIDENTS.one}/${verb}`,
  who: 'operator',
  post: INCIDENTS.with(async (c, incident) => {
    const typed = typedIn(c, fields)
    const body = Object.fromEntries(
      Object.entries(typed).map(([key, value]) => [
        key,
        value === '' && OPTIONAL.includes(key) ? null : value,
      ]),
    )
    const called = await call(c, route, { params: { number: String(incident.number) }, body })
    if (called.ok) return INCIDENTS.leadTo(c, incident.number, done)
    const { problems } = called
    return problems === undefined
      ? answerProblem(c, called)
      : answerIncident(c, incident, { verb, typed, problems })
  }),
})

/** Does a recommended action of the incident. The form has only its label, so it can ask for no other. */
const contain = INCIDENTS.with(async (c, { number, actions }) => {
  const asked = field(c, 'contain')
  const { contain: request = null, source = null } = actions.find(({ label }) => label === asked) ?? {}
  if (request === null || source === null) return INCIDENTS.leadTo(c, number, 'action_gone')
  const params = { number: String(number) }
  const done = await call(c, containmentRoutes.containIncident, { params, body: { ...request, source } })
  if (!done.ok) return answerProblem(c, done)
  const isObeyed = done.json.unreached_guards.length === 0
  return INCIDENTS.leadTo(c, number, isObeyed ? 'contained' : 'contained_later')
})

const lift = INCIDENTS.act(containmentRoutes.liftContainment, 'lifted', (c) => ({
  params: { id: field(c, 'id') },
}))

export const incidentPages: readonly PageRoute[] = [
  { path: `${INCIDENTS.one}/contain`, who: 'operator', post: contain },
  { path: `${INCIDENTS.one}/lift`, who: 'operator', post: lift },
  form('acknowledge', incidentRoutes.acknowledgeIncident, 'acknowledged', 'assignee'),
  form('assign', incidentRoutes.assignIncident, 'assigned', 'assignee'),
  form('notes', incidentRoutes.noteIncident, 'noted', 'text'),
  form('resolve', incidentRoutes.resolveIncident, 'resolved', 'note'),
  form('review', incidentRoutes.reviewIncident, 'reviewed', 'cause', 'lessons'),
  incidentList.route,
  { path: INCIDENTS.one, who: 'viewer', get: showIncident },
]
