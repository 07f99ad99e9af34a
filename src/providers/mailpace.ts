/**
 * MailPace webhooks. `X-MailPace-Signature` is the base64 Ed25519 signature of the body as sent, under one key pair per domain. No
 * time is signed, so an old delivery cannot be told from a new one: the event's identity keeps it from counting twice. Not
 * covered: headers and URL. Inbound webhooks have no signature and are refused.
 *
 * **One error ends everything**: after a connection error or any HTTP status of an error, MailPace switches the webhook off until
 * somebody switches it on again. Only after a timeout, or a fault of TLS, does it retry, up to ten times (the page below, of 2025-06-19).
 * So a genuine delivery that cannot be taken at this moment is held until MailPace gives up waiting, and none is too large. A delivery
 * that is not verified is refused as everywhere: it is a stranger's, or the key here is wrong.
 *
 * @see https://docs.mailpace.com/guide/webhooks/
 */
import type { EventType } from '../event/mail-event.ts'
import { isObject } from '../platform/json.ts'
import { type Delivery, type Presented, lacks } from './shared/presented-credentials.ts'
import { addressesOf, instantAt, otherIdsAt, textAt, textsAt, valueAt } from './shared/native.ts'
import { type Draft, provider } from './shared/provider.ts'

const SIGNATURE = 'x-mailpace-signature'

const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['email.queued', 'email.sent'],
  ['email.delivered', 'email.delivered'],
  ['email.deferred', 'email.deferred'],
  ['email.bounced', 'email.bounced'],
  // MailPace's own outbound filter, not a person's complaint.
  ['email.spam', 'email.rejected'],
])

export const mailpace = provider({
  name: 'mailpace',
  title: 'MailPace',
  secrets: { public_key: 'ed25519-public' },
  authMethods: [{ name: 'signature', slots: ['public_key'], covers: 'body', credentials: signature }],
  // The schedule of the retries is not documented: one day plus a margin, which costs only memory.
  replayWindowSeconds: 26 * 3_600,
  // The payload holds the whole text of the mail, twice.
  maxBodyBytes: 10 * 1_048_576,
  holdsTemporaryRefusals: true,
  read,
})

function signature(delivery: Delivery): Presented {
  const text = delivery.headers.get(SIGNATURE)
  if (text === null) return lacks('header_missing', SIGNATURE)
  return {
    scheme: 'ed25519',
    slots: ['public_key'],
    signatures: [{ text, encoding: 'base64' }],
    signed: [delivery.body],
    identity: [delivery.body],
    coversBody: true,
  }
}

function read(item: unknown): readonly Draft[] | undefined {
  const event = textAt(item, 'event')
  const payload = valueAt(item, 'payload')
  if (event === undefined || !isObject(payload)) return undefined
  const messageId = textAt(payload, 'id') ?? textAt(payload, 'message_id')
  const occurredAtMs = instantAt(payload, 'updated_at') ?? instantAt(payload, 'created_at')
  const recipients = addressesOf(textAt(payload, 'to'))
  const copied = ['cc', 'bcc'].flatMap((field) => addressesOf(textAt(payload, field)))
  const type = TYPES.get(event) ?? 'email.unknown'
  // The status applies to all recipients of the message. A message whose `to` is null still gives one event.
  return (recipients.length === 0 ? [undefined] : recipients).map((recipient) => ({
    type,
    native_type: event,
    occurredAtMs,
    // MailPace has no event id.
    identity: [event, messageId, recipient, occurredAtMs],
    message_id: messageId,
    other_message_ids: otherIdsAt(payload, 'message_id'),
    recipient,
    bounce_type: bounceType(type, recipients.length + copied.length),
    reject_reason: type === 'email.rejected' ? 'spam' : undefined,
    tags: textsAt(payload, 'tags'),
  }))
}

/** With several recipients, MailPace does not say which one bounced, so none of them may be suppressed for it. */
function bounceType(type: EventType, recipients: number): Draft['bounce_type'] {
  if (type === 'email.deferred') return 'soft'
  if (type !== 'email.bounced') return undefined
  return recipients > 1 ? 'undetermined' : 'hard'
}
