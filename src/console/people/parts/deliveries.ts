/** Requests that sent events of a person to destinations, as far as the attempts are kept. */
import type { Attempt } from '../../../api/destinations.ts'
import type { PersonData } from '../../../api/person-data.ts'
import { concurrently } from '../../../platform/concurrently.ts'
import { latestIdsOf } from '../../../store/person-events.ts'
import type { RequestContext } from '../../request-context.ts'
import { type Part, sumsBy } from './part.ts'

/** A destination keeps 10,000 attempts. */
const IDS_MAX = 10_000

const OBJECTS_AT_ONCE = 6

type Delivery = PersonData['deliveries'][number]

/** A page is one destination: a hundred of them, with all that they have sent, would be too large for one answer. */
export const deliveries: Part<'deliveries'> = {
  async sums(context, person) {
    const ids = await latestIdsOf(context.store, person.index, IDS_MAX)
    const found: Delivery[] = []
    if (ids.length > 0)
      await concurrently(await context.registry.destinations.list(), OBJECTS_AT_ONCE, async (destination) => {
        found.push(...(await deliveriesTo(context, destination, ids)))
        return true
      })
    return sumsBy(
      found.toSorted((a, b) => (a.destination < b.destination ? -1 : 1)),
      ({ destination }) => destination,
      ({ at }) => [at],
    )
  },

  async read(context, person, after) {
    const all = await context.registry.destinations.list()
    const [destination, ...more] = all.filter(({ name }) => after === null || name > after)
    if (destination === undefined) return { items: [], next: null }
    const ids = await latestIdsOf(context.store, person.index, IDS_MAX)
    const items = await deliveriesTo(context, destination, ids)
    return { items, next: more.length === 0 ? null : destination.name }
  },
}

type Destination = Awaited<ReturnType<RequestContext['registry']['destinations']['list']>>[number]

async function deliveriesTo(
  { destinations }: RequestContext,
  { name, config: { url, personal } }: Destination,
  ids: readonly string[],
): Promise<Delivery[]> {
  if (ids.length === 0) return []
  const hers = new Set(ids)
  const attempts: readonly Attempt[] = await destinations.getByName(name).attemptsOf(ids)
  return attempts.map(({ at, kind, event_ids, events, status, error, response, outcome }) => ({
    destination: name,
    url,
    personal,
    at,
    kind,
    event_ids: event_ids.filter((id) => hers.has(id)),
    status,
    error,
    response: events === 1 ? response : null,
    outcome,
  }))
}
