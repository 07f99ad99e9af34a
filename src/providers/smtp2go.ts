/**
 * SMTP2GO webhooks. Nothing is signed: SMTP2GO sends the `Authorization` that was set on the webhook (Basic or bearer). So anyone
 * who has seen one delivery can forge others. The body is not covered.
 *
 * JSON or form fields, chosen per webhook. The message headers that were chosen there are fields of their own. The format of its
 * UTC times is not documented: RFC 3339, the same without a zone, and Unix seconds are read.
 *
 * @see https://developers.smtp2go.com/docs/webhooks-overview
 */
import type { BounceType, EventType } from '../event/mail-event.ts'
import { type JsonObject, isObject } from '../platform/json.ts'
import { mediaType } from '../platform/media-type.ts'
import {
  addressOf,
  canonical,
  codesOf,
  openArray,
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

/** SMTP2GO's own fields. All others are message headers that were chosen on the webhook. */
const NATIVE_KEYS = new Set([
  'auth', 'bounce', 'context', 'email_id', 'event', 'from', 'host', 'message', 'rcpt', 'read-secs',
  'recipients', 'sender', 'sendtime', 'subject', 'time', 'url', 'user-agent',
]) // prettier-ignore
const NATIVE_PREFIX = /^(?:client|geoip-)/

export const smtp2go = provider({
  name: 'smtp2go',
  title: 'SMTP2GO',
  contentTypes: ['application/json', FORM],
  secrets: { basic_auth: 'basic', bearer_token: 'text' },
  generated: ['bearer_token'],
  authMethods: [basicProof(), bearerProof()],
  // Retries are not documented: one day plus a margin.
  replayWindowSeconds: 26 * 3_600,
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
  const type = TYPES.get(event) ?? 'email.unknown'
  const reason = textAt(item, 'message')
  // SMTP2GO documents no event id.
  const own = canonical(item)
  return recipientsOf(item).map((recipient) => ({
    // SMS events share the webhook.
    type,
    native_type: event,
    occurredAtMs: timeAt(item, 'time') ?? timeAt(item, 'sendtime'),
    identity: [own, recipient],
    message_id: textAt(item, 'email_id'),
    recipient,
    bounce_type:
      type === 'email.bounced' ? (BOUNCES.get(textAt(item, 'bounce') ?? '') ?? 'undetermined') : undefined,
    reason,
    reject_reason: type === 'email.rejected' ? 'other' : undefined,
    ...codesOf(reason),
    // Not in the published list of fields; read if present.
    url: textAt(item, 'url'),
    user_agent: textAt(item, 'user-agent'),
    metadata: Object.fromEntries(
      Object.entries(item).filter(([key]) => !NATIVE_KEYS.has(key) && !NATIVE_PREFIX.test(key)),
    ),
  }))
}

const BOUNCES: ReadonlyMap<string, BounceType> = new Map([
  ['hard', 'hard'],
  ['soft', 'soft'],
])

/** The event's own recipient, or all recipients of the message if it has none. */
function recipientsOf(item: JsonObject): readonly (string | undefined)[] {
  const recipient = addressOf(textAt(item, 'rcpt'))
  if (recipient !== undefined) return [recipient]
  const all = textsAt(item, 'recipients').map(addressOf)
  return all.length === 0 ? [undefined] : all
}

const timeAt = (item: JsonObject, key: string): number | undefined => utcAt(item, key) ?? secondsAt(item, key)
