/** Scans segments from newest to oldest. */
import { JUDGED_TYPES } from '../event/automated/signs.ts'
import type { Position } from './cursor.ts'
import { type Bind, EVENT_ORDERINGS, type EventOrdering, type Span } from './event-orderings.ts'
import {
  type EventColumn,
  type EventRow,
  type Found,
  HAS_CONTENTS,
  WITHOUT_SEALED,
  column,
  isOfMessage,
  rowOf,
} from './stored-event.ts'
import { type Store, scopedSources } from './store.ts'

export interface Wanted extends Span {
  /** Columns and the values that they must have. */
  readonly equal: readonly (readonly [name: EventColumn, value: string | readonly string[]])[]
  /** One id of the message, in all forms in which it may be stored. */
  readonly messageIds?: readonly string[] | undefined
  readonly automated?: Automated | undefined
}

/** Whether a machine did it. Unknown are those events of which a machine is asked, and nobody said. */
export const AUTOMATED = ['true', 'false', 'unknown'] as const
export type Automated = (typeof AUTOMATED)[number]

const UNKNOWN = `${column('automated')} IS NULL AND ${column('type')} IN (${JUDGED_TYPES.map((type) => `'${type}'`).join(', ')})`

export interface ScanBounds {
  /** The scan reads the segments that hold so many of the next events, matching or not. */
  readonly events: number
  /** Of events that match. */
  readonly limit: number
  /** Of the contents of those that match. At least one is returned. */
  readonly maxBytes: number
  /** Whether the personal data is read, sealed. */
  readonly withSealed: boolean
}

export interface Scan {
  /** The newest events that match, newest first. */
  readonly rows: readonly EventRow[]
  /** The position where the scan ended; undefined if it reached the end of the span. */
  readonly end: Position | undefined
  /**
   * The newest `limit` events that match are not older than this: the scan saw so many, before its end or behind it. Undefined if it saw
   * fewer.
   */
  readonly since: Position | undefined
  /** Whether it ended because of `maxBytes`. */
  readonly isCut: boolean
  /** Of the contents of the rows. */
  readonly bytes: number
}

/** One scan. Both orderings begin at the same position, so that one cursor serves both. */
export async function scanBefore(store: Store, wanted: Wanted, bounds: ScanBounds): Promise<Scan> {
  const answers = await store.db.batch<Read>(
    EVENT_ORDERINGS.map((ordering) => {
      const values: (string | number)[] = []
      const sql = sqlOf((value) => `?${values.push(value)}`, ordering, wanted, bounds, scopedSources(store))
      return store.db.prepare(sql).bind(...values)
    }),
  )
  const found = answers.flatMap(({ results }) => results.flatMap((row) => (row.id === null ? [] : [row])))
  const ends = EVENT_ORDERINGS.flatMap((ordering, i) => {
    const last = answers[i]?.results[0]?.last ?? null
    return last === null ? [] : [ordering.positionAt(last)]
  })
  const [end] = ends.sort(newestFirst)
  const sinces = answers.flatMap(({ results }) => {
    const places = results.flatMap((row) => (row.id === null ? [] : [placeOf(row)]))
    return (results[0]?.matched ?? 0) < bounds.limit ? [] : places.sort(newestFirst).slice(-1)
  })
  const [cut] = found.flatMap((row) => (row.event === null ? [placeOf(row)] : [])).sort(newestFirst)
  const isCut = cut !== undefined && (end === undefined || newestFirst(cut, end) < 0)
  const before = isCut ? cut : end
  const inside = found
    .flatMap(({ event, ...row }) => (event === null ? [] : [{ ...row, event }]))
    .map((row) => ({ row: rowOf(row), bytes: row.event.length }))
    .filter(({ row }) => before === undefined || newestFirst(positionOf(row), before) < 0)
    .sort((a, b) => newestFirst(positionOf(a.row), positionOf(b.row)))
  const last = inside.at(-1)
  return {
    rows: inside.map(({ row }) => row),
    // The event at the cut is still to be read.
    end: isCut && last !== undefined ? positionOf(last.row) : end,
    since: sinces.sort(newestFirst)[0],
    isCut,
    bytes: inside.reduce((sum, { bytes }) => sum + bytes, 0),
  }
}

