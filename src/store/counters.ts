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

/** Hours since the epoch: from the first one on, and before the second. */
export interface Hours {
  readonly sinceHour: number
  readonly untilHour: number
}

export type HourTotal = Pick<Count, 'hour' | 'type' | 'count'>

/** Events by hour and type, of all sources together. */
export const hourTotals = (store: Store, hours: Hours): Promise<HourTotal[]> =>
  sums<HourTotal>(store, hours, 'c.hour, j.key AS type')

export type SourceHour = Pick<Count, 'source' | 'hour' | 'count'>

/** Events by source and hour, of all types together. */
export const sourceHours = (store: Store, hours: Hours): Promise<SourceHour[]> =>
  sums<SourceHour>(store, hours, 'c.source, c.hour')

export type SourceTotal = Pick<Count, 'source' | 'count'>

export const sourceTotals = (store: Store, hours: Hours): Promise<SourceTotal[]> =>
  sums<SourceTotal>(store, hours, 'c.source')

async function sums<Row>(store: Store, { sinceHour, untilHour }: Hours, by: string): Promise<Row[]> {
  const { results } = await store.db
    .prepare(
      `WITH RECURSIVE ${sourcesIn('counters')}
       SELECT ${by}, sum(j.value) AS count
       FROM sources s CROSS JOIN counters c ON c.source = s.source AND c.hour >= ?1 AND c.hour < ?2
         CROSS JOIN json_each(c.counts) j
       WHERE ${scopeFilter('c.source', '?3')}
       GROUP BY ${by
         .split(',')
         .map((_, i) => i + 1)
         .join(', ')}`,
    )
    .bind(sinceHour, untilHour, scopedSources(store))
    .all<Row>()
  return results
}
