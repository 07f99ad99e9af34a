/** Where a message stands with each of its recipients. */
import type { EventType } from '../event/mail-event.ts'
import { toInstant } from '../platform/time.ts'
import { type Store, inSight, sourcesInSight } from './store.ts'

export interface MessageState {
  /** In its normal spelling; null when the ESP names nobody, or the person was erased. */
  readonly recipient: string | null
  /** Type of the newest event. */
  readonly state: EventType
  readonly occurred_at: string
  readonly event_id: string
}

interface Row {
  readonly recipient: string
  readonly wrapped_key: string
  readonly state: EventType
  readonly occurred_at: number
  readonly event_id: string
}

/** A newsletter may go out under one message id; an answer must end. */
const RECIPIENTS_MAX = 1_000

/** The states of one message, newest first, of at most a thousand recipients; empty when it is unknown. */
export async function messageStates(
  store: Store,
  message: { readonly source: string; readonly message_id: string },
): Promise<MessageState[]> {
  const { results } = await store.db
    .prepare(
      `SELECT lower(hex(m.recipient)) AS recipient, lower(hex(r.wrapped_key)) AS wrapped_key,
         m.state, m.occurred_at, m.event_id
       FROM message_states m LEFT JOIN recipients r ON r.recipient = m.recipient
       WHERE m.message_id = ?1 AND m.source = ?2 AND ${inSight('m.source', '?3')}
       ORDER BY m.occurred_at DESC, m.event_id DESC LIMIT ${RECIPIENTS_MAX}`,
    )
    .bind(message.message_id, message.source, sourcesInSight(store))
    .all<Row>()
  return Promise.all(
    results.map(async ({ recipient, wrapped_key, state, occurred_at, event_id }) => ({
      recipient: store.sight.personal
        ? ((await store.people.find(recipient, wrapped_key))?.address ?? null)
        : null,
      state,
      occurred_at: toInstant(occurred_at),
      event_id,
    })),
  )
}
