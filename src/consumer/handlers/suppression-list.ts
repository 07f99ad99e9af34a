/**
 * Suppresses people who must not be written to any more, by what ESPs report. The list after a set of events is the same
 * in whatever order they come: evidence counts by its own time against the time of the last lifting.
 */
import type { EventType } from '../../event/mail-event.ts'
import { WITH_INSERTED } from '../../store/inserted.ts'
import { type Step, type StoreHandler, stepsFor } from './handler.ts'
import { IS_SOFT, SOFT_BOUNCES } from './soft-bounces.ts'
import { SUPPRESS_UPSERT } from './suppress.ts'

/** Kinds of event that suppress at once. */
const RULES = `rules (reason, type, bounce_type) AS (VALUES
  ('hard_bounce', 'email.bounced', 'hard'),
  ('spam_report', 'email.spam_reported', NULL),
  ('unsubscribe', 'email.unsubscribed', NULL))`

/** What later events may have to look up again. */
const KEEP_EVIDENCE = `
  ${WITH_INSERTED}
  INSERT INTO evidence (recipient, reason, occurred_at, event_id, source, native_type, sealed)
  SELECT e.recipient, iif(e.type = 'email.unsubscribed', 'unsubscribe', 'soft_bounces'),
    e.occurred_at, e.id, e.source, e.native_type, e.sealed
  FROM inserted e WHERE e.recipient IS NOT NULL AND (e.type = 'email.unsubscribed' OR (${IS_SOFT}))`

/** An `email.subscribed` lifts an unsubscribe that is older; one of the same time stands. */
const LIFT = `
  ${WITH_INSERTED}
  INSERT INTO suppressions (recipient, reason, lifted_at)
  SELECT e.recipient, 'unsubscribe', max(e.occurred_at) FROM inserted e
  WHERE e.type = 'email.subscribed' AND e.recipient IS NOT NULL GROUP BY e.recipient
  ON CONFLICT (recipient, reason) DO UPDATE SET lifted_at = excluded.lifted_at
  WHERE excluded.lifted_at > suppressions.lifted_at`

/**
 * A lifting that falls between old evidence and newer leaves the newer in force: its first piece is looked up. What is no
 * longer stored is not found: then the newest evidence has to stand for it.
 */
const REFIND_FIRST = `
  ${WITH_INSERTED}
  UPDATE suppressions AS s
  SET (since, event_id, source, native_type, sealed) = (
    SELECT occurred_at, event_id, source, native_type, sealed FROM (
      SELECT * FROM (
        SELECT 0 AS choice, v.occurred_at, v.event_id, v.source, v.native_type, v.sealed FROM evidence v
        WHERE v.recipient = s.recipient AND v.reason = s.reason AND v.occurred_at >= s.lifted_at
        ORDER BY v.occurred_at, v.event_id LIMIT 1)
      UNION ALL
      SELECT 1, s.as_of, s.event_id, s.source, s.native_type, s.sealed)
    ORDER BY choice LIMIT 1)
  WHERE s.active AND s.since < s.lifted_at AND s.reason = 'unsubscribe' AND s.recipient IN (
    SELECT e.recipient FROM inserted e WHERE e.type = 'email.subscribed')`

/** The first piece of new evidence that no lifting covers, and the time of the newest. */
const SUPPRESS = `
  ${WITH_INSERTED}, ${RULES},
  found AS (
    SELECT e.recipient, r.reason, e.occurred_at, e.id AS event_id, e.source, e.native_type, e.sealed,
      row_number() OVER (PARTITION BY e.recipient, r.reason ORDER BY e.occurred_at, e.id) AS place,
      max(e.occurred_at) OVER (PARTITION BY e.recipient, r.reason) AS as_of
    FROM inserted e
    CROSS JOIN rules r ON r.type = e.type AND (r.bounce_type IS NULL OR r.bounce_type = e.bounce_type)
    LEFT JOIN suppressions s ON s.recipient = e.recipient AND s.reason = r.reason
    WHERE e.recipient IS NOT NULL AND e.occurred_at >= coalesce(s.lifted_at, 0))
  ${SUPPRESS_UPSERT.insert}
  SELECT recipient, reason, occurred_at, as_of, event_id, source, native_type, sealed FROM found WHERE place = 1
  ${SUPPRESS_UPSERT.conflict}`

/** In this order: what is lifted first does not suppress. */
const STEPS: readonly Step[] = [
  [KEEP_EVIDENCE, ['email.bounced', 'email.unsubscribed']],
  [LIFT, ['email.subscribed']],
  [REFIND_FIRST, ['email.subscribed']],
  [SUPPRESS, ['email.bounced', 'email.spam_reported', 'email.unsubscribed']],
  ...SOFT_BOUNCES,
]

export const suppressionList: StoreHandler = {
  name: 'suppression-list',
  types: [...new Set(STEPS.flatMap(([, types]): readonly EventType[] => types))],
  statements: (slice) => stepsFor(STEPS, slice),
}
