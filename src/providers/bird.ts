/**
 * Bird. Verified by Standard Webhooks, which covers the id, the time and the whole body; every attempt is signed anew under the same id.
 * Its secret is `whsec_` and base64.
 *
 * Subscriptions of the older Notifications API are verified by an HMAC over the time, the webhook URL and the SHA-256 of the body: behind a
 * proxy the source must set `publicUrl`. The payload of their email channel is not publicly documented. So their email events become
 * `email.unknown` with Bird's own type, and the whole event is their metadata. Bird's oldest email product is SparkPost, which is a provider
 * of its own.
 *
 * One endpoint gets the events of all channels: whatever is not about email is dropped.
 *
 * @see https://bird.com/docs/webhooks and `internal/oapi/oapi.gen.go` of messagebird/bird-sdk-go (2026-11) for the payloads;
 * https://docs.bird.com/api/notifications-api/api-reference/webhook-subscriptions/verifying-a-webhook-subscription for the HMAC
 */
import { createHash } from 'node:crypto'
import type { BounceType, EventType, RejectReason } from '../event/mail-event.ts'
import { utf8 } from '../platform/bytes.ts'
import { type JsonObject, isObject } from '../platform/json.ts'
import { codesOf } from '../event/cause/answer.ts'
import { canonical, instantAt, objectAt, openArray, otherIdsAt, textAt, textsAt } from './shared/native.ts'
import { type Draft, type VerifiedBytes, provider } from './shared/provider.ts'
import { timestampedHmacProof } from './shared/hmac.ts'
import { standardWebhooksProof, verifiedMessageId } from './shared/standard-webhooks.ts'
import { URL_SLOT } from './shared/slots.ts'

const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['email.accepted', 'email.sent'],
  ['email.processed', 'email.sent'],
  ['email.delivered', 'email.delivered'],
  ['email.deferred', 'email.deferred'],
  ['email.bounced', 'email.bounced'],
  ['email.out_of_band_bounce', 'email.bounced'],
  ['email.rejected', 'email.rejected'],
  ['email.opened', 'email.opened'],
  ['email.clicked', 'email.clicked'],
  ['email.unsubscribed', 'email.unsubscribed'],
  ['email.list_unsubscribed', 'email.unsubscribed'],
  ['email.complained', 'email.spam_reported'],
  ['email.received', 'email.inbound'],
])

/** The choices of people, on any channel. */
const PREFERENCES: ReadonlyMap<string, EventType> = new Map([
  ['preference.granted', 'email.subscribed'],
  ['preference.revoked', 'email.unsubscribed'],
])

const BOUNCES: ReadonlyMap<string, BounceType> = new Map([
  ['hard', 'hard'],
  ['soft', 'soft'],
  ['block', 'blocked'],
  ['admin', 'blocked'],
])

const REJECTIONS: ReadonlyMap<string, RejectReason> = new Map([
  ['policy_rejection', 'blocked'],
  // Bird does not say why. Other ESPs' lists are read the same.
  ['recipient_suppressed', 'bounced'],
])

export const bird = provider({
  name: 'bird',
  title: 'Bird',
  secrets: { signing_secret: 'standard-webhooks', signing_key: 'text', [URL_SLOT]: 'signed-url' },
  authMethods: [
    standardWebhooksProof(['signing_secret'], 'standard_webhooks'),
    timestampedHmacProof({
      signature: 'messagebird-signature',
      timestamp: 'messagebird-request-timestamp',
      slot: 'signing_key',
      encoding: 'base64',
      // The digest is signed as its 32 bytes, not as text.
      signed: (timestamp, { url, body }) => [
        utf8(`${timestamp}\n${url}\n`),
        createHash('sha256').update(body).digest(),
      ],
    }),
  ],
  // The Notifications API retries for 8 hours. Two receivers saw the old time on retries, up to a day later (2026).
  replayWindowSeconds: 26 * 3_600,
  open: openArray,
  read,
})

function read(item: unknown, body: VerifiedBytes): readonly Draft[] | undefined {
  const event = textAt(item, 'type') ?? textAt(item, 'event')
  if (!isObject(item) || event === undefined) return undefined
  const data = item['data']
  const id = verifiedMessageId(body)
  const common = { native_type: event, identity: [id ?? canonical(item)], provider_event_id: id }
  const preference = PREFERENCES.get(event)
  if (isObject(data) && preference !== undefined)
    return textAt(data, 'channel') === 'email' ? [{ ...common, ...preferenceOf(preference, item, data) }] : []
  if (!/^email(?:_suppression)?\./.test(event)) return []
  if (!isObject(data)) return [{ ...common, type: 'email.unknown', occurredAtMs: undefined, metadata: item }]
  return [{ ...common, ...messageEvent(event, item, data) }]
}

type Facts = Omit<Draft, 'native_type' | 'identity' | 'provider_event_id'>

function messageEvent(event: string, item: JsonObject, data: JsonObject): Facts {
  const type = TYPES.get(event) ?? 'email.unknown'
  const reason = textAt(data, 'bounce_description') ?? textAt(data, 'defer_reason')
  const rejection = textAt(data, 'rejection_reason')
  const codes = codesOf(reason)
  return {
    type,
    occurredAtMs: instantAt(item, 'timestamp'),
    message_id: textAt(data, 'email_id') ?? textAt(data, 'inbound_message_id'),
    // The Message-ID header, of inbound mail only.
    other_message_ids: otherIdsAt(data, 'message_id'),
    // Inbound mail has those of its headers alone. Bird does not say which of them is the mailbox.
    recipient: textAt(data, 'recipient') ?? textAt(data, 'email') ?? textsAt(data, 'to').join(', '),
    bounce_type:
      type === 'email.bounced'
        ? (BOUNCES.get(textAt(data, 'bounce_type') ?? '') ?? 'undetermined')
        : undefined,
    reason: reason ?? rejection ?? textAt(data, 'reason'),
    reject_reason: type === 'email.rejected' ? (REJECTIONS.get(rejection ?? '') ?? 'other') : undefined,
    ...codes,
    smtp_code: textAt(data, 'bounce_code') ?? codes.smtp_code,
    url: textAt(data, 'url'),
    user_agent: textAt(data, 'user_agent'),
    client_ip: textAt(data, 'ip_address'),
    tags: tagsOf(data['tags']),
    campaign_id: textAt(data, 'broadcast_id'),
    metadata: objectAt(data, 'metadata'),
  }
}

/** For all mail, or for one sender or topic. */
function preferenceOf(type: EventType, item: JsonObject, data: JsonObject): Facts {
  const [sender, topic] = [textAt(data, 'sender_scope'), textAt(data, 'topic_id')]
  const ofSender = sender === undefined ? undefined : `sender:${sender}`
  return {
    type,
    occurredAtMs: instantAt(item, 'timestamp'),
    recipient: textAt(data, 'handle'),
    scope: topic === undefined ? ofSender : `topic:${topic}`,
  }
}

/** Names with or without a value. */
const tagsOf = (tags: unknown): string[] =>
  (Array.isArray(tags) ? tags : []).flatMap((tag) => {
    const [name, value] = [textAt(tag, 'name'), textAt(tag, 'value')]
    if (name === undefined) return typeof tag === 'string' && tag !== '' ? [tag] : []
    return value === undefined ? [name] : [`${name}:${value}`]
  })
