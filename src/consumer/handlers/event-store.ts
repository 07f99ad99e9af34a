/** Keeps each event once, and where to find it. Whatever else happens hangs on what this inserts. */
import { insertEvents } from '../../store/bundles.ts'
import { INDEX_FULL_SEGMENTS } from '../../store/subjects.ts'
import type { StoreHandler } from './handler.ts'

export const eventStore: StoreHandler = {
  name: 'event-store',
  types: 'all',
  statements: ({ db, events, writer }) => [
    ...insertEvents(db, events, writer),
    db.prepare(INDEX_FULL_SEGMENTS).bind(writer),
  ],
}
