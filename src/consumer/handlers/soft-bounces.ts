/**
 * The rule for soft bounces: a run of them, without a delivery in between, suppresses the address. A run counts the events of
 * one source only, so that another source cannot break it by reporting a delivery.
 */
import { WITH_INSERTED } from '../../store/inserted.ts'
import { column } from '../../store/stored-event.ts'
import { fingerprintOf } from '../../store/fingerprint.ts'
import { DELIVERIES_MISSING_UNTIL } from '../../store/history.ts'
import { segmentsOf } from '../../store/inverted-index.ts'
import { mayBeTheAddress } from '../../store/suppression-reasons.ts'
import type { Step } from './handler.ts'
import { SUPPRESS_UPSERT } from './suppress.ts'

/** The number of consecutive temporary failures after which most ESPs give up an address themselves. */
export const SOFT_BOUNCES_MAX = 5

/** A run must fit into this span. Full mailboxes in spring and again in autumn are not a run. */
export const SOFT_BOUNCE_SPAN_DAYS = 30

const SPAN_MS = SOFT_BOUNCE_SPAN_DAYS * 86_400_000

/**
 * For events `e`. A soft bounce proves nothing if the store may have lost the deliveries after it. Removal deletes the earlier soft
 * bounces of a person with each delivery that it removes (`store/removal.ts`).
 */
export const IS_SOFT = `e.type = 'email.bounced' AND e.bounce_type = 'soft' AND ${mayBeTheAddress('e.cause')} AND e.occurred_at > ${DELIVERIES_MISSING_UNTIL}`

/**
 * The complete runs of the people in `touched (recipient, from_ms, to_ms, new_from_ms, new_to_ms)`, numbered by time, of any
 * source. It reads bounces between `from_ms` and `to_ms`, and runs that overlap the new ones. It reads deliveries only if enough
 * bounces are close together, and only between them. A delivery of the same time as a bounce counts as before it.
 */
const COMPLETE = `
  runs AS MATERIALIZED (
    SELECT * FROM (
      SELECT t.*, v.occurred_at, v.event_id, v.source, v.native_type, v.sealed,
        lag(v.occurred_at, ${SOFT_BOUNCES_MAX - 1}) OVER (
          PARTITION BY v.recipient, v.source ORDER BY v.occurred_at, v.event_id) AS first_at
      FROM touched t CROSS JOIN evidence v ON v.recipient = t.recipient AND v.reason = 'soft_bounces'
        AND v.occurred_at BETWEEN t.from_ms AND t.to_ms)
    WHERE occurred_at - first_at <= ${SPAN_MS} AND first_at <= new_to_ms AND occurred_at >= new_from_ms),
  searched AS MATERIALIZED (
    SELECT recipient, ${fingerprintOf('recipient')} AS fingerprint, min(first_at) AS from_ms, max(occurred_at) AS to_ms
    FROM runs GROUP BY recipient),
  deliveries AS MATERIALIZED (
    SELECT l.recipient, ${column('source')} AS source, ${column('occurred_at')} AS occurred_at
    FROM searched l CROSS JOIN segments b ON b.segment IN ${segmentsOf('l.fingerprint')}
      AND b.last_ms > l.from_ms AND b.first_ms <= l.to_ms
    CROSS JOIN json_each(b.contents) e
    WHERE ${column('type')} = 'email.delivered' AND unhex(${column('recipient')}) = l.recipient),
  complete AS MATERIALIZED (
    SELECT *, row_number() OVER (PARTITION BY recipient ORDER BY occurred_at, event_id) AS nr FROM runs r
    WHERE NOT EXISTS (
      SELECT 1 FROM deliveries d
      WHERE d.recipient = r.recipient AND d.source = r.source AND d.occurred_at > r.first_at AND d.occurred_at <= r.occurred_at))`

/** Skips people who were suppressed before the new bounce: further bounces change nothing for them. */
const SUPPRESS = `
  ${WITH_INSERTED},
  touched AS MATERIALIZED (
    SELECT e.recipient, max(min(e.occurred_at) - ${SPAN_MS}, max(coalesce(s.lifted_at, 0))) AS from_ms,
      max(e.occurred_at) + ${SPAN_MS} AS to_ms, min(e.occurred_at) AS new_from_ms, max(e.occurred_at) AS new_to_ms
    FROM inserted e
    LEFT JOIN suppressions s ON s.recipient = e.recipient AND s.reason = 'soft_bounces'
    WHERE e.recipient IS NOT NULL AND (${IS_SOFT}) AND (s.active IS NOT 1 OR e.occurred_at <= s.since)
    GROUP BY e.recipient),
  ${COMPLETE}
  ${SUPPRESS_UPSERT.insert}
  SELECT recipient, 'soft_bounces', occurred_at, occurred_at, event_id, source, native_type, sealed
  FROM complete WHERE nr = 1
  ${SUPPRESS_UPSERT.conflict}`

/**
 * A late delivery can break the run that suppressed a person. Then another run takes its place, or the suppression ends. If the store
 * may have lost soft bounces of that time, the suppression stays.
 */
const BREAK = `
  ${WITH_INSERTED},
  touched AS MATERIALIZED (
    SELECT DISTINCT s.recipient, s.lifted_at AS from_ms, 9e15 AS to_ms, 0 AS new_from_ms, 9e15 AS new_to_ms
    FROM inserted e JOIN suppressions s ON s.recipient = e.recipient AND s.reason = 'soft_bounces'
    WHERE e.type = 'email.delivered' AND e.source = s.source AND e.occurred_at <= s.since AND e.occurred_at > s.since - ${SPAN_MS}
      AND e.occurred_at > ${DELIVERIES_MISSING_UNTIL}),
  ${COMPLETE}
  UPDATE suppressions
  SET (since, as_of, event_id, source, native_type, sealed) = (
    SELECT c.occurred_at, c.occurred_at, c.event_id, c.source, c.native_type, c.sealed
    FROM complete c WHERE c.recipient = suppressions.recipient AND c.nr = 1)
  WHERE reason = 'soft_bounces' AND recipient IN (SELECT recipient FROM touched)`

export const SOFT_BOUNCES: readonly Step[] = [
  [SUPPRESS, ['email.bounced']],
  [BREAK, ['email.delivered']],
]
