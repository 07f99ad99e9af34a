/**
 * Counts events by source, type and hour. The hour is that of occurrence: it is the same whichever copy of an event comes
 * first, and a day-late event counts where it belongs.
 */
import { INSERTED, type StoreHandler, inserted } from './handler.ts'

const HOUR_MS = 3_600_000

const COUNT = `
  INSERT INTO counters (source, hour, type, count)
  SELECT e.source, e.occurred_at / ${HOUR_MS}, e.type, count(*)
  FROM ${INSERTED} GROUP BY 1, 2, 3
  ON CONFLICT (source, hour, type) DO UPDATE SET count = counters.count + excluded.count`

export const hourlyCounters: StoreHandler = {
  name: 'hourly-counters',
  types: 'all',
  statements: (slice) => [slice.db.prepare(COUNT).bind(...inserted(slice))],
}
