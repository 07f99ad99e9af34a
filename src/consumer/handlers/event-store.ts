/** Stores each event once, and indexes it. All other effects use only the events that this handler inserts. */
import { insertEvents } from '../../store/segments.ts'
import { INDEX_FULL_BLOCKS } from '../../store/inverted-index.ts'
import type { StoreHandler } from './handler.ts'

export const eventStore: StoreHandler = {
  name: 'event-store',
  types: 'all',
  statements: ({ db, events, writer, nowMs }) => [
    ...insertEvents(db, events, writer, nowMs),
    db.prepare(INDEX_FULL_BLOCKS).bind(writer),
  ],
}
