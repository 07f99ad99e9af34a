/** Stores each event once, and indexes it. Store handlers come after it and see only the events that it inserts. */
import { INDEX_FULL_BLOCKS } from '../store/inverted-index.ts'
import { insertEvents } from '../store/segments.ts'
import type { Slice } from './handlers/handler.ts'

export const storeEvents = ({
  db,
  events,
  writer,
  nowMs,
}: Omit<Slice, 'types'>): readonly D1PreparedStatement[] => [
  ...insertEvents(db, events, writer, nowMs),
  db.prepare(INDEX_FULL_BLOCKS).bind(writer),
]
