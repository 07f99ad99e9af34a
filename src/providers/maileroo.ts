/**
 * Maileroo. Verified by an HMAC over the body. No time is signed, so an old delivery cannot be told from a new one: the replay
 * memory and the event's id keep it from counting twice.
 *
 * Maileroo's page says only that a shared secret signs each event. Independent receivers agree on the details: HMAC-SHA256 of the
 * body as sent, in hex, in `X-Maileroo-Signature`. Its OTP product and its inbound routing sign in other ways and are not
 * supported.
 *
 * Opens and clicks name the message but no recipient. One receiver expects `{"events": […]}` (2026); that Maileroo sends it was not seen.
 *
 * @see https://maileroo.com/docs/api-reference/emails/webhooks and https://maileroo.com/features/email-webhooks
 * @see https://maileroo.com/help/webhook-ip-addresses
 */
import type { EventType } from '../event/mail-event.ts'
import { isObject } from '../platform/json.ts'
import { withoutBrackets } from '../event/message-id.ts'
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
import { type Draft, type Opened, type VerifiedBytes, provider } from './shared/provider.ts'
import { bodyHmacProof } from './shared/hmac.ts'

const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['accepted', 'email.sent'],
  ['delivered', 'email.delivered'],
  ['deferred', 'email.deferred'],
  ['failed', 'email.bounced'],
  ['rejected', 'email.rejected'],
  ['opened', 'email.opened'],
  ['clicked', 'email.clicked'],
  ['complained', 'email.spam_reported'],
])

export const maileroo = provider({
  name: 'maileroo',
  title: 'Maileroo',
  nameless: {
    types: ['email.opened', 'email.clicked'],
    why: 'Maileroo names no address in opens and clicks.',
  },
  secrets: { signing_secret: 'text' },
  authMethods: [bodyHmacProof(['x-maileroo-signature'], 'signing_secret')],
  // No time is signed, so this is only how long a body is remembered. Receivers report retries for 14 hours.
  replayWindowSeconds: 26 * 3_600,
  publishedNetworks: [
    '5.22.213.210/32',
    '116.202.21.189/32',
    '212.147.230.174/32',
    '2a01:4f8:c014:33bd::1/128',
    '2a04:3542:1000:910:9c39:aaff:feed:1a2d/128',
    '2a04:3542:1000:910:9c39:aaff:feed:1a9c/128',
  ],
  open,
  read,
})

function open(body: VerifiedBytes): Opened {
  const opened = openArray(body)
  const events = opened.kind === 'items' ? valueAt(opened.items[0], 'events') : undefined
  return Array.isArray(events) ? { kind: 'items', items: events } : opened
}

function read(item: unknown): readonly Draft[] | undefined {
  const event = textAt(item, 'event_type')
  if (!isObject(item) || event === undefined) return undefined
  const type = TYPES.get(event) ?? 'email.unknown'
  const data = objectAt(item, 'event_data')
  const reason = textAt(data, 'reason') ?? textAt(data, 'reject_reason')
  const id = textAt(item, 'event_id')
  const own = id ?? canonical(item)
  const codes = codesOf(reason)
  return recipientsOf(data, type).map((recipient) => ({
    type,
    native_type: event,
    occurredAtMs: secondsAt(item, 'event_time') ?? instantAt(item, 'inserted_at'),
    identity: [own, recipient],
    provider_event_id: id,
    // The id that the sending call returned; the other one is the message's own header.
    message_id: textAt(item, 'message_reference_id') ?? withoutBrackets(textAt(item, 'message_id')),
    other_message_ids: otherIdsAt(item, 'message_id'),
    recipient,
    // "Permanent failure"; temporary failures are deferrals. A code that says otherwise is one of a mail that was given up.
    bounce_type:
      type === 'email.bounced' ? (codes.smtp_code?.startsWith('4') === true ? 'soft' : 'hard') : undefined,
    reason,
    reject_reason: type === 'email.rejected' ? 'other' : undefined,
    ...codes,
    url: textAt(data, 'original_url'),
    user_agent: textAt(data, 'user_agent'),
    client_ip: textAt(data, 'ip'),
    tags: Array.isArray(valueAt(item, 'tags')) ? textsAt(item, 'tags') : [],
    metadata: objectAt(item, 'tags'),
  }))
}

/** One recipient, except for a rejection: it is about the whole message and lists all recipients. Any other event of several is nobody's. */
function recipientsOf(data: unknown, type: EventType): readonly Draft['recipient'][] {
  const all = [...new Set(textsAt(data, 'to').map(addressOf))]
  if (all.length === 0) return [undefined]
  return all.length === 1 || type === 'email.rejected' ? all : [null]
}
