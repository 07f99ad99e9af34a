/**
 * Counts events by source, type and hour. The hour is that of the effective time: a day-late event counts where it belongs,
 * and one dated in the future when it is received. So does one that came very late.
 */
import { COUNTED_LATE_MAX_DAYS } from '../../store/counters.ts'
import { WITH_INSERTED } from '../../store/inserted.ts'
import type { StoreHandler } from './handler.ts'
import { DAY_MS, HOUR_MS } from '../../platform/time.ts'

const COUNTED_AT = `iif(e.occurred_at < e.received_at - ${COUNTED_LATE_MAX_DAYS * DAY_MS}, e.received_at, e.occurred_at)`

const COUNT = `
  ${WITH_INSERTED}
  INSERT INTO counters (source, hour, counts)
  SELECT source, hour, json_group_object(type, n) FROM (
    SELECT e.source, ${COUNTED_AT} / ${HOUR_MS} AS hour, e.type, count(*) AS n FROM inserted e GROUP BY 1, 2, 3)
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
