/**
 * Emailit. Verified by an HMAC over the time, a dot and the whole body. Unlike in Standard Webhooks, the key is the whole secret
 * as text, with `whsec_`. Every attempt is signed anew.
 *
 * Batches have up to 100 events. An earlier page of the same docs shows a single object, which is read as well. The page of October 2026
 * has the object twice, as `object` and `data.object`, and `timestamp` where an earlier one has `created_at`. What it has in bounces and
 * complaints could not be read. The first version of the API had `object` alone and other types; whether it is still sent is not known.
 *
 * @see https://emailit.com/docs/webhooks/webhook-requests and https://emailit.com/docs/webhooks/event-types
 */
import type { BounceType, EventType } from '../event/mail-event.ts'
import { utf8 } from '../platform/bytes.ts'
import { type JsonObject, isObject } from '../platform/json.ts'
import { codesOf } from '../event/cause/answer.ts'
import {
  addressOf,
  canonical,
  instantAt,
  objectAt,
  openArray,
  otherIdsAt,
  secondsAt,
  textAt,
  textsAt,
  valueAt,
} from './shared/native.ts'
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
  ['email.unsubscribed', 'email.unsubscribed'],
  // Until the account's limit or review ends.
  ['email.held', 'email.deferred'],
  // The first version.
  ['email.delivery.sent', 'email.delivered'],
  ['email.delivery.hardfail', 'email.bounced'],
  ['email.delivery.bounce', 'email.bounced'],
  ['email.delivery.softfail', 'email.deferred'],
  ['email.delivery.error', 'email.deferred'],
  ['email.delivery.held', 'email.deferred'],
  ['email.delivery.delayed', 'email.deferred'],
  ['email.link.clicked', 'email.clicked'],
])

/** `email.bounced` is a permanent failure, others are `attempted`. Why the first version bounced a mail is not told. */
const BOUNCES: ReadonlyMap<string, BounceType> = new Map([
  ['email.bounced', 'hard'],
  ['email.delivery.hardfail', 'hard'],
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
  const object = objectAt(isObject(valueAt(item, 'data', 'object')) ? item['data'] : item, 'object')
  // A click, an open and a delivery of the first version are objects of their own, which contain the email.
  const email = isObject(object['email']) ? object['email'] : object
  // Contacts and suppressions have an address there.
  const person = textAt(object, 'email')
  const id = textAt(item, 'event_id')
  const details = textAt(object, 'details')
  return [
    {
      type,
      native_type: event,
      occurredAtMs: timeOf(object),
      identity: [id ?? canonical(item)],
      provider_event_id: id,
      message_id: person === undefined ? textAt(email, 'id') : undefined,
      other_message_ids: otherIdsAt(email, 'message_id', 'token'),
      recipient: addressOf(textAt(email, 'rcpt_to') ?? textAt(email, 'to') ?? person),
      bounce_type: type === 'email.bounced' ? (BOUNCES.get(event) ?? 'undetermined') : undefined,
      reason: details,
      ...codesOf(details),
      reject_reason: type === 'email.rejected' ? 'other' : undefined,
      url: textAt(object, 'link', 'url'),
      user_agent: textAt(object, 'user_agent'),
      client_ip: textAt(object, 'ip_address'),
      tags: textsAt(email, 'tag'),
      metadata: objectAt(email, 'meta'),
    },
  ]
}

/** `updated_at` is the time of the status change; `created_at` of an email is the time of acceptance. */
const timeOf = (object: JsonObject): number | undefined =>
  instantAt(object, 'updated_at') ??
  instantAt(object, 'timestamp') ??
  // The first version.
  secondsAt(object, 'timestamp') ??
  instantAt(object, 'created_at')
