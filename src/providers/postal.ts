/**
 * Postal (self-hosted) webhooks. Signed with RSA PKCS#1 v1.5 over the body as sent, under the installation's one key:
 * `X-Postal-Signature-256` with SHA-256, and on old installations `X-Postal-Signature` with SHA-1. The weaker one counts only if
 * the stronger is absent, so that a valid SHA-1 never outweighs an invalid SHA-256. No time is signed outside the body, and a
 * retry has the same bytes. Not covered: headers (the key id among them) and URL.
 *
 * The public key is the `p=` value of `postal default-dkim-record`, or the same as PEM.
 *
 * @see https://docs.postalserver.io/developer/webhooks
 */
import type { EventType } from '../event/mail-event.ts'
import { type JsonObject, isObject } from '../platform/json.ts'
import { type Delivery, type Presented, lacks } from './shared/presented-credentials.ts'
import { codesOf } from '../event/cause/answer.ts'
import { canonical, objectAt, otherIdsAt, secondsAt, textAt, textsAt, valueAt } from './shared/native.ts'
import { type Draft, provider } from './shared/provider.ts'

const SHA256 = 'x-postal-signature-256'
const SHA1 = 'x-postal-signature'

const TYPES: ReadonlyMap<string, EventType> = new Map([
  // The receiving server has accepted it.
  ['MessageSent', 'email.delivered'],
  ['MessageDelayed', 'email.deferred'],
  ['MessageDeliveryFailed', 'email.bounced'],
  ['MessageBounced', 'email.bounced'],
  // Held until an operator of the installation releases it.
  ['MessageHeld', 'email.deferred'],
  ['MessageLinkClicked', 'email.clicked'],
  ['MessageLoaded', 'email.opened'],
])

const SLOTS = ['public_key', 'public_key_pem']

export const postal = provider({
  name: 'postal',
  title: 'Postal',
  secrets: { public_key: 'rsa-public', public_key_pem: 'rsa-public' },
  authMethods: [{ name: 'signature', slots: SLOTS, covers: 'body', credentials: signature }],
  // Six attempts within 36 minutes, with the same bytes and signature.
  replayWindowSeconds: 3_600,
  read,
})

function signature(delivery: Delivery): Presented {
  const strong = delivery.headers.get(SHA256)
  const text = strong ?? delivery.headers.get(SHA1)
  if (text === null) return lacks('header_missing', SHA256)
  return {
    scheme: 'rsa',
    hash: strong === null ? 'SHA-1' : 'SHA-256',
    slots: SLOTS,
    signatures: [{ text, encoding: 'base64' }],
    signed: [delivery.body],
    identity: [delivery.body],
    coversBody: true,
  }
}

function read(item: unknown): readonly Draft[] | undefined {
  const event = textAt(item, 'event')
  const payload = valueAt(item, 'payload')
  if (!isObject(item) || event === undefined || !isObject(payload)) return undefined
  const original = valueAt(payload, 'original_message')
  // A bounce message that arrived later is reported with both messages, independent of the event's name.
  const cameBack = isObject(original)
  const message = cameBack ? original : objectAt(payload, 'message')
  // Mail that the installation received. Its delivery to a route is not about a sent message.
  if (textAt(message, 'direction') === 'incoming') return []
  const type = cameBack ? 'email.bounced' : (TYPES.get(event) ?? 'email.unknown')
  const uuid = textAt(item, 'uuid')
  const output = textAt(payload, 'output')
  return [
    {
      type,
      native_type: event,
      occurredAtMs: secondsAt(item, 'timestamp'),
      identity: uuid === undefined ? [canonical(item)] : [event, uuid],
      provider_event_id: uuid,
      message_id: messageId(message),
      other_message_ids: otherIdsAt(message, 'message_id'),
      recipient: textAt(message, 'to'),
      bounce_type: type === 'email.bounced' ? 'hard' : event === 'MessageDelayed' ? 'soft' : undefined,
      reason: output ?? textAt(payload, 'details'),
      ...codesOf(output),
      url: textAt(payload, 'url'),
      user_agent: textAt(payload, 'user_agent'),
      client_ip: textAt(payload, 'ip_address'),
      tags: textsAt(message, 'tag'),
    },
  ]
}

const messageId = (message: JsonObject): string | undefined =>
  textAt(message, 'id') ?? textAt(message, 'message_id') ?? textAt(message, 'token')
