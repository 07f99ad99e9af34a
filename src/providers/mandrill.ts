/**
 * Mandrill (Mailchimp Transactional) webhooks. `X-Mandrill-Signature` is the base64 HMAC-SHA1 of the webhook's URL exactly as it
 * was set at Mandrill, followed by the name and decoded value of each form parameter, sorted by name. A proxy in front changes
 * the URL, so the source should set its own. No time is signed, so an old delivery cannot be told from a new one: the event's
 * identity keeps it from counting twice. Not covered: headers.
 *
 * Nothing separates the parts of the signed text. So the list of events must come last, and its beginning must not occur before
 * it. Other parameters are not read, and the whole text is the delivery's identity.
 *
 * Each webhook has its own key, which exists only once the webhook is created. Before that, Mandrill sends a HEAD and posts an
 * empty list under the literal key `test-webhook`. Both are answered without verification, since they have no content. A source
 * that held that key would accept anyone's deliveries, so it is refused like every published key.
 *
 * @see https://mailchimp.com/developer/transactional/docs/webhooks/
 */
import type { EventType, RejectReason } from '../event/mail-event.ts'
import { utf8 } from '../platform/bytes.ts'
import { type JsonObject, isObject, parseJsonText } from '../platform/json.ts'
import { type Delivery, type Presented, lacks } from './shared/presented-credentials.ts'
import { codesOf } from '../event/cause/answer.ts'
import { canonical, objectAt, secondsAt, textAt, textsAt, valueAt } from './shared/native.ts'
import { bounceClassCause, nativeCauses } from './shared/native-cause.ts'
import {
  type Draft,
  type Opened,
  type VerifiedBytes,
  type SourceSettings,
  provider,
} from './shared/provider.ts'
import { lastField, urlEncodedFields } from './shared/forms.ts'
import { URL_SLOT } from './shared/slots.ts'

const SIGNATURE = 'x-mandrill-signature'
const EVENTS = 'mandrill_events'

const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['send', 'email.sent'],
  ['delivered', 'email.delivered'],
  ['deferral', 'email.deferred'],
  ['hard_bounce', 'email.bounced'],
  ['soft_bounce', 'email.bounced'],
  ['reject', 'email.rejected'],
  ['open', 'email.opened'],
  ['click', 'email.clicked'],
  ['spam', 'email.spam_reported'],
  ['unsub', 'email.unsubscribed'],
  ['inbound', 'email.inbound'],
])

/** Mandrill's reasons for an entry in its rejection list. */
const REJECT_REASONS: ReadonlyMap<string, RejectReason> = new Map([
  ['hard-bounce', 'bounced'],
  ['soft-bounce', 'bounced'],
  ['spam', 'spam'],
  ['unsub', 'unsubscribed'],
  ['invalid', 'invalid'],
  ['invalid-sender', 'other'],
  ['custom', 'other'],
])

export const mandrill = provider({
  name: 'mandrill',
  title: 'Mandrill',
  methods: ['POST', 'HEAD'],
  contentTypes: ['application/x-www-form-urlencoded'],
  secrets: { webhook_key: 'text', [URL_SLOT]: 'signed-url' },
  authMethods: [{ name: 'signature', slots: ['webhook_key'], covers: 'body', credentials: signature }],
  // Failed batches are retried with the same signature. For how long is not documented: one day plus a margin.
  replayWindowSeconds: 26 * 3_600,
  answerValidation: ({ method, body }) =>
    method === 'HEAD' || isEmptyBatch(body) ? { status: 200 } : undefined,
  open,
  read,
})

function isEmptyBatch(body: Uint8Array): boolean {
  // A longer body is no validation request, so it need not be parsed.
  const fields = body.byteLength > 64 ? [] : (urlEncodedFields(body) ?? [])
  return fields.length === 1 && fields[0]?.[0] === EVENTS && fields[0][1] === '[]'
}

