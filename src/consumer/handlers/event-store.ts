/** Keeps each event once, and where to find it. Whatever else happens hangs on what this inserts. */
import { insertEvents } from '../../store/segments.ts'
import { INDEX_FULL_BLOCKS } from '../../store/inverted-index.ts'
import type { StoreHandler } from './handler.ts'

export const eventStore: StoreHandler = {
  name: 'event-store',
  types: 'all',
  statements: ({ db, events, writer }) => [
    ...insertEvents(db, events, writer),
    db.prepare(INDEX_FULL_BLOCKS).bind(writer),
  ],
}
