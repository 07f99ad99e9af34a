/**
 * MailerSend. Verified by an HMAC over the body as sent, including PHP's `\/`. No time is signed, so an old delivery cannot be
 * told from a new one: the replay memory and the activity's id keep it from counting twice.
 *
 * The API page names the header `Signature`, the official Node SDK `x-mailersend-signature`; both are read.
 *
 * MailerSend saves a webhook only if a test call gets 2xx, which it signs with a secret that is the same for all customers. Its pages
 * say so; the form and a signed example are in Symfony's bridge of 2026-04-08 (symfony/symfony#63915). Anybody can sign with that
 * secret, so it verifies no delivery, also not as the secret of a source.
 *
 * Payloads have two versions, and nothing but `data.email` names theirs: an object in version 1, which MailerSend stopped on 2026-12-01,
 * and absent or a text in version 2. The API page calls the recipient of version 2 `email`; the release note and the deliveries that
 * were captured call it `recipient` (django-anymail#490, 2026-09-12; symfony#65589, 2026-08-23). Both are read.
 *
 * Version 2 has no time but the envelope's `created_at`. In captured deliveries that is the activity's whole second, while the test call
 * has microseconds there, so it is taken for the activity's own time, which a retry keeps. That a retry keeps it is not documented.
 * Version 1 has milliseconds: an activity that is reported in both versions counts twice unless it happened at a whole second.
 *
 * @see https://developers.mailersend.com/api/v1/webhooks.html and https://www.mailersend.com/whats-new/webhooks-v2
 */
import type { EventType, RejectReason } from '../event/mail-event.ts'
import { type JsonObject, isObject, parseUnverified } from '../platform/json.ts'
import { codesOf } from '../event/cause/answer.ts'
import { canonical, entriesWithout, instantAt, objectAt, textAt, textsAt } from './shared/native.ts'
import { type Draft, provider } from './shared/provider.ts'
import { bodyHmacProof } from './shared/hmac.ts'

const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['activity.sent', 'email.sent'],
  ['activity.delivered', 'email.delivered'],
  ['activity.soft_bounced', 'email.bounced'],
  ['activity.hard_bounced', 'email.bounced'],
  ['activity.deferred', 'email.deferred'],
  ['activity.opened', 'email.opened'],
  ['activity.opened_unique', 'email.opened'],
  ['activity.clicked', 'email.clicked'],
  ['activity.clicked_unique', 'email.clicked'],
  ['activity.unsubscribed', 'email.unsubscribed'],
  ['activity.spam_complaint', 'email.spam_reported'],
  ['activity.suppressed', 'email.rejected'],
])

const BOUNCES: ReadonlyMap<string, 'hard' | 'soft'> = new Map([
  ['activity.soft_bounced', 'soft'],
  ['activity.hard_bounced', 'hard'],
])

/** By `suppression_reason`. `on_hold` was seen: a hold ends after three days. The others are the names of MailerSend's own lists. */
const REJECTIONS: ReadonlyMap<string, RejectReason> = new Map([
  ['on_hold', 'blocked'],
  ['blocklisted', 'blocked'],
  ['hard_bounced', 'bounced'],
  ['spam_complaint', 'spam'],
  ['unsubscribed', 'unsubscribed'],
])

/**
 * Events about the account and its lists, text messages, and the test call. A hold that MailerSend puts on a recipient, or takes away, is
 * not a wish of that person.
 */
const NO_MESSAGE_EVENT =
  /^(?:webhook\.test|(?:sms|maintenance)\..*|recipient\.on_hold_(?:added|removed)|bulk_email\.completed|(?:sender_identity|email_single|email_list)\.verified|inbound_forward\.failed|inbound_message\.rejected)$/

/** The time at which the webhook of version 1 was built: seconds after the event, and different on a retry. */
const RETRY_FACTS: ReadonlySet<string> = new Set(['created_at'])

export const mailersend = provider({
  name: 'mailersend',
  title: 'MailerSend',
  secrets: { signing_secret: 'text' },
  authMethods: [bodyHmacProof(['signature', 'x-mailersend-signature'], 'signing_secret')],
  // No time is signed, so this is only how long a body is remembered. Receivers report retries for about three days (2026).
  replayWindowSeconds: 76 * 3_600,
  firstCall: {
    kind: 'webhook.test',
    // Their secret signs the whole body, so a field that they add harms nobody.
    hasForm: ({ body }) => textAt(parseUnverified(body), 'type') === 'webhook.test',
    publishedSecret: 'test_Am3L1GuOIc4blLUuHqAPxxwkZaJyEk8G',
  },
  read,
})

function read(item: unknown): readonly Draft[] | undefined {
  const event = textAt(item, 'type')
  if (!isObject(item) || event === undefined) return undefined
  if (NO_MESSAGE_EVENT.test(event)) return []
  const data = objectAt(item, 'data')
  const id = textAt(data, 'id')
  return [
    {
      type: TYPES.get(event) ?? 'email.unknown',
      native_type: event,
      // The same activity may be reported twice, as the plain event and as the `_unique` one.
      identity:
        id === undefined
          ? [canonical(entriesWithout(item, RETRY_FACTS))]
          : [event.replace(/_unique$/, ''), id],
      provider_event_id: id,
      bounce_type: BOUNCES.get(event),
      ...(isObject(data['email']) ? version1(data) : version2(item, data)),
    },
  ]
}

type Versioned = Omit<Draft, 'type' | 'native_type' | 'identity'>

function version1(data: JsonObject): Versioned {
  const morph = objectAt(data, 'morph')
  return {
    occurredAtMs: instantAt(data, 'created_at'),
    message_id: textAt(data, 'email', 'message', 'id'),
    other_message_ids: sentAs(textAt(data, 'email', 'id')),
    recipient: textAt(data, 'email', 'recipient', 'email'),
    reason: textAt(morph, 'readable_reason') ?? textAt(morph, 'reason'),
    url: textAt(morph, 'url'),
    client_ip: textAt(morph, 'ip'),
    tags: textsAt(data, 'email', 'tags'),
  }
}

function version2(item: JsonObject, data: JsonObject): Versioned {
  // `[]` if there is none.
  const meta = objectAt(data, 'meta')
  const bounce = textAt(meta, 'bounce_reason')
  const suppression = textAt(meta, 'suppression_reason')
  const codes = codesOf(bounce)
  return {
    occurredAtMs: instantAt(data, 'created_at') ?? instantAt(item, 'created_at'),
    message_id: textAt(data, 'message_id'),
    other_message_ids: sentAs(textAt(data, 'email_id')),
    recipient: textAt(data, 'recipient') ?? textAt(data, 'email'),
    reason: bounce ?? textAt(meta, 'unsubscribe_reason') ?? suppression,
    reject_reason:
      item['type'] === 'activity.suppressed' ? (REJECTIONS.get(suppression ?? '') ?? 'other') : undefined,
    ...codes,
    smtp_code: textAt(meta, 'bounce_code') ?? codes.smtp_code,
    url: textAt(meta, 'url'),
    user_agent: textAt(meta, 'user_agent'),
    client_ip: textAt(meta, 'ip'),
    tags: textsAt(data, 'tags'),
  }
}

/** The id of one recipient's mail, and the Message-ID header that MailerSend makes of it (django-anymail, captured 2026-09-12). */
const sentAs = (emailId: string | undefined): string[] =>
  emailId === undefined ? [] : [emailId, `${emailId}@mailersend.net`]
