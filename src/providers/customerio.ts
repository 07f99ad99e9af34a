/**
 * Customer.io reporting webhooks. Verified by an HMAC over `v0:`, the time and the whole body.
 *
 * `subscribed` and `unsubscribed` are about the person's one attribute for all mail. Their `object_type` is only the channel in which
 * she said so, so they count for any. (Customer.io's OpenAPI of reporting webhooks, as published on 2026-08-22, for all fields here.)
 *
 * After a failed call every later event waits, for up to 7 days. So an event that Postern cannot use must never be answered with
 * an error, and answers must be sent within 4 seconds. Customer.io's pages publish different address lists, so none is built in;
 * time and body are signed anyway.
 *
 * @see https://docs.customer.io/api/webhooks and https://docs.customer.io/integrations/data-out/connections/webhooks
 */
import type { EventType } from '../event/mail-event.ts'
import { utf8 } from '../platform/bytes.ts'
import { type JsonObject, isObject, parseJsonText } from '../platform/json.ts'
import { bounceTypeByCode } from './shared/bounce-codes.ts'
import { codesOf } from '../event/cause/answer.ts'
import { addressOf, canonical, objectAt, secondsAt, textAt } from './shared/native.ts'
import { type Draft, provider } from './shared/provider.ts'
import { timestampedHmacProof } from './shared/hmac.ts'

/** By `object_type` and `metric`. The human and machine variants are in no payload that was seen; they are read by their names. */
const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['email_sent', 'email.sent'],
  ['email_delivered', 'email.delivered'],
  ['email_opened', 'email.opened'],
  ['email_human_opened', 'email.opened'],
  ['email_machine_opened', 'email.opened'],
  ['email_clicked', 'email.clicked'],
  ['email_human_clicked', 'email.clicked'],
  ['email_machine_clicked', 'email.clicked'],
  ['email_bounced', 'email.bounced'],
  ['email_dropped', 'email.rejected'],
  ['email_undeliverable', 'email.rejected'],
  ['email_deferred', 'email.deferred'],
  ['email_attempted', 'email.deferred'],
  ['email_spammed', 'email.spam_reported'],
  ['email_failed', 'email.failed'],
])

/** Changes of the person's attribute, by `metric` alone. */
const PERSON_METRICS: ReadonlyMap<string, EventType> = new Map([
  ['unsubscribed', 'email.unsubscribed'],
  ['subscribed', 'email.subscribed'],
])

/** A change of some topics. */
const TOPICS_CHANGED = 'cio_subscription_preferences_changed'

/** Channels other than email: their `recipient` is a telephone number or a device. */
const FOREIGN_OBJECTS: ReadonlySet<string> = new Set([
  'push',
  'sms',
  'in_app',
  'slack',
  'webhook',
  'whatsapp',
])

/** Metrics from before a message is sent and after its effect. */
const NO_MESSAGE_METRICS: ReadonlySet<string> = new Set(['drafted', 'converted'])

export const customerio = provider({
  name: 'customerio',
  title: 'Customer.io',
  secrets: { signing_key: 'text' },
  authMethods: [
    timestampedHmacProof({
      signature: 'x-cio-signature',
      timestamp: 'x-cio-timestamp',
      slot: 'signing_key',
      encoding: 'hex',
      signed: (timestamp, { body }) => [utf8(`v0:${timestamp}:`), body],
    }),
  ],
  // Retries run for 7 days. Whether they are signed anew is not documented, and refusing one would block all later events.
  replayWindowSeconds: 7 * 86_400,
  // After a 429 Customer.io waits a whole hour, after a 503 only as long as its backoff.
  statuses: { rateLimited: 503 },
  read,
})

function read(item: unknown): readonly Draft[] | undefined {
  const object = textAt(item, 'object_type')
  const metric = textAt(item, 'metric')
  if (!isObject(item) || object === undefined || metric === undefined) return undefined
  const data = objectAt(item, 'data')
  const isForeign = FOREIGN_OBJECTS.has(object)
  const recipient = recipientOf(data, isForeign)
  const personType = PERSON_METRICS.get(metric)
  const isPersonal = personType !== undefined || metric === TOPICS_CHANGED
  if (NO_MESSAGE_METRICS.has(metric)) return []
  // A person without an address is no person to mail.
  if (isForeign && (!isPersonal || recipient === undefined)) return []
  const native = `${object}_${metric}`
  const type = personType ?? TYPES.get(native) ?? 'email.unknown'
  const id = textAt(item, 'event_id')
  const reason = textAt(data, 'failure_message')
  const codes = codesOf(reason)
  const draft: Draft = {
    type,
    native_type: native,
    occurredAtMs: secondsAt(item, 'timestamp'),
    identity: [id ?? canonical(item)],
    provider_event_id: id,
    message_id: textAt(data, 'delivery_id'),
    recipient,
    // Customer.io does not say whether it is hard or soft.
    bounce_type: type === 'email.bounced' ? bounceTypeByCode(codes.enhanced_code) : undefined,
    reason,
    reject_reason: type === 'email.rejected' ? 'other' : undefined,
    ...codes,
    url: textAt(data, 'href'),
    campaign_id: CAMPAIGN_KEYS.map((key) => textAt(data, key)).find((text) => text !== undefined),
    automated: automatedOf(metric, data),
  }
  return metric === TOPICS_CHANGED ? topicChanges(draft, textAt(data, 'content')) : [draft]
}

const CAMPAIGN_KEYS = ['campaign_id', 'newsletter_id', 'broadcast_id', 'transactional_message_id'] as const

/** The address of the message, else the person's: events about a person have `email_address`, which may be null. */
const recipientOf = (data: JsonObject, isForeign: boolean): string | undefined =>
  addressOf(
    (isForeign ? undefined : textAt(data, 'recipient')) ??
      textAt(data, 'identifiers', 'email') ??
      textAt(data, 'email_address'),
  )

/**
 * Whether a machine opened or clicked. `proxied` alone is a proxy of images, which loads for people too. `synthetic` means that the open was
 * only inferred from a click, so it is nobody's act of its own.
 */
function automatedOf(metric: string, data: JsonObject): boolean | undefined {
  if (/^(?:human|machine)_/.test(metric)) return metric.startsWith('machine_')
  const flags = ['prefetched', 'synthetic', 'machine'].map((name) => data[name])
  if (flags.includes(true)) return true
  return flags.includes(false) && data['proxied'] !== true ? false : undefined
}

/** One event for each changed topic: `{"topics":{"topic_1":false}}`, which is sent only if the webhook includes body content. */
const topicChanges = (draft: Draft, content: string | undefined): readonly Draft[] =>
  Object.entries(objectAt(parseJsonText(content ?? ''), 'topics'))
    .filter(([, joined]) => typeof joined === 'boolean')
    .map(([topic, joined]) => {
      const scope = `topic:${topic}`
      const type = joined === true ? 'email.subscribed' : 'email.unsubscribed'
      return { ...draft, type, scope, identity: [...draft.identity, scope] }
    })
