/**
 * Lettermint. Verified by an HMAC over the time, a dot and the whole body; time and signature share one header.
 *
 * `X-Lettermint-Delivery` repeats the time and is not signed. Like Lettermint's SDKs, Postern refuses a different time there.
 * Some SDKs also refuse a request without the header, which adds no safety, so Postern accepts it.
 *
 * The fields are those of Lettermint's SDK for Laravel (tests of October 2026). Events of its sandbox are no events of a message: the
 * sender chooses how each ends. An entry in the suppression list may be an operator's, so its addition suppresses nobody and its removal
 * lifts nothing; both keep their native type. Machine events come only if the webhook asks for them, and say so in `bot`.
 *
 * @see https://lettermint.co/docs/platform/webhooks/events and https://lettermint.co/docs/platform/webhooks/signing
 * @see https://github.com/lettermint/lettermint-laravel `tests/Feature/Webhooks`
 */
import type { EventType, RejectReason } from '../event/mail-event.ts'
import { type JsonObject, isObject } from '../platform/json.ts'
import { codesOf } from '../event/cause/answer.ts'
import { addressOf, canonical, instantAt, objectAt, textAt, textsAt } from './shared/native.ts'
import { type Draft, provider } from './shared/provider.ts'
import { sharedHeaderHmacProof } from './shared/hmac.ts'

const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['message.created', 'email.sent'],
  ['message.sent', 'email.sent'],
  ['message.delivered', 'email.delivered'],
  ['message.hard_bounced', 'email.bounced'],
  ['message.soft_bounced', 'email.bounced'],
  ['message.spam_complaint', 'email.spam_reported'],
  ['message.failed', 'email.failed'],
  ['message.policy_rejected', 'email.rejected'],
  ['message.suppressed', 'email.rejected'],
  ['message.unsubscribed', 'email.unsubscribed'],
  ['message.opened', 'email.opened'],
  ['message.clicked', 'email.clicked'],
  ['message.auto_replied', 'email.autoresponded'],
  ['message.inbound', 'email.inbound'],
])

const BOUNCES: ReadonlyMap<string, 'hard' | 'soft'> = new Map([
  ['message.hard_bounced', 'hard'],
  ['message.soft_bounced', 'soft'],
])

/** By `reason_code` of a suppressed message, with the names that the API gives to reasons of the list. */
const REJECTIONS: ReadonlyMap<string, RejectReason> = new Map([
  ['hard_bounce', 'bounced'],
  ['spam_complaint', 'spam'],
  ['unsubscribe', 'unsubscribed'],
])

/** The name under which `tags` has the older `tag` again. */
const RESERVED_TAG = '__lettermint_tag'

export const lettermint = provider({
  name: 'lettermint',
  title: 'Lettermint',
  secrets: { signing_secret: 'text' },
  authMethods: [
    sharedHeaderHmacProof({
      signature: 'x-lettermint-signature',
      slot: 'signing_secret',
      repeated: 'x-lettermint-delivery',
    }),
  ],
  // The SDKs' tolerance.
  replayWindowSeconds: 300,
  read,
})

function read(item: unknown): readonly Draft[] | undefined {
  const event = textAt(item, 'event')
  if (!isObject(item) || event === undefined) return undefined
  if (event === 'webhook.test' || item['sandbox'] === true) return []
  const type = TYPES.get(event) ?? 'email.unknown'
  const data = objectAt(item, 'data')
  const id = textAt(item, 'id')
  const own = id ?? canonical(item)
  const reason = textAt(data, 'response', 'content') ?? textAt(data, 'reason')
  const codes = codesOf(reason)
  return recipientsOf(event, data).map((recipient) => ({
    type,
    native_type: event,
    occurredAtMs: timeOf(item, data),
    identity: [own, recipient],
    provider_event_id: id,
    message_id: textAt(data, 'message_id'),
    recipient,
    bounce_type: BOUNCES.get(event),
    reason,
    reject_reason:
      type === 'email.rejected' ? (REJECTIONS.get(textAt(data, 'reason_code') ?? '') ?? 'other') : undefined,
    smtp_code: textAt(data, 'response', 'status_code') ?? codes.smtp_code,
    enhanced_code: textAt(data, 'response', 'enhanced_status_code') ?? codes.enhanced_code,
    url: textAt(data, 'destination_url'),
    user_agent: textAt(data, 'user_agent'),
    automated: automated(data),
    ...labelsOf(data),
  }))
}

/** The event's own time; else that of the report. Older deliveries call it `created_at`. */
const timeOf = (item: JsonObject, data: JsonObject): number | undefined =>
  instantAt(data, 'opened_at') ??
  instantAt(data, 'clicked_at') ??
  instantAt(data, 'unsubscribed_at') ??
  instantAt(item, 'timestamp') ??
  instantAt(item, 'created_at')

/** One recipient, except for a message that was just accepted, which lists all of them, or refused by the policy, which names nobody. */
function recipientsOf(event: string, data: JsonObject): readonly Draft['recipient'][] {
  const recipient =
    textAt(data, 'recipient') ??
    // The person who answered.
    textAt(data, 'auto_reply', 'sender') ??
    // An entry of the suppression list, which may also be a domain.
    (data['type'] === 'email' ? textAt(data, 'value') : undefined)
  const all = ['to', 'cc', 'bcc'].flatMap((field) => textsAt(data, field)).map(addressOf)
  if (recipient === undefined && all.length > 0) return [...new Set(all)]
  return [recipient ?? (event === 'message.policy_rejected' ? null : undefined)]
}

function automated(data: JsonObject): boolean | undefined {
  const { detected, machine } = objectAt(data, 'bot')
  if (detected === true || machine === true) return true
  return detected === false ? false : undefined
}

/** The one tag, and pairs of name and value, which are metadata. */
function labelsOf(data: JsonObject): Pick<Draft, 'tags' | 'metadata'> {
  const pairs = Array.isArray(data['tags']) ? data['tags'] : []
  const named = new Map(pairs.map((pair) => [textAt(pair, 'name'), textAt(pair, 'value')]))
  const tag = textAt(data, 'tag') ?? named.get(RESERVED_TAG)
  named.delete(RESERVED_TAG)
  named.delete(undefined)
  return {
    tags: tag === undefined ? [] : [tag],
    metadata: { ...Object.fromEntries(named), ...objectAt(data, 'metadata') },
  }
}
