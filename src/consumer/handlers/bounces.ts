/** Keeps bounces as evidence for the suppression policy, see `store/policy/`. */
import { OTHER_PROVIDER } from '../../event/mailbox-providers.ts'
import { DELIVERIES_MISSING_UNTIL } from '../../store/history.ts'
import { WITH_INSERTED } from '../../store/inserted.ts'
import { mayBeTheAddress } from '../../store/suppression-reasons.ts'
import { type EventToStore, textIn } from '../../store/stored-event.ts'
import type { StoreHandler } from './handler.ts'

/**
 * For events `e`. A bounce whose cause is the sender's says nothing of the address. A soft one proves nothing if the store may have lost
 * the deliveries after it. Removal deletes earlier bounces of a person with each delivery that it removes (`store/removal.ts`).
 */
const IS_EVIDENCE = `e.type = 'email.bounced' AND e.recipient IS NOT NULL
  AND ${mayBeTheAddress('e.cause')}
  AND (e.bounce_type = 'hard' OR (e.bounce_type = 'soft' AND e.occurred_at > ${DELIVERIES_MISSING_UNTIL}))`

const KEEP = `
  ${WITH_INSERTED}
  INSERT INTO evidence (recipient, reason, occurred_at, event_id, source, native_type, sealed, cause, message, mailbox_provider)
  SELECT e.recipient, iif(e.bounce_type = 'hard', 'hard_bounce', 'soft_bounces'),
    e.occurred_at, e.id, e.source, e.native_type, e.sealed, e.cause, e.message_id, ?2 ->> e.id
  FROM inserted e WHERE ${IS_EVIDENCE}`

/** The mailbox provider of a bounce that counts for a wave. */
const providerOf = (event: EventToStore): readonly (readonly [string, string])[] => {
  const { id, mailboxProvider: provider } = event
  const isCounted = textIn(event, 'cause') === 'no_mailbox' && textIn(event, 'bounce_type') === 'hard'
  return isCounted && provider !== undefined && provider !== OTHER_PROVIDER ? [[id, provider]] : []
}

export const bounces: StoreHandler = {
  name: 'bounces',
  types: ['email.bounced'],
  statements: ({ db, events, writer }) => [
    db.prepare(KEEP).bind(writer, JSON.stringify(Object.fromEntries(events.flatMap(providerOf)))),
  ],
}
