/**
 * Suppresses people who must no longer be written to, as ESPs report it. The list does not depend on the order in which events
 * arrive: the effective time of evidence is compared with the time of the last lifting. An event of one source never lifts what
 * another source reported. An unsubscribe from a scope, such as one list, suppresses for that scope only. Complaints have none. Bounces
 * suppress by the policy, see `consumer/judge-people.ts`.
 */
import type { EventType } from '../../event/mail-event.ts'
import { fingerprintOf } from '../../store/fingerprint.ts'
import { INSERTED_COLUMNS, WITH_INSERTED } from '../../store/inserted.ts'
import { segmentsOf } from '../../store/inverted-index.ts'
import { column } from '../../store/stored-event.ts'
import { isUnsubscribe, scopeEnding } from '../../store/suppression-reasons.ts'
import { type Step, type StoreHandler, stepsFor } from './handler.ts'

/** SQL: what stands behind the reason of an unsubscribe `e` that was inserted, see `store/suppression-reasons.ts`. */
const SCOPE_ENDING = `coalesce(':' || nullif(e.scope, ''), '')`

/** SQL: the reason of an event `e` that suppresses at once; null for any other. */
const REASON = `CASE WHEN e.type = 'email.unsubscribed' THEN 'unsubscribe' || ${SCOPE_ENDING}
  WHEN e.type = 'email.spam_reported' THEN 'spam_report' END`

/**
 * An `email.subscribed` lifts earlier unsubscribes, but not one of the same time. It lifts only those of its own source: a sender
 * with access to one source must not undo what another source reported. It lifts only those of its own scope: a person who joins a list
 * again has not taken back that she left everything, and one who wants mail again has not asked for each list that she left.
 */
const LIFT = `
  ${WITH_INSERTED}
  INSERT INTO resubscribed (recipient, source, lifted_at)
  SELECT e.recipient, e.source || ${SCOPE_ENDING}, max(e.occurred_at) FROM inserted e
  WHERE e.type = 'email.subscribed' AND e.recipient IS NOT NULL GROUP BY 1, 2
  ON CONFLICT (recipient, source) DO UPDATE SET lifted_at = excluded.lifted_at
  WHERE excluded.lifted_at > resubscribed.lifted_at`

/** SQL: when the source of an unsubscribe `e` lifted its scope; 0 if it did not. */
const resubscribedAt = (ending: string): string => `coalesce((
  SELECT l.lifted_at FROM resubscribed l WHERE l.recipient = e.recipient AND l.source = e.source || ${ending}), 0)`

/** Stores unsubscribes, which later events may need as evidence. */
const KEEP_EVIDENCE = `
  ${WITH_INSERTED}
  INSERT INTO evidence (recipient, reason, occurred_at, event_id, source, native_type, sealed)
  SELECT e.recipient, ${REASON}, e.occurred_at, e.id, e.source, e.native_type, e.sealed
  FROM inserted e
  WHERE e.recipient IS NOT NULL AND e.type = 'email.unsubscribed' AND e.occurred_at >= ${resubscribedAt(SCOPE_ENDING)}`

const WHO_SUBSCRIBED = `SELECT recipient FROM inserted WHERE type = 'email.subscribed'`

/** The time of a lifting only increases, so lifted evidence is never needed again. */
const FORGET_LIFTED = `
  ${WITH_INSERTED}
  DELETE FROM evidence AS e WHERE ${isUnsubscribe('e.reason')} AND e.occurred_at < ${resubscribedAt(scopeEnding('e.reason'))}
    AND e.recipient IN (${WHO_SUBSCRIBED})`

/** Recomputes a suppression after a lifting: the first remaining evidence, and the time of the newest, if any. */
const REFIND = `
  ${WITH_INSERTED}
  UPDATE suppressions AS s
  SET (since, event_id, source, native_type, sealed, as_of) = (
    SELECT v.occurred_at, v.event_id, v.source, v.native_type, v.sealed, (
      SELECT max(n.occurred_at) FROM evidence n WHERE n.recipient = s.recipient AND n.reason = s.reason)
    FROM evidence v
    WHERE v.recipient = s.recipient AND v.reason = s.reason AND v.occurred_at >= s.lifted_at
    ORDER BY v.occurred_at, v.event_id LIMIT 1)
  WHERE s.active AND ${isUnsubscribe('s.reason')} AND s.recipient IN (${WHO_SUBSCRIBED})`

/** SQL: whether the listed evidence stays the first: it is after the last lifting and older than the new evidence. */
const LISTED_IS_FIRST = `suppressions.since >= suppressions.lifted_at
  AND (suppressions.since, suppressions.event_id) <= (excluded.since, excluded.event_id)`

const OF_FIRST = ['since', 'event_id', 'source', 'native_type', 'sealed']

