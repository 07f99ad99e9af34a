/**
 * Sweego webhooks: the headers of Standard Webhooks and a base64 HMAC-SHA256 over id, timestamp and body under a base64 secret, with the
 * bare signature (learn.sweego.io, as Symfony's parser of 2026 implements it, symfony@05caee9). It is read in both spellings: bare, and
 * with the version prefix `v1,`. Both need the same secret over the same bytes. Not covered: other headers and the URL. A second scheme in
 * some code (hex over the body) is not supported.
 *
 * Fields are those of Symfony's fixtures and of a receiver that names real payloads. Opens and clicks come without a zone there, and other
 * events of the same message in UTC, so UTC is assumed. Another receiver expects lists of events; that Sweego sends them was not seen.
 *
 * @see https://learn.sweego.io/docs/webhooks/webhook_signature
 */
import type { BounceType, EventType } from '../event/mail-event.ts'
import { type JsonObject, isObject } from '../platform/json.ts'
import type { Delivery, Presented } from './shared/presented-credentials.ts'
import { codesOf } from '../event/cause/answer.ts'
import { canonical, objectAt, openArray, otherIdsAt, textAt, textsAt, utcAt } from './shared/native.ts'
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
  ['inbound', 'email.inbound'],
])

/** Headers in which a sender's metadata comes back. */
const METADATA = /^x-metadata-/i

const BOUNCES: ReadonlyMap<string, BounceType> = new Map([
  ['soft_bounce', 'soft'],
  ['hard_bounce', 'hard'],
])

const EMAIL = 'email'

const standard = standardWebhooksProof()

export const sweego = provider({
  name: 'sweego',
  title: 'Sweego',
  secrets: { signing_secret: 'standard-webhooks' },
  authMethods: [{ ...standard, credentials: signature }],
  // Whether a retry is signed anew is not known: one day plus a margin, so that an old signature is not refused.
  replayWindowSeconds: 26 * 3_600,
  open: openArray,
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
  if ((textAt(item, 'channel') ?? EMAIL) !== EMAIL) return []
  const key = event.replaceAll('-', '_').replace(/^email_/, '')
  const eventId = textAt(item, 'event_id')
  const messageId =
    textAt(item, 'headers', 'x-transaction-id') ?? textAt(item, 'transaction_id') ?? textAt(item, 'swg_uid')
  const recipient = textAt(item, 'recipient') ?? onlyAddressee(item)
  const byPerson = objectAt(item, key === 'clicked' ? 'click' : 'open')
  const details = textAt(item, 'details')
  const codes = codesOf(details)
  return [
    {
      type: TYPES.get(key) ?? 'email.unknown',
      native_type: event,
      occurredAtMs: utcAt(item, 'timestamp'),
      identity: eventId === undefined ? [canonical(item)] : [event, eventId, messageId, recipient],
      provider_event_id: eventId,
      message_id: messageId,
      other_message_ids: otherIdsAt(item, 'swg_uid'),
      recipient,
      bounce_type: BOUNCES.get(key),
      reason: details,
      enhanced_code: codes.enhanced_code,
      smtp_code: textAt(item, 'response_code') ?? codes.smtp_code,
      // Some code of others has it beside the event's type.
      url: textAt(byPerson, 'url') ?? textAt(item, 'url'),
      user_agent: textAt(byPerson, 'user_agent'),
      client_ip: textAt(byPerson, 'ip_address'),
      // Loaded by a proxy. That it was none does not say that a person did it.
      automated: byPerson['proxy'] === true ? true : undefined,
      tags: textsAt(item, 'campaign_tags'),
      campaign_id: textAt(item, 'campaign_id'),
      metadata: metadataOf(objectAt(item, 'headers')),
    },
  ]
}

/** An inbound mail names its addressees. */
function onlyAddressee(item: JsonObject): Draft['recipient'] {
  const [only, ...others] = Array.isArray(item['to']) ? item['to'] : []
  return others.length === 0 ? textAt(only, 'email') : null
}

const metadataOf = (headers: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => METADATA.test(name))
      .map(([name, value]) => [name.replace(METADATA, ''), value]),
  )