function signature(delivery: Delivery, { publicUrl }: SourceSettings): Presented {
  const text = delivery.headers.get(SIGNATURE)
  if (text === null) return lacks('header_missing', SIGNATURE)
  const fields = urlEncodedFields(delivery.body)
  if (fields === undefined) return lacks('proof_malformed', EVENTS)
  const sorted = fields.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  // The source's own URL exactly as set: `url` also has a query that was added on the way.
  const whole = (publicUrl ?? delivery.url) + sorted.flat().join('')
  const events = lastField(fields, EVENTS)
  if (events === undefined || whole.indexOf(`${EVENTS}[`) !== whole.length - EVENTS.length - events.length)
    return lacks('proof_malformed', EVENTS)
  const signed = [utf8(whole)]
  return {
    scheme: 'hmac',
    hash: 'SHA-1',
    slots: ['webhook_key'],
    signatures: [{ text, encoding: 'base64' }],
    signed,
    identity: signed,
    coversBody: true,
  }
}

function open(body: VerifiedBytes): Opened {
  const text = lastField(urlEncodedFields(body.bytes) ?? [], EVENTS)
  const parsed = text === undefined ? undefined : parseJsonText(text)
  return Array.isArray(parsed) ? { kind: 'items', items: parsed } : { kind: 'unreadable' }
}

function read(item: unknown): readonly Draft[] | undefined {
  if (!isObject(item)) return undefined
  const event = textAt(item, 'event')
  return event === undefined ? readListChange(item) : [readMessageEvent(item, event)]
}

function readMessageEvent(item: JsonObject, event: string): Draft {
  const message = objectAt(item, 'msg')
  const type = TYPES.get(event) ?? 'email.unknown'
  const occurredAtMs = secondsAt(item, 'ts')
  const messageId = textAt(item, '_id') ?? textAt(message, '_id')
  const recipient = textAt(message, 'email')
  const url = textAt(item, 'url')
  const rejected = textAt(message, 'reject', 'reason') ?? textAt(item, 'reject', 'reason')
  const diagnosis = textAt(message, 'diag') ?? lastReply(message)
  return {
    type,
    native_type: event,
    occurredAtMs,
    // Mandrill has no event id, and a message's `opens`, `clicks` and `state` change between two attempts. Inbound mail has no
    // Mandrill id either.
    identity: messageId === undefined ? [canonical(item)] : [event, messageId, recipient, occurredAtMs, url],
    message_id: messageId,
    recipient,
    bounce_type: BOUNCES.get(event),
    reason: diagnosis ?? textAt(message, 'bounce_description') ?? rejected,
    cause:
      causeOf(rejected) ??
      causeOf(textAt(message, 'bounce_description')) ??
      bounceClassCause(textAt(message, 'bgtools_code')),
    reject_reason: type === 'email.rejected' ? (REJECT_REASONS.get(rejected ?? '') ?? 'other') : undefined,
    ...codesOf(diagnosis),
    url,
    user_agent: textAt(item, 'user_agent'),
    client_ip: textAt(item, 'ip'),
    tags: textsAt(message, 'tags'),
    metadata: objectAt(message, 'metadata'),
  }
}

/** By the reason of a rejection, and the description of a bounce. */
const causeOf = nativeCauses({
  'hard-bounce': 'suppressed',
  'soft-bounce': 'suppressed',
  spam: 'suppressed/complaint',
  custom: 'suppressed',
  rule: 'suppressed',
  unsub: 'unsubscribed',
  unsigned: 'authentication',
  'invalid-sender': 'authentication',
  bad_mailbox: 'no_mailbox',
  invalid_domain: 'no_domain',
})

/** The receiving server's last answer; a deferral and a delivery have it here. */
function lastReply(message: JsonObject): string | undefined {
  const attempts = valueAt(message, 'smtp_events')
  return Array.isArray(attempts) ? textAt(attempts.at(-1), 'diag') : undefined
}

const BOUNCES: ReadonlyMap<string, NonNullable<Draft['bounce_type']>> = new Map([
  ['hard_bounce', 'hard'],
  ['soft_bounce', 'soft'],
  ['deferral', 'soft'],
])

/** Changes of the denylist and the allowlist (`type`, not `event`): they are about no message and keep their native type. */
function readListChange(item: JsonObject): readonly Draft[] | undefined {
  const list = textAt(item, 'type')
  if (list === undefined) return undefined
  const entry = isObject(valueAt(item, 'reject')) ? objectAt(item, 'reject') : objectAt(item, 'entry')
  return [
    {
      type: 'email.unknown',
      native_type: list,
      occurredAtMs: secondsAt(item, 'ts'),
      identity: [canonical(item)],
      recipient: textAt(entry, 'email'),
      reason: textAt(entry, 'detail') ?? textAt(entry, 'reason'),
    },
  ]
}
