/** Reads of incidents, limited to the sources that the reader sees. */
import type { IncidentQuery } from '../watch/incidents/api.ts'
import type { Incident, IncidentState } from '../watch/incidents/incident.ts'
import { type RequestContext, answered } from './request-context.ts'

type Context = Pick<RequestContext, 'incidents' | 'actor' | 'reportUnavailable'>

/** Of an incident that is not over, and of one that is. */
export const OPEN_STATES: readonly IncidentState[] = ['open', 'acknowledged', 'contained']
export const OVER_STATES: readonly IncidentState[] = ['resolved', 'reviewed']

export const isOver = ({ state }: Pick<Incident, 'state'>): boolean => OVER_STATES.includes(state)

/** Asks for incidents of any kind. */
const ANY = { states: null, source: null, kind: null, severity: null, sinceMs: null, before: null }

/** @returns undefined if the object that keeps incidents did not answer */
export const listIncidents = (
  context: Context,
  query: Partial<Omit<IncidentQuery, 'sources'>> & Pick<IncidentQuery, 'limit'>,
): Promise<Incident[] | undefined> =>
  answered(context, 'incidents', () =>
    context.incidents.list({ ...ANY, ...query, sources: context.actor.sources }),
  )

/** @returns null if there is none of this number that the actor sees, undefined if the object did not answer */
export const findIncident = (context: Context, number: number): Promise<Incident | null | undefined> =>
  answered(context, 'incidents', () => context.incidents.incident(number, context.actor.sources))

/** There are sources to watch now. If the object does not answer, a stored event or the nightly job wakes it. */
export const wakeWatch = (context: Pick<Context, 'incidents' | 'reportUnavailable'>): Promise<void> =>
  answered(context, 'incidents', () => context.incidents.wake())
