/** Reads the hourly counters: events by source, type and the hour in which they happened. */
import type { EventType } from '../event/mail-event.ts'
import { sourcesIn } from './source-names.ts'
import { type Store, scopeFilter, scopedSources } from './store.ts'

export interface Count {
  readonly source: string
  /** Hours since the epoch. */
  readonly hour: number
  readonly type: EventType
  readonly count: number
}

export interface CountQuery {
  readonly source?: string | undefined
  /** Hours since the epoch, inclusive. */
  readonly sinceHour: number
}

/** Counts, by source, hour and type. Reads only the rows that it returns. */
export async function counts(store: Store, query: CountQuery): Promise<Count[]> {
  const { results } = await store.db
    .prepare(
      `WITH RECURSIVE ${sourcesIn('counters', '?1')}
       SELECT c.source, c.hour, j.key AS type, j.value AS count
       FROM sources s CROSS JOIN counters c ON c.source = s.source AND c.hour >= ?2
         CROSS JOIN json_each(c.counts) j
       WHERE ${scopeFilter('c.source', '?3')}
       ORDER BY c.source, c.hour, j.key`,
    )
    .bind(query.source ?? null, query.sinceHour, scopedSources(store))
    .all<Count>()
  return results
}
