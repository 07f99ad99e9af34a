/**
 * SMTP2GO webhooks. Nothing is signed: SMTP2GO sends the `Authorization` that was set on the webhook (Basic or bearer). So anyone
 * who has seen one delivery can forge others. The body is not covered.
 *
 * JSON or form fields, chosen per webhook. The message headers that were chosen there are fields of their own. The format of its
 * UTC times is not documented: RFC 3339, the same without a zone, and Unix seconds are read. Text messages share the webhook, with
 * numbers and texts in fields of their own (read on 2026-08-13), so they are dropped.
 *
 * @see https://developers.smtp2go.com/docs/webhooks-overview
 */
import type { BounceType, EventType } from '../event/mail-event.ts'
import { type JsonObject, isObject } from '../platform/json.ts'
import { mediaType } from '../platform/media-type.ts'
import { codesOf } from '../event/cause/answer.ts'
import {
  addressOf,
  canonical,
  openArray,
  otherIdsAt,
  secondsAt,
  textAt,
  textsAt,
  utcAt,
} from './shared/native.ts'
import { type Draft, type Opened, type VerifiedBytes, provider } from './shared/provider.ts'
import { basicProof, bearerProof } from './shared/credentials.ts'
import { urlEncodedFields } from './shared/forms.ts'

const FORM = 'application/x-www-form-urlencoded'

const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['processed', 'email.sent'],
  ['delivered', 'email.delivered'],
  ['open', 'email.opened'],
  ['click', 'email.clicked'],
  ['bounce', 'email.bounced'],
  ['spam', 'email.spam_reported'],
  ['unsubscribe', 'email.unsubscribed'],
  ['resubscribe', 'email.subscribed'],
  ['reject', 'email.rejected'],
])

const TEXT_MESSAGE = /^(?:sms[_-].*|opt-out)$/

/** SMTP2GO's own fields. All others are message headers that were chosen on the webhook. `id` is the webhook's, not the event's. */
const NATIVE_KEYS = new Set([
  'auth', 'bounce', 'context', 'email_id', 'event', 'from', 'from_address', 'from_name', 'host', 'id', 'message', 'message-id',
  'rcpt', 'read-secs', 'recipients', 'sender', 'sendtime', 'srchost', 'subject', 'time', 'url', 'user-agent',
]) // prettier-ignore
const NATIVE_PREFIX = /^(?:client|geoip-)/

export const smtp2go = provider({
  name: 'smtp2go',
  title: 'SMTP2GO',
  contentTypes: ['application/json', FORM],
  secrets: { basic_auth: 'basic', bearer_token: 'text' },
  generated: ['bearer_token'],
  authMethods: [basicProof(), bearerProof()],
  // 35 attempts. Their list of intervals adds up to 96 h, the text beside it says 48 h.
  replayWindowSeconds: 5 * 86_400,
  open,
  read,
})

function open(body: VerifiedBytes): Opened {
  if (mediaType(body.contentType) !== FORM) return openArray(body)
  const fields = urlEncodedFields(body.bytes)
  return fields === undefined
    ? { kind: 'unreadable' }
    : { kind: 'items', items: [Object.fromEntries(fields)] }
}

function read(item: unknown): readonly Draft[] | undefined {
  const event = textAt(item, 'event')
  if (!isObject(item) || event === undefined) return undefined
  if (TEXT_MESSAGE.test(event)) return []
  const type = TYPES.get(event) ?? 'email.unknown'
  // A captured bounce has no `message` (Smtp2Go.NET@2642f07): its text stands in `context`, after the SMTP command.
  const reason = textAt(item, 'message') ?? (type === 'email.bounced' ? textAt(item, 'context') : undefined)
  // SMTP2GO documents no event id.
  const own = canonical(item)
  return recipientsOf(item, type).map((recipient) => ({
    type,
    native_type: event,
    occurredAtMs: timeAt(item, 'time') ?? timeAt(item, 'sendtime'),
    identity: [own, recipient],
    message_id: textAt(item, 'email_id'),
    // The mail's own Message-ID.
    other_message_ids: otherIdsAt(item, 'message-id'),
    recipient,
    bounce_type:
      type === 'email.bounced' ? (BOUNCES.get(textAt(item, 'bounce') ?? '') ?? 'undetermined') : undefined,
    reason,
    reject_reason: type === 'email.rejected' ? 'other' : undefined,
    ...codesOf(reason),
    // Not in the published list of fields; read if present.
    url: textAt(item, 'url'),
    user_agent: textAt(item, 'user-agent'),
    // In other events it is the address that submitted the mail.
    client_ip: type === 'email.opened' || type === 'email.clicked' ? textAt(item, 'srchost') : undefined,
    metadata: Object.fromEntries(
      Object.entries(item).filter(([key]) => !NATIVE_KEYS.has(key) && !NATIVE_PREFIX.test(key)),
    ),
  }))
}

const BOUNCES: ReadonlyMap<string, BounceType> = new Map([
  ['hard', 'hard'],
  ['soft', 'soft'],
])

/**
 * The event's own recipient. Without one, a message that was just accepted gives an event for each recipient, and any other event of
 * several is about nobody.
 */
function recipientsOf(item: JsonObject, type: EventType): readonly Draft['recipient'][] {
  const recipient = addressOf(textAt(item, 'rcpt'))
  if (recipient !== undefined) return [recipient]
  const all = textsAt(item, 'recipients').map(addressOf)
  if (all.length === 0) return [undefined]
  return all.length === 1 || type === 'email.sent' ? all : [null]
}

const timeAt = (item: JsonObject, key: string): number | undefined => utcAt(item, key) ?? secondsAt(item, key)
