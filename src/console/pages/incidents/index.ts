/** Pages of incidents and their forms. Each form does what a route of the API does, and leads back to the incident. */
import { ASSIGNEE_MAX_CHARACTERS, TEXT_MAX_CHARACTERS } from '../../../api/incidents.ts'
import type { ActOnIncident } from '../../../watch/incidents/api.ts'
import type { ConsoleContext } from '../../context.ts'
import { actOnIncident, containSource, liftContainment } from '../../incident-actions.ts'
import { refusalWords } from '../../messages/containments.ts'
import { field } from '../form.tsx'
import type { PageRoute } from '../route.ts'
import { answerIncident, containField, showIncident } from './incident.tsx'
import { incidentList } from './list.tsx'
import { INCIDENTS } from './resource.ts'

/** A field of the form, with the line breaks that the store keeps. */
const text = (c: ConsoleContext, name: string): string => field(c, name).replaceAll('\r\n', '\n')

/** Null for nobody. */
const assignee = (c: ConsoleContext): string | null => text(c, 'assignee') || null

const isTooLong = ({ act: _act, ...fields }: ActOnIncident): boolean =>
  Object.entries(fields).some(
    ([name, value]) =>
      typeof value === 'string' &&
      value.length > (name === 'assignee' ? ASSIGNEE_MAX_CHARACTERS : TEXT_MAX_CHARACTERS),
  )

const TOO_LONG = `Nothing was stored: a text has at most ${TEXT_MAX_CHARACTERS} characters, and a name ${ASSIGNEE_MAX_CHARACTERS}.`

/** @param read what the form asks for, or what is wrong with it */
const act = (
  verb: string,
  done: 'acknowledged' | 'assigned' | 'noted' | 'resolved' | 'reviewed',
  read: (c: ConsoleContext) => ActOnIncident | { readonly problem: string },
): PageRoute => ({
  path: `${INCIDENTS.one}/${verb}`,
  who: 'operator',
  post: INCIDENTS.with(async (c, incident) => {
    const asked = read(c)
    if ('problem' in asked) return answerIncident(c, incident, asked.problem)
    if (isTooLong(asked)) return answerIncident(c, incident, TOO_LONG)
    const result = await actOnIncident(c.get('context'), incident.number, asked)
    if (result === undefined) return INCIDENTS.noAnswer(c)
    if (result.ok) return INCIDENTS.leadTo(c, incident, done)
    if (result.code === 'incident_partial') return INCIDENTS.leadTo(c, incident, 'is_partial')
    return INCIDENTS.leadTo(c, incident, asked.act === 'review' ? 'not_over' : 'is_over')
  }),
})

/** Does a recommended action of the incident. The form only names the action, so it can ask for no other. */
const contain = INCIDENTS.with(async (c, incident) => {
  const asked = c.get('form').get('contain')
  const found = incident.actions.find((one) => one.contain !== null && containField(one) === asked)
  const { contain: request = null, source = null } = found ?? {}
  if (request === null || source === null) return INCIDENTS.leadTo(c, incident, 'action_gone')
  const result = await containSource(c.get('context'), source, request, incident.number)
  if (result === undefined) return INCIDENTS.noAnswer(c)
  if (!result.ok) return answerIncident(c, incident, `Nothing was contained. ${refusalWords(result)}`)
  return INCIDENTS.leadTo(c, incident, result.unreached.length === 0 ? 'contained' : 'contained_later')
})

const lift = INCIDENTS.with(async (c, incident) => {
  const id = text(c, 'id')
  if (!incident.containments.some((one) => one.id === id))
    return INCIDENTS.leadTo(c, incident, 'not_contained')
  const lifted = await liftContainment(c.get('context'), id)
  if (lifted === undefined) return INCIDENTS.noAnswer(c)
  return INCIDENTS.leadTo(c, incident, lifted === null ? 'not_contained' : 'lifted')
})

export const incidentPages: readonly PageRoute[] = [
  { path: `${INCIDENTS.one}/contain`, who: 'operator', post: contain },
  { path: `${INCIDENTS.one}/lift`, who: 'operator', post: lift },
  act('acknowledge', 'acknowledged', (c) => ({ act: 'acknowledge', assignee: assignee(c) })),
  act('assign', 'assigned', (c) => ({ act: 'assign', assignee: assignee(c) })),
  act('notes', 'noted', (c) => {
    const note = text(c, 'text')
    return note === '' ? { problem: 'Write something into the note.' } : { act: 'note', text: note }
  }),
  act('resolve', 'resolved', (c) => ({ act: 'resolve', note: text(c, 'note') || null })),
  act('review', 'reviewed', (c) => {
    const [cause, lessons] = [text(c, 'cause'), text(c, 'lessons')]
    return cause === '' || lessons === ''
      ? { problem: 'A review says the cause and what was learned.' }
      : { act: 'review', cause, lessons }
  }),
  incidentList.route,
  { path: INCIDENTS.one, who: 'viewer', get: showIncident },
]
