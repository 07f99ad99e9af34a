/**
 * Counts events by source, type and hour. The hour is that of the effective time: a day-late event counts where it belongs,
 * and one dated in the future when it is received.
 */
import { WITH_INSERTED } from '../../store/inserted.ts'
import type { StoreHandler } from './handler.ts'
import { HOUR_MS } from '../../platform/time.ts'

const COUNT = `
  ${WITH_INSERTED}
  INSERT INTO counters (source, hour, counts)
  SELECT source, hour, json_group_object(type, n) FROM (
    SELECT e.source, e.occurred_at / ${HOUR_MS} AS hour, e.type, count(*) AS n FROM inserted e GROUP BY 1, 2, 3)
  WHERE true GROUP BY 1, 2
  ON CONFLICT (source, hour) DO UPDATE SET counts = (
    SELECT json_group_object(type, n) FROM (
      SELECT key AS type, sum(value) AS n FROM (
        SELECT key, value FROM json_each(counters.counts)
        UNION ALL SELECT key, value FROM json_each(excluded.counts))
      GROUP BY 1))`

export const hourlyCounters: StoreHandler = {
  name: 'hourly-counters',
  types: 'all',
  statements: ({ db, writer }) => [db.prepare(COUNT).bind(writer)],
}
