/**
 * Emailit. Verified by an HMAC over the time, a dot and the whole body. Unlike in Standard Webhooks, the key is the whole secret
 * as text, with `whsec_`. Every attempt is signed anew.
 *
 * Batches have up to 100 events. An earlier page of the same docs shows a single object, which is read as well.
 *
 * @see https://emailit.com/docs/webhooks/webhook-requests and https://emailit.com/docs/webhooks/event-types
 */
import type { EventType } from '../event/mail-event.ts'
import { utf8 } from '../platform/bytes.ts'
import { isObject } from '../platform/json.ts'
import { canonical, instantAt, objectAt, openArray, textAt } from './shared/native.ts'
import { type Draft, provider } from './shared/provider.ts'
import { timestampedHmacProof } from './shared/hmac.ts'

/** Types that are not about an email (domains, contacts, templates …) have no entry and become `email.unknown`. */
const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['email.accepted', 'email.sent'],
  ['email.delivered', 'email.delivered'],
  ['email.attempted', 'email.deferred'],
  ['email.bounced', 'email.bounced'],
  ['email.failed', 'email.failed'],
  ['email.rejected', 'email.rejected'],
  ['email.suppressed', 'email.rejected'],
  ['email.complained', 'email.spam_reported'],
  ['email.clicked', 'email.clicked'],
  ['email.loaded', 'email.opened'],
  ['email.opened', 'email.opened'],
  ['email.received', 'email.inbound'],
])

export const emailit = provider({
  name: 'emailit',
  title: 'Emailit',
  secrets: { signing_secret: 'text' },
  authMethods: [
    timestampedHmacProof({
      signature: 'x-emailit-signature',
      timestamp: 'x-emailit-timestamp',
      slot: 'signing_secret',
      encoding: 'hex',
      signed: (timestamp, { body }) => [utf8(`${timestamp}.`), body],
    }),
  ],
  // Emailit documents "a few minutes".
  replayWindowSeconds: 300,
  open: openArray,
  read,
})

function read(item: unknown): readonly Draft[] | undefined {
  const event = textAt(item, 'type')
  if (!isObject(item) || event === undefined) return undefined
  const type = TYPES.get(event) ?? 'email.unknown'
  const object = objectAt(item, 'data', 'object')
  // A click or an open is an object of its own, which contains the email.
  const email = isObject(object['email']) ? object['email'] : object
  const id = textAt(item, 'event_id')
  return [
    {
      type,
      native_type: event,
      // `updated_at` is the time of the status change; `created_at` of an email is the time of acceptance.
      occurredAtMs: instantAt(object, 'updated_at') ?? instantAt(object, 'created_at'),
      identity: [id ?? canonical(item)],
      provider_event_id: id,
      message_id: textAt(email, 'id'),
      recipient: textAt(email, 'rcpt_to') ?? textAt(email, 'to'),
      // Only permanent failures are bounces at Emailit; the others are `attempted`.
      bounce_type: type === 'email.bounced' ? 'hard' : undefined,
      reject_reason: type === 'email.rejected' ? 'other' : undefined,
      url: textAt(object, 'link', 'url'),
      user_agent: textAt(object, 'user_agent'),
      client_ip: textAt(object, 'ip_address'),
      metadata: objectAt(email, 'meta'),
    },
  ]
}
