/**
 * Suppresses people who must not be written to any more, by what ESPs report. The list after a set of events is the same
 * in whatever order they come: evidence counts by its effective time against the time of the last lifting. An event of one
 * source takes nothing off the list that another source reported.
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

/**
 * An `email.subscribed` lifts unsubscribes that are older; one of the same time stands. It lifts only those that its own
 * source reported: whoever can send one source's events must not undo what another source knows.
 */
const LIFT = `
  ${WITH_INSERTED}
  INSERT INTO resubscribed (recipient, source, lifted_at)
  SELECT e.recipient, e.source, max(e.occurred_at) FROM inserted e
  WHERE e.type = 'email.subscribed' AND e.recipient IS NOT NULL GROUP BY 1, 2
  ON CONFLICT (recipient, source) DO UPDATE SET lifted_at = excluded.lifted_at
  WHERE excluded.lifted_at > resubscribed.lifted_at`

/** When an unsubscribe `e` was lifted by its own source; 0 where it was not. */
const RESUBSCRIBED_AT = `coalesce((
  SELECT l.lifted_at FROM resubscribed l WHERE l.recipient = e.recipient AND l.source = e.source), 0)`

/** What later events may have to look up again. */
const KEEP_EVIDENCE = `
  ${WITH_INSERTED}
  INSERT INTO evidence (recipient, reason, occurred_at, event_id, source, native_type, sealed)
  SELECT e.recipient, iif(e.type = 'email.unsubscribed', 'unsubscribe', 'soft_bounces'),
    e.occurred_at, e.id, e.source, e.native_type, e.sealed
  FROM inserted e WHERE e.recipient IS NOT NULL AND (
    (e.type = 'email.unsubscribed' AND e.occurred_at >= ${RESUBSCRIBED_AT}) OR (${IS_SOFT}))`

const WHO_SUBSCRIBED = `SELECT recipient FROM inserted WHERE type = 'email.subscribed'`

/** Liftings only grow, so what one has lifted is never looked up again. */
const FORGET_LIFTED = `
  ${WITH_INSERTED}
  DELETE FROM evidence AS e WHERE e.reason = 'unsubscribe' AND e.occurred_at < ${RESUBSCRIBED_AT}
    AND e.recipient IN (${WHO_SUBSCRIBED})`

/** What is left of the evidence after a lifting: its first piece and the time of its newest, or nothing. */
const REFIND = `
  ${WITH_INSERTED}
  UPDATE suppressions AS s
  SET (since, event_id, source, native_type, sealed, as_of) = (
    SELECT v.occurred_at, v.event_id, v.source, v.native_type, v.sealed, (
      SELECT max(n.occurred_at) FROM evidence n WHERE n.recipient = s.recipient AND n.reason = s.reason)
    FROM evidence v
    WHERE v.recipient = s.recipient AND v.reason = s.reason AND v.occurred_at >= s.lifted_at
    ORDER BY v.occurred_at, v.event_id LIMIT 1)
  WHERE s.active AND s.reason = 'unsubscribe' AND s.recipient IN (${WHO_SUBSCRIBED})`

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
    WHERE e.recipient IS NOT NULL AND e.occurred_at >= coalesce(s.lifted_at, 0)
      AND (r.reason <> 'unsubscribe' OR e.occurred_at >= ${RESUBSCRIBED_AT}))
  ${SUPPRESS_UPSERT.insert}
  SELECT recipient, reason, occurred_at, as_of, event_id, source, native_type, sealed FROM found WHERE place = 1
  ${SUPPRESS_UPSERT.conflict}`

/** In this order: what is lifted first does not suppress. */
const STEPS: readonly Step[] = [
  [LIFT, ['email.subscribed']],
  [KEEP_EVIDENCE, ['email.bounced', 'email.unsubscribed']],
  [FORGET_LIFTED, ['email.subscribed']],
  [REFIND, ['email.subscribed']],
  [SUPPRESS, ['email.bounced', 'email.spam_reported', 'email.unsubscribed']],
  ...SOFT_BOUNCES,
]

export const suppressionList: StoreHandler = {
  name: 'suppression-list',
  types: [...new Set(STEPS.flatMap(([, types]): readonly EventType[] => types))],
  statements: (slice) => stepsFor(STEPS, slice),
}
