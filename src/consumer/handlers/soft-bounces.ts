/** The rule for soft bounces: one says little, a run of them without a delivery in between says that nobody is there. */
import { FIRST_TIMED_ID } from '../../event/identity.ts'
import type { EventType } from '../../event/mail-event.ts'
import { INSERTED } from './handler.ts'
import { SUPPRESS_UPSERT } from './suppress.ts'

/** As many temporary failures in a row as most ESPs allow before they give an address up themselves. */
export const SOFT_BOUNCES_MAX = 5

/** A run must fit into this span: a full mailbox in spring and another in autumn are no run. */
export const SOFT_BOUNCE_SPAN_DAYS = 30

const SPAN_MS = SOFT_BOUNCE_SPAN_DAYS * 86_400_000

const IS_SOFT = `e.type = 'email.bounced' AND e.bounce_type = 'soft'`

/** A delivery that is reported late can fall into the run that suppressed: then that run was none. */
const BREAK = `
  UPDATE suppressions SET since = NULL, as_of = NULL
  WHERE (recipient, reason) IN (
    SELECT s.recipient, s.reason FROM ${INSERTED}
    JOIN suppressions s ON s.recipient = e.recipient AND s.reason = 'soft_bounces'
    WHERE e.type = 'email.delivered' AND e.occurred_at <= s.since AND e.occurred_at > s.since - ${SPAN_MS})`

/**
 * The first bounce that completes a run, among the person's history from a span before the new events on. People whose list
 * entry is older than the new bounce are left alone: once suppressed, further bounces change nothing and cost nothing.
 */
const SUPPRESS = `
  ${SUPPRESS_UPSERT.insert}
  WITH touched AS (
    SELECT e.recipient, min(e.occurred_at) - ${SPAN_MS} AS from_ms, max(coalesce(s.lifted_at, 0)) AS lifted_at
    FROM ${INSERTED}
    LEFT JOIN suppressions s ON s.recipient = e.recipient AND s.reason = 'soft_bounces'
    WHERE e.recipient IS NOT NULL AND (
      (${IS_SOFT} AND (s.active IS NOT 1 OR e.occurred_at <= s.since))
      OR (e.type = 'email.delivered' AND s.recipient IS NOT NULL AND s.as_of IS NULL))
    GROUP BY e.recipient),
  history AS (
    SELECT t.recipient, e.id, e.occurred_at, e.type = 'email.delivered' AS delivered
    FROM touched t CROSS JOIN events e ON coalesce(e.recipient, e.message_id) = t.recipient
      AND e.id >= printf('%012x', max(t.from_ms, t.lifted_at, 1))
    WHERE e.type = 'email.delivered' OR (${IS_SOFT})
    UNION ALL
    SELECT t.recipient, e.id, e.occurred_at, e.type = 'email.delivered'
    FROM touched t CROSS JOIN events e ON coalesce(e.recipient, e.message_id) = t.recipient AND e.id < '${FIRST_TIMED_ID}'
    WHERE e.occurred_at >= max(t.from_ms, t.lifted_at) AND (e.type = 'email.delivered' OR (${IS_SOFT}))),
  stretches AS (
    SELECT *, sum(delivered) OVER (
      PARTITION BY recipient ORDER BY occurred_at, delivered DESC, id ROWS UNBOUNDED PRECEDING) AS stretch
    FROM history),
  runs AS (
    SELECT *, occurred_at - lag(occurred_at, ${SOFT_BOUNCES_MAX - 1}) OVER (
      PARTITION BY recipient, stretch ORDER BY occurred_at, id) AS span
    FROM stretches WHERE NOT delivered),
  complete AS (
    SELECT *, row_number() OVER (PARTITION BY recipient ORDER BY occurred_at, id) AS place
    FROM runs WHERE span <= ${SPAN_MS})
  SELECT c.recipient, 'soft_bounces', e.occurred_at, e.occurred_at, e.id, e.source, e.native_type, e.sealed
  FROM complete c CROSS JOIN events e ON e.id = c.id WHERE c.place = 1
  ${SUPPRESS_UPSERT.conflict}`

/** Statements in order, with the types of event that each looks at. */
export const SOFT_BOUNCES: readonly (readonly [sql: string, types: readonly EventType[]])[] = [
  [BREAK, ['email.delivered']],
  [SUPPRESS, ['email.bounced', 'email.delivered']],
]
