/** Events of a person that the database still has. */
import { listEvents } from '../../../store/events.ts'
import type { Part } from './part.ts'

const PAGE_EVENTS = 500

export const events: Part<'events'> = async ({ store, nowMs }, { address }, after) => {
  const query = { recipient: address, limit: PAGE_EVENTS, cursor: after ?? undefined }
  const page = await listEvents(store, query, nowMs)
  return { items: page.events, next: page.next_cursor }
}
