/**
 * Reads the hourly counters: events by source, type and the hour in which they happened, or of receipt if they came much later
 * ({@link COUNTED_LATE_MAX_DAYS}).
 */
import type { EventType } from '../event/mail-event.ts'
import { openCursor, sealCursor } from './sealed-cursor.ts'
import { sourcesIn } from './source-names.ts'
import { type Store, scopeFilter, scopedSources } from './store.ts'

/**
 * No ESP reports an event later. Whoever holds a secret may date events as they like, and each hour would be a row; so later ones
 * count when they are received.
 */
export const COUNTED_LATE_MAX_DAYS = 31

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
  /** Hours of sources. */
  readonly limit: number
  readonly cursor?: string | undefined
}

interface CountPage {
  readonly counts: readonly Count[]
  readonly next_cursor: string | null
}

/** The source and hour at which a page ended. */
type Place = Pick<Count, 'source' | 'hour'>

const CURSOR = 'counters'

/** A page of counts, by source, hour and type. Reads only the rows of the page, and one more. @throws {CursorMalformed} */
export async function counts(store: Store, query: CountQuery): Promise<CountPage> {
  const { source, sinceHour, limit, cursor } = query
  const after: Place =
    cursor === undefined ? { source: '', hour: 0 } : await openCursor<Place>(store, CURSOR, cursor)
  const { results } = await store.db
    .prepare(
      // The join takes sources and hours in their order, so it ends at the limit.
      `WITH RECURSIVE ${sourcesIn('counters', '?1', '?4')}
       SELECT p.source, p.hour, p.counts FROM sources s CROSS JOIN counters p
         ON p.source = s.source AND p.hour >= iif(s.source = ?4, max(?2, ?5 + 1), ?2)
       WHERE ${scopeFilter('p.source', '?3')} LIMIT ?6`,
    )
    .bind(source ?? null, sinceHour, scopedSources(store), after.source, after.hour, limit + 1)
    .all<Place & { readonly counts: string }>()
  const rows = results.slice(0, limit)
  const last = rows.at(-1)
  return {
    counts: rows.flatMap(({ counts: json, ...place }) =>
      Object.entries(JSON.parse(json) as Record<EventType, number>)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([type, count]) => ({ ...place, type: type as EventType, count })),
    ),
    next_cursor:
      results.length > limit && last !== undefined
        ? await sealCursor(store, CURSOR, { source: last.source, hour: last.hour })
        : null,
  }
}

/** Hours since the epoch: from the first one on, and before the second. */
export interface Hours {
  readonly sinceHour: number
  readonly untilHour: number
}

export type HourTotal = Pick<Count, 'hour' | 'type' | 'count'>

/** Events by hour and type, of one source or of all together. */
export const hourTotals = (store: Store, hours: Hours & Pick<CountQuery, 'source'>): Promise<HourTotal[]> =>
  sums<HourTotal>(store, hours, 'c.hour, j.key AS type')

export type SourceHour = Pick<Count, 'source' | 'hour' | 'count'>

/** Events of some sources by hour, of all types together. Reads the rows of these alone. */
export async function sourceHours(
  { db }: Pick<Store, 'db'>,
  sources: readonly string[],
  { sinceHour, untilHour }: Hours,
): Promise<SourceHour[]> {
  const { results } = await db
    .prepare(
      `SELECT c.source, c.hour, (SELECT sum(value) FROM json_each(c.counts)) AS count
       FROM json_each(?1) s CROSS JOIN counters c ON c.source = s.value AND c.hour >= ?2 AND c.hour < ?3`,
    )
    .bind(JSON.stringify(sources), sinceHour, untilHour)
    .all<SourceHour>()
  return results
}

/** The hour of the last event of each source (hours since the epoch). Reads one row of each. */
export async function lastHours({ db }: Pick<Store, 'db'>): Promise<Map<string, number>> {
  const { results } = await db
    .prepare(
      `WITH RECURSIVE ${sourcesIn('counters')}
       SELECT source, (SELECT max(hour) FROM counters c WHERE c.source = s.source) AS hour
       FROM sources s WHERE source IS NOT NULL`,
    )
    .all<Pick<Count, 'source' | 'hour'>>()
  return new Map(results.map(({ source, hour }) => [source, hour]))
}

async function sums<Row>(
  store: Store,
  { sinceHour, untilHour, source }: Hours & Pick<CountQuery, 'source'>,
  by: string,
): Promise<Row[]> {
  const { results } = await store.db
    .prepare(
      `WITH RECURSIVE ${sourcesIn('counters', '?4')}
       SELECT ${by}, sum(j.value) AS count
       FROM sources s CROSS JOIN counters c ON c.source = s.source AND c.hour >= ?1 AND c.hour < ?2
         CROSS JOIN json_each(c.counts) j
       WHERE ${scopeFilter('c.source', '?3')}
       GROUP BY ${by
         .split(',')
         .map((_, i) => i + 1)
         .join(', ')}`,
    )
    .bind(sinceHour, untilHour, scopedSources(store), source ?? null)
    .all<Row>()
  return results
}