/** Adds the first new evidence that no lifting covers, and the time of the newest. */
const SUPPRESS = `
  ${WITH_INSERTED},
  suppressing AS (SELECT e.*, ${REASON} AS for_reason FROM inserted e WHERE e.recipient IS NOT NULL),
  found AS (
    SELECT e.recipient, e.for_reason, e.occurred_at, e.id AS event_id, e.source, e.native_type, e.sealed,
      row_number() OVER (PARTITION BY e.recipient, e.for_reason ORDER BY e.occurred_at, e.id) AS nr,
      max(e.occurred_at) OVER (PARTITION BY e.recipient, e.for_reason) AS as_of
    FROM suppressing e
    LEFT JOIN suppressions s ON s.recipient = e.recipient AND s.reason = e.for_reason
    WHERE e.for_reason IS NOT NULL AND e.occurred_at >= coalesce(s.lifted_at, 0)
      AND (e.type <> 'email.unsubscribed' OR e.occurred_at >= ${resubscribedAt(SCOPE_ENDING)}))
  INSERT INTO suppressions (recipient, reason, since, as_of, event_id, source, native_type, sealed)
  SELECT recipient, for_reason, occurred_at, as_of, event_id, source, native_type, sealed FROM found WHERE nr = 1
  ON CONFLICT (recipient, reason) DO UPDATE SET
    as_of = max(coalesce(suppressions.as_of, 0), excluded.as_of),
    ${OF_FIRST.map((name) => `${name} = iif(${LISTED_IS_FIRST}, suppressions.${name}, excluded.${name})`).join(',\n    ')}`

/**
 * Finds other evidence for entries whose first evidence was replaced by another reading, or ends them if there is none. One with newer
 * evidence that is not stored any more stays. Bound to blind indexes and ids of the events as they were, and to who replaced them.
 */
export const REFIND_REPLACED = `
  WITH changed AS MATERIALIZED (SELECT unhex(value ->> 0) AS recipient, value ->> 1 AS id FROM json_each(?1)),
  touched AS MATERIALIZED (
    SELECT s.recipient, s.reason, s.since, s.as_of, s.lifted_at FROM changed c CROSS JOIN suppressions s
      ON s.recipient = c.recipient AND s.event_id = c.id
    WHERE s.active AND (s.reason = 'spam_report' OR ${isUnsubscribe('s.reason')})),
  theirs AS MATERIALIZED (
    SELECT DISTINCT t.reason AS for_reason, t.lifted_at, ${INSERTED_COLUMNS}
    FROM touched t CROSS JOIN segments b ON b.segment IN ${segmentsOf(fingerprintOf('t.recipient'))}
      CROSS JOIN json_each(b.contents) e
    WHERE unhex(${column('recipient')}) = t.recipient),
  held AS MATERIALIZED (
    SELECT e.*, row_number() OVER (PARTITION BY e.recipient, e.for_reason ORDER BY e.occurred_at, e.id) AS nr,
      max(e.occurred_at) OVER (PARTITION BY e.recipient, e.for_reason) AS as_of
    FROM theirs e WHERE ${REASON} = e.for_reason AND e.occurred_at >= e.lifted_at
      AND (e.type <> 'email.unsubscribed' OR e.occurred_at >= ${resubscribedAt(SCOPE_ENDING)}))
  UPDATE suppressions AS s SET
    (since, event_id, source, native_type, sealed, as_of) = (
      SELECT h.occurred_at, h.id, h.source, h.native_type, h.sealed, max(h.as_of, s.as_of * (s.as_of > s.since))
      FROM held h WHERE h.recipient = s.recipient AND h.for_reason = s.reason AND h.nr = 1),
    (lifted_at, lifted_by) = (
      SELECT iif(count(*) = 0, max(s.lifted_at, s.since + 1), s.lifted_at), iif(count(*) = 0, ?2, s.lifted_by)
      FROM held h WHERE h.recipient = s.recipient AND h.for_reason = s.reason)
  FROM touched t WHERE s.recipient = t.recipient AND s.reason = t.reason
    AND (t.as_of = t.since OR EXISTS (SELECT 1 FROM held h WHERE h.recipient = t.recipient AND h.for_reason = t.reason))`

/** In this order: liftings come before suppressions, so that lifted evidence does not suppress. */
const STEPS: readonly Step[] = [
  [LIFT, ['email.subscribed']],
  [KEEP_EVIDENCE, ['email.unsubscribed']],
  [FORGET_LIFTED, ['email.subscribed']],
  [REFIND, ['email.subscribed']],
  [SUPPRESS, ['email.spam_reported', 'email.unsubscribed']],
]

export const suppressionList: StoreHandler = {
  name: 'suppression-list',
  types: [...new Set(STEPS.flatMap(([, types]): readonly EventType[] => types))],
  statements: (slice) => stepsFor(STEPS, slice),
}
