/**
 * The two event orderings. Events whose id starts with their effective time are ordered by id. Events without a time, or with
 * one in the future, are ordered by receipt. Each ordering gives the SQL for the segments that follow a position.
 */
import { reportedMs, timePrefix } from '../event/identity.ts'
import { BUCKET_DIGITS, BY_RECEIPT_SPAN_MS, isByReceipt } from './segments.ts'
import type { Position } from './cursor.ts'
import { column } from './stored-event.ts'

/** Binds a value to the statement under construction and returns its placeholder. */
export type Bind = (value: string | number) => string

/** A span of time: from the position `since`, which is part of it, to the position `before`, which is not. */
export interface Span {
  /** JSON array of the only segments to read; undefined for all. */
  readonly segments: string | undefined
  readonly since: Position
  readonly before: Position
}

export interface EventOrdering {
  /**
   * Segments `(segment, last, events, wholly)` that may hold events of the span. `last` is the key of the newest event.
   * `wholly` is false for segments that reach beyond the end of the span. Of the others, the result holds all segments of
   * at least the next `count + 1` keys.
   */
  readonly candidates: (bind: Bind, span: Span, count: number) => string
  /** Whether an event `e` of a segment `b` is in the span. */
  readonly isInside: (bind: Bind, span: Span) => string
  /** Whether an event of this `id` and `at_ms` is newer than the key `last`. */
  readonly isNewer: (last: string) => string
  /** The position just before all events with this key or an older one. */
  readonly positionAt: (last: string | number) => Position
}

const EVENT_IS_BY_RECEIPT = isByReceipt('b.ids ->> e.key', column('occurred_at'))

export const MAX_TIMED_MS = 2 ** 48 - 1

/** The range of ids in the span. The id at either end may have another time than its position, or none. */
const ids = ({ since, before }: Span): readonly [from: string, to: string] => [
  idAt({ ...since, atMs: Math.max(1, since.atMs) }),
  idAt({ ...before, atMs: Math.min(before.atMs, MAX_TIMED_MS) }),
]

function idAt({ atMs, id }: Position): string {
  const millisecond = timePrefix(atMs)
  const behind = `${millisecond}g`
  return id < millisecond ? millisecond : id > behind ? behind : id
}

const WIDTHS = `json_each('${JSON.stringify(BUCKET_DIGITS)}') d`

const among = (bind: Bind, segments: string, last: string, where: string, wholly: string): string => `
  SELECT b.segment, b.${last} AS last, b.events, ${wholly} AS wholly
  FROM json_each(${bind(segments)}) j CROSS JOIN segments b ON b.segment = j.value WHERE ${where}`

const timed: EventOrdering = {
  candidates(bind, span, count) {
    const [from, to] = ids(span).map(bind)
    if (span.segments !== undefined) {
      const where = `b.last_id >= ${from} AND b.first_id < ${to}`
      return among(bind, span.segments, 'last_id', where, `b.last_id < ${to}`)
    }
    return `
      SELECT b.segment, b.last_id AS last, b.events, true AS wholly
      FROM ${WIDTHS} CROSS JOIN segments b ON b.digits = d.value AND b.last_id < ${to} AND b.last_id >= max(${from}, coalesce((
        SELECT n.last_id FROM segments n WHERE n.digits = d.value AND n.last_id < ${to}
        ORDER BY n.last_id DESC LIMIT 1 OFFSET ${bind(count)}), ''))
      UNION ALL
      SELECT b.segment, b.last_id, b.events, false
      FROM ${WIDTHS} CROSS JOIN segments b ON b.digits = d.value
        AND b.last_id >= ${to} AND b.last_id < substr(${to}, 1, d.value) || 'g' AND b.first_id < ${to}`
  },
  isInside(bind, span) {
    const [from, to] = ids(span)
    return `b.ids ->> e.key >= ${bind(from)} AND b.ids ->> e.key < ${bind(to)} AND NOT ${EVENT_IS_BY_RECEIPT}`
  },
  isNewer: (last) => `id > ${last}`,
  positionAt: (last) => ({ atMs: reportedMs(String(last)), id: `${last}0` }),
}

/** As in the index `segments_by_receipt`. */
const IS_BY_RECEIPT = isByReceipt('b.last_id', 'b.last_ms')

const byReceipt: EventOrdering = {
  candidates(bind, { segments, since, before }, count) {
    const [from, to] = [bind(since.atMs), bind(before.atMs)]
    if (segments !== undefined) {
      const where = `${IS_BY_RECEIPT} AND b.last_ms >= ${from} AND b.first_ms <= ${to}`
      return among(bind, segments, 'last_ms', where, `b.last_ms < ${to}`)
    }
    return `
  SELECT b.segment, b.last_ms AS last, b.events, true AS wholly
  FROM segments b WHERE ${IS_BY_RECEIPT} AND b.last_ms < ${to} AND b.last_ms >= max(${from}, coalesce((
    SELECT DISTINCT b.last_ms FROM segments b WHERE ${IS_BY_RECEIPT} AND b.last_ms < ${to}
    ORDER BY b.last_ms DESC LIMIT 1 OFFSET ${bind(count)}), 0))
  UNION ALL
  SELECT b.segment, b.last_ms, b.events, false
  FROM segments b WHERE ${IS_BY_RECEIPT} AND b.last_ms >= ${to} AND b.last_ms < ${to} + ${BY_RECEIPT_SPAN_MS}
    AND b.first_ms <= ${to}`
  },
  isInside: (bind, { since, before }) =>
    `${EVENT_IS_BY_RECEIPT} AND (${column('occurred_at')}, b.ids ->> e.key) >= (${bind(since.atMs)}, ${bind(since.id)})
      AND (${column('occurred_at')}, b.ids ->> e.key) < (${bind(before.atMs)}, ${bind(before.id)})`,
  isNewer: (last) => `at_ms > ${last}`,
  positionAt: (last) => ({ atMs: Number(last) + 1, id: '' }),
}

export const EVENT_ORDERINGS: readonly EventOrdering[] = [timed, byReceipt]
