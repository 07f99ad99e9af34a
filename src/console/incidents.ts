/** What the console reads of incidents: limited to the sources that its reader sees. */
import type { IncidentQuery } from '../watch/incidents/api.ts'
import type { Incident } from '../watch/incidents/incident.ts'
import { type Actor, sees } from './access/actor.ts'
import type { RequestContext } from './request-context.ts'

type Context = Pick<RequestContext, 'incidents' | 'actor' | 'missing'>

/** @returns undefined if the object that keeps incidents did not answer */
export const listIncidents = (
  context: Context,
  query: Partial<IncidentQuery> & Pick<IncidentQuery, 'limit'>,
): Promise<Incident[] | undefined> =>
  read(context, async () => {
    const sources = sourcesSeen(context.actor, query.sources ?? null)
    if (sources?.length === 0) return []
    return context.incidents.list({
      states: null,
      kind: null,
      severity: null,
      sinceMs: null,
      before: null,
      ...query,
      sources,
    })
  })

/** Null if there is none of this number that the actor sees. @throws if the object does not answer */
export async function findIncident(context: Context, number: number): Promise<Incident | null> {
  const incident = await context.incidents.incident(number)
  return incident !== null && sees(context.actor, incident.source) ? incident : null
}

/** Of the sources that are wanted, those that the actor sees. Null for all. */
function sourcesSeen(actor: Actor, wanted: readonly string[] | null): readonly string[] | null {
  if (wanted === null) return actor.sources
  return wanted.filter((source) => sees(actor, source))
}

async function read<T>({ missing }: Context, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (cause) {
    missing('incidents', cause)
    return undefined
  }
}
