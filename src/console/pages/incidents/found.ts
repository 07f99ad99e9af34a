/** Pages about one incident: whether whoever asks sees it, and what a form leads back to. */
import type { Handler } from 'hono'
import type { Incident } from '../../../watch/incidents/incident.ts'
import type { ConsoleContext, ConsoleHono } from '../../context.ts'
import { findIncident } from '../../incidents.ts'
import { answerNotice } from '../answer.tsx'
import type { IncidentNotice } from './notices.ts'
import { incidentPath } from './path.ts'

/** Answers 404 for an incident of sources that the user cannot see, as for a number that does not exist. */
export const withIncident =
  (work: (c: ConsoleContext, incident: Incident) => Promise<Response> | Response): Handler<ConsoleHono> =>
  async (c) => {
    const given = c.req.param('number') ?? ''
    const found = /^[1-9][0-9]{0,8}$/.test(given) ? await findIncident(c.get('context'), Number(given)) : null
    if (found === undefined) return noAnswer(c)
    return found === null
      ? answerNotice(c, 404, 'No such incident', 'There is no incident of this number.')
      : work(c, found)
  }

export const noAnswer = (c: ConsoleContext): Response | Promise<Response> =>
  answerNotice(c, 503, 'No answer', 'The object that keeps incidents does not answer. Try again in a minute.')

/** After a form comes a page that can be loaded again without doing it twice. */
export const leadBack = (c: ConsoleContext, { number }: Incident, notice: IncidentNotice): Response =>
  c.redirect(`${incidentPath(number)}?notice=${notice}`, 303)
