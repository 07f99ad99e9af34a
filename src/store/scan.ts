/** Scans segments from newest to oldest. */
import type { Position } from './cursor.ts'
import { type Bind, EVENT_ORDERINGS, type EventOrdering, type Span } from './event-orderings.ts'
import { type EventColumn, type EventRow, type Found, column, isOfMessage, rowOf } from './stored-event.ts'
import { type Store, scopedSources } from './store.ts'

export interface Wanted extends Span {
  /** Columns and the values that they must have. */
  readonly equal: readonly (readonly [name: EventColumn, value: string])[]
  /** Any id of the message, without angle brackets. */
  readonly messageId?: string | undefined
}

export interface Scan {
  /** The newest events that match, newest first. */
  readonly rows: readonly EventRow[]
  /** The position where the scan ended; undefined if it reached the end of the span. */
  readonly end: Position | undefined
}

/**
 * One scan: reads the segments that hold the next `events` events, matching or not, and returns at most `limit` that match.
 * Both orderings begin at the same position, so that one cursor serves both.
 */
export async function scanBefore(store: Store, wanted: Wanted, events: number, limit: number): Promise<Scan> {
  const statement = (write: (bind: Bind) => string): D1PreparedStatement => {
    const values: (string | number)[] = []
    const sql = write((value) => `?${values.push(value)}`)
    return store.db.prepare(sql).bind(...values)
  }
  const answers = await store.db.batch<Found & { readonly last: string | number | null }>(
    EVENT_ORDERINGS.flatMap((ordering) => [
      statement((bind) => newest(bind, ordering, wanted, events, limit, scopedSources(store))),
      statement((bind) => next(bind, ordering, wanted, events)),
    ]),
  )
  const rows = EVENT_ORDERINGS.flatMap((_ordering, i) => answers[2 * i]?.results.map(rowOf) ?? [])
  const ends = EVENT_ORDERINGS.flatMap((ordering, i) => {
    const last = answers[2 * i + 1]?.results[0]?.last ?? null
    return last === null ? [] : [ordering.positionAt(last)]
  })
  const [end] = ends.sort(newestFirst)
  return {
    rows: rows
      .filter((row) => end === undefined || newestFirst(positionOf(row), end) < 0)
      .sort((a, b) => newestFirst(positionOf(a), positionOf(b))),
    end,
  }
}

export const positionOf = (row: EventRow): Position => ({ atMs: row.occurred_at, id: row.event_id })

const newestFirst = (a: Position, b: Position): number =>
  b.atMs - a.atMs || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0)

/** Segments with the number of events in the newer ones. Segments of the same key have the same number. */
const ranked = (bind: Bind, ordering: EventOrdering, wanted: Wanted, events: number): string => `
  WITH candidates AS MATERIALIZED (${ordering.candidates(bind, wanted, events)}),
  ranked AS MATERIALIZED (
    SELECT segment, last, wholly,
      sum(iif(wholly, events, 0)) OVER (ORDER BY last DESC) - sum(iif(wholly, events, 0)) OVER (PARTITION BY last) AS ahead
    FROM candidates)`

/** Unlike `json_each`, `jsonb_each` gives values that each column need not parse again. */
function newest(
  bind: Bind,
  ordering: EventOrdering,
  wanted: Wanted,
  events: number,
  limit: number,
  sources: string | null,
): string {
  const filters = wanted.equal.map(([name, value]) => `${column(name)} = ${bind(value)} AND`)
  if (wanted.messageId !== undefined) filters.push(`${isOfMessage(bind(wanted.messageId))} AND`)
  if (sources !== null) {
    filters.push(`${column('source')} IN (SELECT value FROM json_each(${bind(sources)})) AND`)
  }
  return `${ranked(bind, ordering, wanted, events)},
  newest AS MATERIALIZED (
    SELECT b.ids ->> e.key AS id, json(e.value) AS event, ${column('occurred_at')} AS at_ms, ${column('recipient')} AS recipient
    FROM ranked k CROSS JOIN segments b ON b.segment = k.segment CROSS JOIN jsonb_each(b.contents) e
    WHERE (k.ahead < ${bind(events)} OR NOT k.wholly) AND ${filters.join(' ')} ${ordering.isInside(bind, wanted)}
    ORDER BY at_ms DESC, id DESC LIMIT ${bind(limit)})
  SELECT f.id, f.event, lower(hex(r.wrapped_key)) AS wrapped_key
  FROM newest f LEFT JOIN recipients r ON r.recipient = unhex(f.recipient)`
}

const next = (bind: Bind, ordering: EventOrdering, wanted: Wanted, events: number): string =>
  `${ranked(bind, ordering, wanted, events)} SELECT max(last) AS last FROM ranked WHERE wholly AND ahead >= ${bind(events)}`
