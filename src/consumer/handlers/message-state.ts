/** Where each message stands with each recipient: the newest event by its own time, in whatever order they come. */
import { EVENT_TYPES, type EventType } from '../../event/mail-event.ts'
import { INSERTED, type StoreHandler, inserted } from './handler.ts'

/**
 * Which of two events of the same millisecond comes later: many ESPs tell time in whole seconds. An event without a name in
 * our vocabulary says nothing about a state and never overrides one that does.
 */
const RANKS: Readonly<Record<EventType, number>> = {
  'email.unknown': -1,
  'email.inbound': 0,
  'email.sent': 1,
  'email.deferred': 2,
  'email.delivered': 3,
  'email.autoresponded': 4,
  'email.rejected': 5,
  'email.failed': 5,
  'email.bounced': 6,
  'email.opened': 7,
  'email.clicked': 8,
  'email.subscribed': 9,
  'email.unsubscribed': 10,
  'email.spam_reported': 11,
}

const RANK = `CASE e.type ${EVENT_TYPES.map((type) => `WHEN '${type}' THEN ${RANKS[type]}`).join(' ')} END`

/** The newest of the batch for each message and recipient, so that a state is written once however many come together. */
const UPSERT = `
  INSERT INTO message_states (message_id, source, recipient, state, rank, occurred_at, event_id)
  SELECT message_id, source, recipient, type, rank, occurred_at, id FROM (
    SELECT *, row_number() OVER (
      PARTITION BY message_id, source, recipient
      ORDER BY rank >= 0 DESC, occurred_at DESC, rank DESC, id DESC) AS place
    FROM (
      SELECT e.message_id, e.source, coalesce(e.recipient, x'') AS recipient, e.type, ${RANK} AS rank, e.occurred_at, e.id
      FROM ${INSERTED} WHERE e.message_id IS NOT NULL))
  WHERE place = 1
  ON CONFLICT (message_id, source, recipient) DO UPDATE SET
    state = excluded.state, rank = excluded.rank, occurred_at = excluded.occurred_at, event_id = excluded.event_id
  WHERE (excluded.rank >= 0, excluded.occurred_at, excluded.rank, excluded.event_id)
    > (message_states.rank >= 0, message_states.occurred_at, message_states.rank, message_states.event_id)`

export const messageState: StoreHandler = {
  name: 'message-state',
  types: 'all',
  statements: (slice) => [slice.db.prepare(UPSERT).bind(...inserted(slice))],
}
