/**
 * Suppresses people who must not be written to any more, by what ESPs report. The list after a set of events is the same
 * in whatever order they come: evidence counts by its own time against the time of the last lifting.
 */
import { FIRST_TIMED_ID } from '../../event/identity.ts'
import type { EventType } from '../../event/mail-event.ts'
import { INSERTED, type Slice, type StoreHandler, inserted, ofTypes } from './handler.ts'
import { SOFT_BOUNCES } from './soft-bounces.ts'
import { SUPPRESS_UPSERT } from './suppress.ts'

/** Kinds of event that suppress at once. */
const RULES = `rules (reason, type, bounce_type) AS (VALUES
  ('hard_bounce', 'email.bounced', 'hard'),
  ('spam_report', 'email.spam_reported', NULL),
  ('unsubscribe', 'email.unsubscribed', NULL))`

/** An `email.subscribed` lifts an unsubscribe that is older; one of the same time stands. */
const LIFT = `
  INSERT INTO suppressions (recipient, reason, lifted_at)
  SELECT e.recipient, 'unsubscribe', max(e.occurred_at) FROM ${INSERTED}
  WHERE e.type = 'email.subscribed' AND e.recipient IS NOT NULL GROUP BY e.recipient
  ON CONFLICT (recipient, reason) DO UPDATE SET lifted_at = excluded.lifted_at
  WHERE excluded.lifted_at > suppressions.lifted_at`

const FOUND = 'e.occurred_at, e.id, e.source, e.native_type, e.sealed'

/**
 * A lifting that falls between old evidence and newer leaves the newer in force: its first piece is looked up. Timed events
 * are found in order through the person's index; those without a time are few. What is no longer stored is not found:
 * then the newest evidence has to stand for it.
 */
const REFIND_FIRST = `
  UPDATE suppressions AS s
  SET (since, event_id, source, native_type, sealed) = (
    SELECT occurred_at, id, source, native_type, sealed FROM (
      SELECT * FROM (
        SELECT 0 AS choice, ${FOUND} FROM events e WHERE coalesce(e.recipient, e.message_id) = s.recipient
          AND e.id >= printf('%012x', max(s.lifted_at, 1)) AND e.type = 'email.unsubscribed'
        ORDER BY e.id LIMIT 1)
      UNION ALL
      SELECT 0, ${FOUND} FROM events e WHERE coalesce(e.recipient, e.message_id) = s.recipient
        AND e.id < '${FIRST_TIMED_ID}' AND e.occurred_at >= s.lifted_at AND e.type = 'email.unsubscribed'
      UNION ALL
      SELECT 1, s.as_of, s.event_id, s.source, s.native_type, s.sealed)
    ORDER BY choice, occurred_at, id LIMIT 1)
  WHERE s.active AND s.since < s.lifted_at AND s.reason = 'unsubscribe' AND s.recipient IN (
    SELECT e.recipient FROM ${INSERTED} WHERE e.type = 'email.subscribed')`

/** The first piece of new evidence that no lifting covers, and the time of the newest. */
const SUPPRESS = `
  ${SUPPRESS_UPSERT.insert}
  WITH ${RULES},
  evidence AS (
    SELECT e.recipient, r.reason, e.id,
      row_number() OVER (PARTITION BY e.recipient, r.reason ORDER BY e.occurred_at, e.id) AS place,
      max(e.occurred_at) OVER (PARTITION BY e.recipient, r.reason) AS as_of
    FROM ${INSERTED}
    JOIN rules r ON r.type = e.type AND (r.bounce_type IS NULL OR r.bounce_type = e.bounce_type)
    LEFT JOIN suppressions s ON s.recipient = e.recipient AND s.reason = r.reason
    WHERE e.recipient IS NOT NULL AND e.occurred_at >= coalesce(s.lifted_at, 0))
  SELECT v.recipient, v.reason, e.occurred_at, v.as_of, e.id, e.source, e.native_type, e.sealed
  FROM evidence v CROSS JOIN events e ON e.id = v.id WHERE v.place = 1
  ${SUPPRESS_UPSERT.conflict}`

const DIRECT: readonly EventType[] = ['email.bounced', 'email.spam_reported', 'email.unsubscribed']

/** In this order: what is lifted first does not suppress. */
const STEPS: readonly (readonly [sql: string, types: readonly EventType[]])[] = [
  [LIFT, ['email.subscribed']],
  [REFIND_FIRST, ['email.subscribed']],
  [SUPPRESS, DIRECT],
  ...SOFT_BOUNCES,
]

export const suppressionList: StoreHandler = {
  name: 'suppression-list',
  types: [...new Set(STEPS.flatMap(([, types]) => types))],
  statements: (slice) =>
    STEPS.map(([sql, types]) => ({ sql, part: ofTypes(slice, types) }))
      .filter(({ part }) => part.events.length > 0)
      .map(({ sql, part }) => bound(sql, part)),
}

const bound = (sql: string, slice: Slice): D1PreparedStatement =>
  slice.db.prepare(sql).bind(...inserted(slice))
