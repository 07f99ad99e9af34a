/**
 * MailChannels Email API. Verified by an HTTP message signature (RFC 9421, Ed25519) over the digest of the body and its time. MailChannels signs
 * for all of its customers with one key, which it publishes under the id that the delivery names, and the URL is not signed. So another
 * customer could pass a genuine delivery of their own on to this URL: every event of a delivery must be of an account that the source
 * lists. Events of a sub-account bear the sub-account's handle.
 *
 * Up to 1,000 events come in a delivery. An event names no person if it lists several recipients: for an open, a click or a complaint
 * the list is that of the message, whoever it was. The pages of bounces and unsubscribes say that the list has those concerned, the
 * vendor's library says that it has all recipients; so nobody is suppressed by such a list. Send each message to one recipient.
 *
 * @see https://docs.mailchannels.com/email-api/webhooks, …/webhook-event-types, …/hard-bounced-events, …/webhook-schema
 * @see https://github.com/mailchannels/mailchannels-email-api-sdk-js `src/internal/webhook-validator.ts`, as of September 2026
 */
import type { BounceType, EventType } from '../event/mail-event.ts'
import { withoutBrackets } from '../event/message-id.ts'
import type { Bytes } from '../platform/bytes.ts'
import { isObject, parseUnverified } from '../platform/json.ts'
import { httpSignatureProof } from './shared/http-signature.ts'
import { codesOf } from '../event/cause/answer.ts'
import { canonical, openArray, otherIdsAt, secondsAt, textAt, textsAt } from './shared/native.ts'
import { type Draft, provider } from './shared/provider.ts'

const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['processed', 'email.sent'],
  ['delivered', 'email.delivered'],
  // MailChannels retries the message for six hours, and then reports `hard-bounced`.
  ['soft-bounced', 'email.deferred'],
  ['hard-bounced', 'email.bounced'],
  // An error at MailChannels.
  ['dropped', 'email.failed'],
  ['open', 'email.opened'],
  ['click', 'email.clicked'],
  ['complained', 'email.spam_reported'],
  ['unsubscribed', 'email.unsubscribed'],
])

export const mailchannels = provider({
  name: 'mailchannels',
  title: 'MailChannels',
  secrets: { customer_handles: 'account' },
  authMethods: [
    httpSignatureProof('signature', 'customer_handles', {
      keyUrl: 'https://api.mailchannels.net/tx/v1/webhook/public-key?id=',
      accountsOf,
    }),
  ],
  // The vendor's library refuses what is five minutes old, while batches are sent again: so each attempt is signed anew.
  replayWindowSeconds: 300,
  // A thousand events, each with an answer of a server.
  maxBodyBytes: 4 * 1_048_576,
  open: openArray,
  read,
})

function accountsOf(body: Bytes): (string | undefined)[] {
  const json = parseUnverified(body)
  return (Array.isArray(json) ? json : [json]).map((event) => textAt(event, 'customer_handle'))
}

function read(item: unknown): readonly Draft[] | undefined {
  const event = textAt(item, 'event')
  if (!isObject(item) || event === undefined) return undefined
  if (event === 'test') return []
  const type = TYPES.get(event) ?? 'email.unknown'
  const reason = textAt(item, 'reason')
  const codes = { ...codesOf(reason), ...codesOf(textAt(item, 'status')) }
  return [
    {
      type,
      native_type: event,
      occurredAtMs: secondsAt(item, 'timestamp'),
      // There is no event id.
      identity: [canonical(item)],
      message_id: withoutBrackets(textAt(item, 'smtp_id')),
      other_message_ids: otherIdsAt(item, 'request_id'),
      recipient: textsAt(item, 'recipients').join(', '),
      bounce_type: type === 'email.bounced' ? bounceType(codes) : undefined,
      reason,
      ...codes,
      url: textAt(item, 'url'),
      user_agent: textAt(item, 'user_agent'),
      client_ip: textAt(item, 'ip'),
      campaign_id: textAt(item, 'campaign_id'),
    },
  ]
}

/** The server's answer decides: the page counts mail that was held for spam or failed authentication among these bounces. */
function bounceType({ smtp_code = '', enhanced_code = '' }: ReturnType<typeof codesOf>): BounceType {
  const code = enhanced_code || smtp_code
  if (code.startsWith('4')) return 'soft'
  // RFC 3463: security or policy.
  if (code.startsWith('5.7.')) return 'blocked'
  return code === '' ? 'undetermined' : 'hard'
}
