/**
 * The rule for soft bounces: one says little, a run of them without a delivery in between says that nobody is there. A run is
 * one source's own, so that no other source can break it by a delivery that it reports.
 */
import { WITH_INSERTED } from '../../store/inserted.ts'
import { column } from '../../store/stored-event.ts'
import { fingerprintOf } from '../../store/fingerprint.ts'
import { segmentsOf } from '../../store/inverted-index.ts'
import type { Step } from './handler.ts'
import { SUPPRESS_UPSERT } from './suppress.ts'

/** As many temporary failures in a row as most ESPs allow before they give an address up themselves. */
export const SOFT_BOUNCES_MAX = 5

/** A run must fit into this span: a full mailbox in spring and another in autumn are no run. */
export const SOFT_BOUNCE_SPAN_DAYS = 30

const SPAN_MS = SOFT_BOUNCE_SPAN_DAYS * 86_400_000

/** For events `e`. */
export const IS_SOFT = `e.type = 'email.bounced' AND e.bounce_type = 'soft'`

/**
 * The first complete run of each person, of whichever source, in `touched (recipient, from_ms, to_ms, new_from_ms, new_to_ms)`, among bounces
 * from one time to another and runs that meet the new ones. Deliveries are looked up only where enough bounces fall
 * together, and only between them; one of the time of a bounce came before it.
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
  looked AS MATERIALIZED (
    SELECT recipient, ${fingerprintOf('recipient')} AS fingerprint, min(first_at) AS from_ms, max(occurred_at) AS to_ms
    FROM runs GROUP BY recipient),
  deliveries AS MATERIALIZED (
    SELECT l.recipient, ${column('source')} AS source, ${column('occurred_at')} AS occurred_at
    FROM looked l CROSS JOIN segments b ON b.segment IN ${segmentsOf('l.fingerprint')}
      AND b.last_ms > l.from_ms AND b.first_ms <= l.to_ms
    CROSS JOIN json_each(b.contents) e
    WHERE ${column('type')} = 'email.delivered' AND unhex(${column('recipient')}) = l.recipient),
  complete AS MATERIALIZED (
    SELECT *, row_number() OVER (PARTITION BY recipient ORDER BY occurred_at, event_id) AS place FROM runs r
    WHERE NOT EXISTS (
      SELECT 1 FROM deliveries d
      WHERE d.recipient = r.recipient AND d.source = r.source AND d.occurred_at > r.first_at AND d.occurred_at <= r.occurred_at))`

/** People whose list entry is older than the new bounce are left alone: once suppressed, further bounces change nothing. */
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
  FROM complete WHERE place = 1
  ${SUPPRESS_UPSERT.conflict}`

/** A delivery that is reported late can fall into the run that suppressed: then another one has to, or none does. */
const BREAK = `
  ${WITH_INSERTED},
  touched AS MATERIALIZED (
    SELECT DISTINCT s.recipient, s.lifted_at AS from_ms, 9e15 AS to_ms, 0 AS new_from_ms, 9e15 AS new_to_ms
    FROM inserted e JOIN suppressions s ON s.recipient = e.recipient AND s.reason = 'soft_bounces'
    WHERE e.type = 'email.delivered' AND e.source = s.source AND e.occurred_at <= s.since AND e.occurred_at > s.since - ${SPAN_MS}),
  ${COMPLETE}
  UPDATE suppressions
  SET (since, as_of, event_id, source, native_type, sealed) = (
    SELECT c.occurred_at, c.occurred_at, c.event_id, c.source, c.native_type, c.sealed
    FROM complete c WHERE c.recipient = suppressions.recipient AND c.place = 1)
  WHERE reason = 'soft_bounces' AND recipient IN (SELECT recipient FROM touched)`

export const SOFT_BOUNCES: readonly Step[] = [
  [SUPPRESS, ['email.bounced']],
  [BREAK, ['email.delivered']],
]
