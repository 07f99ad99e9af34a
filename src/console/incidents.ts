/** Reads of incidents, limited to the sources that the reader sees. */
import type { IncidentQuery } from '../watch/incidents/api.ts'
import type { Incident, IncidentState } from '../watch/incidents/incident.ts'
import type { RequestContext } from './request-context.ts'

type Context = Pick<RequestContext, 'incidents' | 'actor' | 'missing'>

/** Of an incident that is not over, and of one that is. */
export const OPEN_STATES: readonly IncidentState[] = ['open', 'acknowledged', 'contained']
export const OVER_STATES: readonly IncidentState[] = ['resolved', 'reviewed']

export const isOver = ({ state }: Pick<Incident, 'state'>): boolean => OVER_STATES.includes(state)

/** @returns undefined if the object that keeps incidents did not answer */
export const listIncidents = (
  context: Context,
  query: Omit<IncidentQuery, 'sources'>,
): Promise<Incident[] | undefined> =>
  askIncidents(context, () => context.incidents.list({ ...query, sources: context.actor.sources }))

/** @returns null if there is none of this number that the actor sees, undefined if the object did not answer */
export const findIncident = (context: Context, number: number): Promise<Incident | null | undefined> =>
  askIncidents(context, () => context.incidents.incident(number, context.actor.sources))

/** There are sources to watch now. If the object does not answer, a stored event or the nightly job wakes it. */
export async function wakeWatch(context: Pick<RequestContext, 'incidents' | 'missing'>): Promise<void> {
  await askIncidents(context, () => context.incidents.wake())
}

/** @returns undefined, with a line in the log, if the object that keeps incidents did not answer */
export async function askIncidents<T>(
  { missing }: Pick<RequestContext, 'missing'>,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work()
  } catch (cause) {
    missing('incidents', cause)
    return undefined
  }
}
