/**
 * Customer.io reporting webhooks. Verified by an HMAC over `v0:`, the time and the whole body.
 *
 * After a failed call every later event waits, for up to 7 days. So an event that Postern cannot use must never be answered with
 * an error, and answers must be sent within 4 seconds. Customer.io's pages publish different address lists, so none is built in;
 * time and body are signed anyway.
 *
 * @see https://docs.customer.io/api/webhooks and https://docs.customer.io/integrations/data-out/connections/webhooks
 */
import type { EventType } from '../event/mail-event.ts'
import { utf8 } from '../platform/bytes.ts'
import { isObject } from '../platform/json.ts'
import { canonical, objectAt, secondsAt, textAt } from './shared/native.ts'
import { type Draft, provider } from './shared/provider.ts'
import { timestampedHmacProof } from './shared/hmac.ts'

/** By `object_type` and `metric`. The human and machine variants are not documented; they are read by their names. */
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
  ['email_unsubscribed', 'email.unsubscribed'],
  ['customer_unsubscribed', 'email.unsubscribed'],
  ['customer_subscribed', 'email.subscribed'],
])

/** Channels other than email. */
const FOREIGN_OBJECTS: ReadonlySet<string> = new Set(['push', 'sms', 'in_app', 'slack', 'webhook'])

/** Metrics from before a message is sent and after its effect, and a person's settings. */
const NO_MESSAGE_METRICS: ReadonlySet<string> = new Set([
  'drafted',
  'converted',
  'cio_subscription_preferences_changed',
])

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
  if (FOREIGN_OBJECTS.has(object) || NO_MESSAGE_METRICS.has(metric)) return []
  const native = `${object}_${metric}`
  const type = TYPES.get(native) ?? 'email.unknown'
  const data = objectAt(item, 'data')
  const id = textAt(item, 'event_id')
  return [
    {
      type,
      native_type: native,
      occurredAtMs: secondsAt(item, 'timestamp'),
      identity: [id ?? canonical(item)],
      provider_event_id: id,
      message_id: textAt(data, 'delivery_id'),
      recipient: textAt(data, 'recipient') ?? textAt(data, 'identifiers', 'email'),
      // Customer.io does not say whether it is hard or soft.
      bounce_type: type === 'email.bounced' ? 'undetermined' : undefined,
      reason: textAt(data, 'failure_message'),
      reject_reason: type === 'email.rejected' ? 'other' : undefined,
      url: textAt(data, 'href'),
      campaign_id: CAMPAIGN_KEYS.map((key) => textAt(data, key)).find((text) => text !== undefined),
    },
  ]
}

const CAMPAIGN_KEYS = ['campaign_id', 'newsletter_id', 'broadcast_id', 'transactional_message_id'] as const
