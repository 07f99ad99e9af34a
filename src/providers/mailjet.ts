/**
 * Mailjet Event API. Nothing is signed: Mailjet sends the user name and password of the webhook URL. So anyone who has seen one
 * delivery can forge others. The body is not covered.
 *
 * Message ids exceed 2^53; they are read with all their digits. Version 1 posts one object, version 2 an array.
 *
 * @see https://dev.mailjet.com/email/guides/webhooks/
 */
import type { EventType, RejectReason } from '../event/mail-event.ts'
import { type JsonObject, isObject, parseJsonText } from '../platform/json.ts'
import { codesOf } from '../event/cause/answer.ts'
import { openArray, otherIdsAt, secondsAt, textAt, valueAt } from './shared/native.ts'
import { nativeCauses } from './shared/native-cause.ts'
import { type Draft, provider } from './shared/provider.ts'
import { basicProof } from './shared/credentials.ts'
import { scopeOf } from './shared/scope.ts'

const TYPES: ReadonlyMap<string, EventType> = new Map([
  // Sent when the recipient's server has accepted the message. There is no event for Mailjet's own acceptance.
  ['sent', 'email.delivered'],
  ['bounce', 'email.bounced'],
  ['blocked', 'email.rejected'],
  ['open', 'email.opened'],
  ['click', 'email.clicked'],
  ['spam', 'email.spam_reported'],
  ['unsub', 'email.unsubscribed'],
])

/** `error_related_to` and `error` of a blocked message. Values without an entry are `other`. */
const REJECT_REASONS: ReadonlyMap<string, RejectReason> = new Map([
  ['recipient', 'invalid'],
  ['domain', 'invalid'],
  ['preblocked', 'blocked'],
  ['content', 'blocked'],
  ['spam', 'spam'],
])

export const mailjet = provider({
  name: 'mailjet',
  title: 'Mailjet',
  secrets: { basic_auth: 'basic' },
  authMethods: [basicProof()],
  // Retried every 30 s for 24 h after the first failure. Then Mailjet suspends the URL until it is set anew.
  replayWindowSeconds: 26 * 3_600,
  open: openArray,
  read,
})

function read(item: unknown): readonly Draft[] | undefined {
  const event = textAt(item, 'event')
  if (!isObject(item) || event === undefined) return undefined
  const type = typeOf(item, event)
  const occurredAtMs = secondsAt(item, 'time')
  const recipient = textAt(item, 'email')
  const messageId = textAt(item, 'MessageID') ?? textAt(item, 'mj_message_id') ?? textAt(item, 'Message_GUID')
  const url = textAt(item, 'url')
  // The comment, if there is one, is the receiving server's answer to a message that it refused.
  const reason =
    textAt(item, 'comment') ??
    textAt(item, 'error') ??
    textAt(item, 'error_related_to') ??
    textAt(item, 'smtp_reply')
  return [
    {
      type,
      native_type: event,
      occurredAtMs,
      // Mailjet has no event id.
      identity: [event, messageId, recipient, occurredAtMs, url, textAt(item, 'mj_list_id')],
      message_id: messageId,
      other_message_ids: otherIdsAt(item, 'mj_message_id', 'Message_GUID'),
      recipient,
      bounce_type: bounceType(item, event),
      reason,
      cause: causeOf(textAt(item, 'error')),
      reject_reason: event === 'blocked' ? rejectReason(item) : undefined,
      ...codesOf(reason),
      url,
      user_agent: textAt(item, 'agent'),
      client_ip: textAt(item, 'ip'),
      tags: [textAt(item, 'customcampaign'), textAt(item, 'CustomID')].filter((tag) => tag !== undefined),
      campaign_id: idAt(item, 'mj_campaign_id'),
      // Who leaves one list has said nothing about the others. Mail that was sent to no list has none to leave.
      scope: scopeOf(type, 'list', idAt(item, 'mj_list_id')),
      metadata: payloadOf(item),
    },
  ]
}

/** By `error`. An unknown user may be an unknown domain, as the comment says. @see mailjet/api-documentation@3a446e6 */
const causeOf = nativeCauses({
  'user unknown': '~no_mailbox',
  'mailbox inactive': 'mailbox_disabled',
  'quota exceeded': 'mailbox_full',
  blacklisted: 'suppressed',
  'spam reporter': 'suppressed/complaint',
  preblocked: 'suppressed',
  'duplicate in campaign': 'suppressed',
  'invalid domain': 'no_domain',
  'no mail host': 'no_domain',
  typofix: 'no_domain',
  'relay/access denied': '~policy',
  'policy issue': '~policy',
  greylisted: 'rate_limited',
  'sender blocked': 'reputation',
  'content blocked': 'content',
  template: 'malformed',
  system: 'unreachable',
  protocol: 'unreachable',
  connection: 'unreachable',
})

/** A greylisted message is retried by Mailjet, although it says `bounce`. */
const typeOf = (item: JsonObject, event: string): EventType =>
  event === 'bounce' && textAt(item, 'error') === 'greylisted'
    ? 'email.deferred'
    : (TYPES.get(event) ?? 'email.unknown')

function bounceType(item: JsonObject, event: string): Draft['bounce_type'] {
  if (event === 'blocked') return 'blocked'
  if (event !== 'bounce') return undefined
  const hard = valueAt(item, 'hard_bounce')
  return typeof hard === 'boolean' ? (hard ? 'hard' : 'soft') : 'undetermined'
}

function rejectReason(item: JsonObject): Draft['reject_reason'] {
  const causes = [textAt(item, 'error'), textAt(item, 'error_related_to')]
  return (
    causes.map((cause) => REJECT_REASONS.get(cause ?? '')).find((reason) => reason !== undefined) ?? 'other'
  )
}

/** An id of Mailjet's own; zero means none. */
function idAt(item: JsonObject, name: string): string | undefined {
  const id = textAt(item, name)
  return id === '0' ? undefined : id
}

/** Payload that the sender attached to the message: any text, usually a JSON object. */
function payloadOf(item: JsonObject): JsonObject {
  const text = textAt(item, 'Payload')
  if (text === undefined) return {}
  const parsed = parseJsonText(text)
  return isObject(parsed) ? parsed : { Payload: text }
}
