/**
 * The two orders in which events lie: those whose id tells their effective time, by id; the few without a time of their own,
 * or with one that was still to come, by their receipt. Each ordering says in SQL which segments come next behind a place.
 */
import { reportedMs, timePrefix } from '../event/identity.ts'
import { BUCKET_DIGITS, BY_RECEIPT_SPAN_MS, isByReceipt } from './segments.ts'
import type { Place } from './cursor.ts'
import { column } from './stored-event.ts'

/** Binds a value to the statement that is being written; gives its name there. */
export type Bind = (value: string | number) => string

/** From a time up to a place, which is not part of it. */
export interface Span {
  /** Where alone to look, as a JSON array; undefined for everywhere. */
  readonly segments: string | undefined
  readonly sinceMs: number
  readonly before: Place
}

export interface EventOrdering {
  /**
   * Segments `(segment, last, events, wholly)` that may hold events of the span, `last` being the key of their newest event.
   * Those that reach beyond the span's place are not wholly before it. Of those that are, all of at least the next
   * `count` keys and one.
   */
  readonly candidates: (bind: Bind, span: Span, count: number) => string
  /** Whether an event `e` of a segment `b` is in the span. */
  readonly isInside: (bind: Bind, span: Span) => string
  /** The place behind which a key and everything older begins. */
  readonly placeAt: (last: string | number) => Place
}

const EVENT_IS_BY_RECEIPT = isByReceipt('b.ids ->> e.key', column('occurred_at'))

export const MAX_TIMED_MS = 2 ** 48 - 1

/** Ids from the first of the span's time to the last before its place, whose id may tell another time, or none. */
function ids({ before, sinceMs }: Span): readonly [from: string, to: string] {
  const millisecond = timePrefix(Math.min(before.atMs, MAX_TIMED_MS))
  const behind = `${millisecond}g`
  const to = before.id < millisecond ? millisecond : before.id > behind ? behind : before.id
  return [timePrefix(Math.max(1, sinceMs)), to]
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
      FROM ${WIDTHS} CROSS JOIN segments b ON b.segment IN (
        SELECT n.segment FROM segments n WHERE n.digits = d.value AND n.last_id >= ${from} AND n.last_id < ${to}
        ORDER BY n.last_id DESC LIMIT ${bind(count + 1)})
      UNION ALL
      SELECT b.segment, b.last_id, b.events, false
      FROM ${WIDTHS} CROSS JOIN segments b ON b.digits = d.value
        AND b.last_id >= ${to} AND b.last_id < substr(${to}, 1, d.value) || 'g' AND b.first_id < ${to}`
  },
  isInside(bind, span) {
    const [from, to] = ids(span)
    return `b.ids ->> e.key >= ${bind(from)} AND b.ids ->> e.key < ${bind(to)} AND NOT ${EVENT_IS_BY_RECEIPT}`
  },
  placeAt: (last) => ({ atMs: reportedMs(String(last)), id: `${last}0` }),
}

/** As in the index `segments_by_receipt`. */
const IS_BY_RECEIPT = isByReceipt('b.last_id', 'b.last_ms')

const byReceipt: EventOrdering = {
  candidates(bind, { segments, sinceMs, before }, count) {
    const [from, to] = [bind(sinceMs), bind(before.atMs)]
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
  isInside: (bind, { sinceMs, before }) =>
    `${EVENT_IS_BY_RECEIPT} AND ${column('occurred_at')} >= ${bind(sinceMs)}
      AND (${column('occurred_at')}, b.ids ->> e.key) < (${bind(before.atMs)}, ${bind(before.id)})`,
  placeAt: (last) => ({ atMs: Number(last) + 1, id: '' }),
}

export const EVENT_ORDERINGS: readonly EventOrdering[] = [timed, byReceipt]
