/**
 * Sweego webhooks. Sweego's own description of the signature could not be read. Other receivers' code agrees on the headers of
 * Standard Webhooks and a base64 HMAC-SHA256 over id, timestamp and body under a base64 secret, with the bare signature. It is
 * read in both spellings: bare, and with the version prefix `v1,`. Both need the same secret over the same bytes. Not covered:
 * other headers and the URL. A second scheme in some code (hex over the body) is not supported.
 *
 * @see https://learn.sweego.io/
 */
import type { BounceType, EventType } from '../event/mail-event.ts'
import { isObject } from '../platform/json.ts'
import type { Delivery, Presented } from './shared/presented-credentials.ts'
import { addressOf, canonical, instantAt, otherIdsAt, textAt, textsAt } from './shared/native.ts'
import { type Draft, provider } from './shared/provider.ts'
import { standardWebhooksProof } from './shared/standard-webhooks.ts'

/** Native types with `_` for `-` and without a leading `email_`: Sweego mixes the spellings. */
const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['sent', 'email.sent'],
  ['delivered', 'email.delivered'],
  ['soft_bounce', 'email.bounced'],
  ['hard_bounce', 'email.bounced'],
  ['opened', 'email.opened'],
  ['clicked', 'email.clicked'],
  ['complaint', 'email.spam_reported'],
  ['list_unsub', 'email.unsubscribed'],
])

const BOUNCES: ReadonlyMap<string, BounceType> = new Map([
  ['soft_bounce', 'soft'],
  ['hard_bounce', 'hard'],
])

const standard = standardWebhooksProof()

export const sweego = provider({
  name: 'sweego',
  title: 'Sweego',
  secrets: { signing_secret: 'standard-webhooks' },
  authMethods: [{ ...standard, credentials: signature }],
  // Whether a retry is signed anew is not known: one day plus a margin, so that an old signature is not refused.
  replayWindowSeconds: 26 * 3_600,
  read,
})

function signature(delivery: Delivery): Presented {
  const credentials = standard.credentials(delivery, {})
  if (credentials.scheme !== 'standard-webhooks') return credentials
  const bare = /^[A-Za-z0-9+/]+={0,2}$/.test(credentials.signatures)
  return bare ? { ...credentials, signatures: `v1,${credentials.signatures}` } : credentials
}

function read(item: unknown): readonly Draft[] | undefined {
  const event = textAt(item, 'event_type')
  if (!isObject(item) || event === undefined) return undefined
  const key = event.replaceAll('-', '_').replace(/^email_/, '')
  const eventId = textAt(item, 'event_id')
  const messageId = textAt(item, 'headers', 'x-transaction-id') ?? textAt(item, 'swg_uid')
  const recipient = addressOf(textAt(item, 'recipient'))
  return [
    {
      type: TYPES.get(key) ?? 'email.unknown',
      native_type: event,
      occurredAtMs: instantAt(item, 'timestamp'),
      identity: eventId === undefined ? [canonical(item)] : [event, eventId, messageId, recipient],
      provider_event_id: eventId,
      message_id: messageId,
      other_message_ids: otherIdsAt(item, 'swg_uid'),
      recipient,
      bounce_type: BOUNCES.get(key),
      // The name of the clicked link's field is not documented; this one is read if present.
      url: textAt(item, 'url'),
      tags: textsAt(item, 'campaign_tags'),
      campaign_id: textAt(item, 'campaign_id'),
    },
  ]
}
