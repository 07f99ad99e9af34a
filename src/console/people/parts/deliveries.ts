/** Requests that sent events of a person to destinations, as far as the attempts are kept. */
import type { Attempt } from '../../../api/destinations.ts'
import type { Part } from './part.ts'

/** A page is one destination: a hundred of them, with all that they have sent, would be too large for one answer. */
export const deliveries: Part<'deliveries'> = async ({ registry, destinations }, { index }, after) => {
  const all = await registry.destinations.list()
  const [destination, ...more] = all.filter(({ name }) => after === null || name > after)
  if (destination === undefined) return { items: [], next: null }
  const { name, config } = destination
  const attempts: readonly Attempt[] = await destinations.getByName(name).attemptsOf(index)
  const items = attempts.map(({ at, kind, event_ids, events, status, error, response, outcome }) => {
    // A batch has events of others as well, and its answer may be about them.
    const isHersAlone = events === 1
    return {
      destination: name,
      url: config.url,
      personal: config.personal,
      at,
      kind,
      events,
      event_id: isHersAlone ? (event_ids[0] ?? null) : null,
      status,
      error,
      response: isHersAlone ? response : null,
      outcome,
    }
  })
  return { items, next: more.length === 0 ? null : name }
}
