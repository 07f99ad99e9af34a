/**
 * Mailtrap Email Sending webhooks. `Mailtrap-Signature` is the hex HMAC-SHA256 of the body as sent; the key is the 32 hex digits
 * that Mailtrap shows, as text. No time is signed, so an old delivery cannot be told from a new one: the event's identity keeps
 * it from counting twice. Not covered: headers and URL.
 *
 * Two formats, chosen per webhook: `{"events": […]}` and JSON lines, up to 500 events each.
 *
 * @see https://github.com/mailtrap/mailtrap-docs, documentation/email-api-smtp/webhooks.md and inbound-email/webhooks.md (2026-08)
 */
import type { EventType } from '../event/mail-event.ts'
import { textOf } from '../platform/bytes.ts'
import { isObject, parseJson, parseJsonText } from '../platform/json.ts'
import { codesOf } from '../event/cause/answer.ts'
import { canonical, millisecondsAt, objectAt, secondsAt, textAt, textsAt } from './shared/native.ts'
import { nativeCauses } from './shared/native-cause.ts'
import { type Draft, type Opened, type VerifiedBytes, provider } from './shared/provider.ts'
import { bodyHmacProof } from './shared/hmac.ts'

const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['delivery', 'email.delivered'],
  // Mailtrap retries up to ten times.
  ['soft bounce', 'email.deferred'],
  ['bounce', 'email.bounced'],
  // Held for an unverified domain or the daily limit. A delivery or a reject may follow.
  ['suspension', 'email.deferred'],
  ['reject', 'email.rejected'],
  ['open', 'email.opened'],
  ['click', 'email.clicked'],
  ['unsubscribe', 'email.unsubscribed'],
  ['spam', 'email.spam_reported'],
  // Inbound mail names no recipient. Deliveries have the name with a dot, and the test of the webhook the one with an underscore (2026).
  ['inbound.message_received', 'email.inbound'],
  ['inbound_message_received', 'email.inbound'],
])

export const mailtrap = provider({
  name: 'mailtrap',
  title: 'Mailtrap',
  nameless: {
    types: ['email.inbound'],
    why: 'Mailtrap names no address in inbound mail, which has only the name of the sender.',
  },
  contentTypes: ['application/json', 'application/jsonl'],
  secrets: { signing_secret: 'text' },
  authMethods: [bodyHmacProof(['mailtrap-signature'], 'signing_secret')],
  // 40 retries, one every 5 minutes, with the same signature. Of inbound mail 10 in a day, plus a margin.
  replayWindowSeconds: 26 * 3_600,
  // https://mailtrap.io/ip-ranges.json
  publishedNetworks: ['45.158.83.0/24', '5.181.200.0/24'],
  open,
  read,
})

function open(body: VerifiedBytes): Opened {
  const parsed = parseJson(body.bytes)
  // A single event in JSON lines is also a JSON text.
  if (isObject(parsed)) {
    const events = parsed['events']
    return { kind: 'items', items: Array.isArray(events) ? events : [parsed] }
  }
  const lines = textOf(body.bytes)?.split(/\r?\n/) ?? []
  if (parsed !== undefined || !lines.some((line) => isObject(parseJsonText(line))))
    return { kind: 'unreadable' }
  // A line that is not JSON stays as text: an unreadable item that does not affect the others.
  return {
    kind: 'items',
    items: lines.filter((line) => line !== '').map((line) => parseJsonText(line) ?? line),
  }
}

function read(item: unknown): readonly Draft[] | undefined {
  const event = textAt(item, 'event')
  if (!isObject(item) || event === undefined) return undefined
  const eventId = textAt(item, 'event_id')
  const messageId = textAt(item, 'message_id')
  const recipient = textAt(item, 'email')
  const response = textAt(item, 'response')
  return [
    {
      // Audit-log events (`activity_log.…`) share the envelope but are not about a message.
      type: TYPES.get(event) ?? 'email.unknown',
      native_type: event,
      // Of inbound mail in milliseconds.
      occurredAtMs: secondsAt(item, 'timestamp') ?? millisecondsAt(item, 'timestamp'),
      identity: eventId === undefined ? [canonical(item)] : [event, eventId, messageId, recipient],
      provider_event_id: eventId,
      message_id: messageId,
      recipient,
      bounce_type: event === 'bounce' ? 'hard' : event === 'soft bounce' ? 'soft' : undefined,
      reason: response ?? textAt(item, 'reason') ?? textAt(item, 'bounce_category'),
      cause: causeOf(textAt(item, 'bounce_category')),
      reject_reason: event === 'reject' ? rejectReason(textAt(item, 'reason')) : undefined,
      ...codesOf(response),
      ...(textAt(item, 'response_code') === undefined ? {} : { smtp_code: textAt(item, 'response_code') }),
      url: textAt(item, 'url'),
      user_agent: textAt(item, 'user_agent'),
      client_ip: textAt(item, 'ip'),
      tags: textsAt(item, 'category'),
      metadata: objectAt(item, 'custom_variables'),
    },
  ]
}

/** By `bounce_category`. @see Mailtrap's docs@85e55ff */
const causeOf = nativeCauses({
  badrecipient: 'no_mailbox',
  overquota: 'mailbox_full',
  dnsfail: '~no_domain',
  greylisting: 'rate_limited',
  content: 'content',
  spam_gmail: '~reputation',
  spam: 'content',
  block: '~reputation',
  serverpolicy: 'policy',
  relayfail: 'relay_denied',
  badsender: 'authentication',
  timeout: 'expired',
  serverfail: '~unreachable',
  transientfail: '~unreachable',
  generalfail: '~unreachable',
})

/** `Recipient in suppression list. Reason: unsubscription` and the like. */
function rejectReason(text = ''): Draft['reject_reason'] {
  if (/unsubscri/i.test(text)) return 'unsubscribed'
  if (/spam/i.test(text)) return 'spam'
  return /bounce/i.test(text) ? 'bounced' : 'other'
}
