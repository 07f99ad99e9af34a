/** Events of a person that the database still has. */
import { toInstant } from '../../../platform/time.ts'
import { listEvents } from '../../../store/events.ts'
import { sumEventsOf } from '../../../store/person-events.ts'
import type { Part } from './part.ts'

const PAGE_EVENTS = 500

export const events: Part<'events'> = {
  async sums({ store }, { index }) {
    return (await sumEventsOf(store, index)).map(({ source, count, sinceMs, untilMs }) => ({
      name: source,
      count,
      since: toInstant(sinceMs),
      until: toInstant(untilMs),
    }))
  },
  async read({ store, nowMs }, { address }, after) {
    const query = { recipient: address, limit: PAGE_EVENTS, cursor: after ?? undefined }
    const page = await listEvents(store, query, nowMs)
    return { items: page.events, next: page.next_cursor }
  },
}