/**
 * An event before `last`, where the scan ended, without contents if those of the ones before it are as large as the scan may be. The
 * oldest one that matches is there without contents too, if it is behind. `matched` counts all, up to the limit.
 */
type Read = { readonly last: string | number | null; readonly matched: number } & (
  | (Omit<Found, 'event'> & { readonly at_ms: number; readonly event: string | null })
  // No event matches.
  | { readonly id: null }
)

const placeOf = ({ at_ms: atMs, id }: { readonly at_ms: number; readonly id: string }): Position => ({
  atMs,
  id,
})

export const positionOf = (row: EventRow): Position => ({ atMs: row.occurred_at, id: row.event_id })

const newestFirst = (a: Position, b: Position): number =>
  b.atMs - a.atMs || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0)

/**
 * Segments are ranked by the number of events in the newer ones; those of the same key have the same number. The answer has
 * at least one row, for the end. Unlike `json_each`, `jsonb_each` gives values that each column need not parse again.
 */
function sqlOf(
  bind: Bind,
  ordering: EventOrdering,
  wanted: Wanted,
  { events, limit, maxBytes, withSealed }: ScanBounds,
  sources: string | null,
): string {
  const filters = wanted.equal.map(([name, value]) =>
    typeof value === 'string'
      ? `${column(name)} = ${bind(value)} AND`
      : `${column(name)} IN (SELECT value FROM json_each(${bind(JSON.stringify(value))})) AND`,
  )
  if (wanted.messageIds !== undefined)
    filters.push(`${isOfMessage(bind(JSON.stringify(wanted.messageIds)))} AND`)
  if (wanted.automated !== undefined)
    filters.push(
      `${wanted.automated === 'unknown' ? UNKNOWN : `${column('automated')} = ${Number(wanted.automated === 'true')}`} AND`,
    )
  if (sources !== null) {
    filters.push(`${column('source')} IN (SELECT value FROM json_each(${bind(sources)})) AND`)
  }
  return `
  WITH candidates AS MATERIALIZED (${ordering.candidates(bind, wanted, events)}),
  ranked AS MATERIALIZED (
    SELECT segment, last, wholly,
      sum(iif(wholly, events, 0)) OVER (ORDER BY last DESC) - sum(iif(wholly, events, 0)) OVER (PARTITION BY last) AS ahead
    FROM candidates),
  ending (last) AS (SELECT max(last) FROM ranked WHERE wholly AND ahead >= ${bind(events)}),
  newest AS MATERIALIZED (
    SELECT b.ids ->> e.key AS id, e.value, ${column('occurred_at')} AS at_ms
    FROM ranked k CROSS JOIN segments b ON b.segment = k.segment CROSS JOIN jsonb_each(b.contents) e
    WHERE (k.ahead < ${bind(events)} OR NOT k.wholly) AND ${HAS_CONTENTS} AND ${filters.join(' ')} ${ordering.isInside(bind, wanted)}
    ORDER BY at_ms DESC, id DESC LIMIT ${bind(limit)}),
  inside AS (
    SELECT id, at_ms, ${withSealed ? 'json(e.value)' : WITHOUT_SEALED} AS event, ${column('recipient')} AS recipient
    FROM ending CROSS JOIN newest e WHERE last IS NULL OR ${ordering.isNewer('last')}),
  sized AS (
    SELECT *, sum(octet_length(event)) OVER (ORDER BY at_ms DESC, id DESC) - octet_length(event) AS bytes_ahead FROM inside
    UNION ALL
    SELECT id, at_ms, NULL, NULL, NULL FROM (
      SELECT id, at_ms FROM ending CROSS JOIN newest WHERE NOT ${ordering.isNewer('last')} ORDER BY at_ms, id LIMIT 1))
  SELECT ending.last, (SELECT count(*) FROM newest) AS matched, f.id, f.at_ms,
    iif(f.bytes_ahead < ${bind(Math.max(1, maxBytes))}, f.event, NULL) AS event, lower(hex(r.wrapped_key)) AS wrapped_key
  FROM ending LEFT JOIN sized f LEFT JOIN recipients r ON r.recipient = unhex(f.recipient)`
}
