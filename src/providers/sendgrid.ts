/**
 * SendGrid (Twilio) Event Webhook. Signed with ECDSA P-256 over the timestamp header and the body exactly as sent, in which
 * events are separated by CRLF.
 *
 * A retry may be part of another batch, and the sources disagree on its `sg_event_id`: other receivers saw it change, Twilio's skill
 * of 2026-06-29 says that it is stable. So neither the id nor the delivery identifies an event, which is right in both cases.
 *
 * `account_status_change` is about no message and no person: it says that SendGrid suspended the account. It stays `email.unknown`
 * under its own name, with the status as its reason, so that it can be found and watched for.
 *
 * The same skill says that scanners of links also trigger unsubscribes. No field tells those, so every unsubscribe counts.
 *
 * @see https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
 */
import type { EventType } from '../event/mail-event.ts'
import { utf8 } from '../platform/bytes.ts'
import { isObject } from '../platform/json.ts'
import { tenDigitSeconds } from '../platform/time.ts'
import { type Delivery, type Presented, lacks } from './shared/presented-credentials.ts'
import { withoutBrackets } from '../event/message-id.ts'
import { codesOf } from '../event/cause/answer.ts'
import {
  booleanAt,
  entriesWithout,
  openArray,
  otherIdsAt,
  secondsAt,
  textAt,
  textsAt,
  valueAt,
} from './shared/native.ts'
import { nativeCauses } from './shared/native-cause.ts'
import { type Draft, provider } from './shared/provider.ts'
import { scopeOf, typeInScope } from './shared/scope.ts'
import { oauth2Proof } from './shared/credentials.ts'

const SIGNATURE = 'x-twilio-email-event-webhook-signature'
const TIMESTAMP = 'x-twilio-email-event-webhook-timestamp'

const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['processed', 'email.sent'],
  ['deferred', 'email.deferred'],
  ['delivered', 'email.delivered'],
  ['bounce', 'email.bounced'],
  ['dropped', 'email.rejected'],
  ['open', 'email.opened'],
  ['click', 'email.clicked'],
  ['spamreport', 'email.spam_reported'],
  ['unsubscribe', 'email.unsubscribed'],
  ['group_unsubscribe', 'email.unsubscribed'],
  ['group_resubscribe', 'email.subscribed'],
])

/** Types whose `ip` is a person's. In the others it is the sending server's. */
const BY_PERSON: ReadonlySet<EventType> = new Set([
  'email.opened',
  'email.clicked',
  'email.unsubscribed',
  'email.subscribed',
])

/** Beginnings of `reason` on dropped messages. */
const REJECT_REASONS = [
  ['bounced address', 'bounced'],
  ['unsubscribed address', 'unsubscribed'],
  ['spam reporting address', 'spam'],
  ['spam content', 'spam'],
  ['invalid', 'invalid'],
] as const

/** Beginnings of `bounce_classification`, and of `reason` on dropped messages. @see twilio/sendgrid-oai@dbe0e0d */
const causeOf = nativeCauses({
  'invalid smtpapi header': 'malformed',
  'invalid address': 'no_mailbox',
  content: 'content',
  reputation: 'reputation',
  frequency: 'rate_limited',
  technical: '~unreachable',
  'bounced address': 'suppressed',
  'spam reporting': 'suppressed/complaint',
  'unsubscribed address': 'unsubscribed',
  invalid: 'no_mailbox',
  'spam content': 'content',
})

/** SendGrid's own keys at the top level. All others are the sender's custom arguments. */
const NATIVE_KEYS = new Set([
  'asm_group_id', 'attempt', 'bounce_classification', 'category', 'domain', 'email', 'event', 'from', 'ip',
  'marketing_campaign_id', 'marketing_campaign_name', 'marketing_campaign_split_id', 'marketing_campaign_version', 'mc_auto_name', 'mc_auto_step_id', 'mc_stats', 'newsletter', 'phase_id', 'pool', 'reason',
  'response', 'send_at', 'sg_content_type', 'sg_event_id', 'sg_machine_open', 'sg_message_id', 'sg_template_id',
  'sg_template_name', 'singlesend_id', 'singlesend_name', 'smtp-id', 'status', 'template_hash', 'template_id',
  'template_version_id', 'timestamp', 'tls', 'type', 'url', 'url_offset', 'useragent', 'cert_err',
]) // prettier-ignore

export const sendgrid = provider({
  name: 'sendgrid',
  title: 'SendGrid',
  secrets: { public_key: 'ecdsa-p256-public', oauth2: 'oauth2' },
  authMethods: [
    { name: 'signature', slots: ['public_key'], covers: 'body', credentials: signature },
    oauth2Proof(),
  ],
  // Retries run for 24 h after the event. Whether they are signed anew is not documented.
  replayWindowSeconds: 26 * 3_600,
  open: openArray,
  read,
})

function signature(delivery: Delivery): Presented {
  const text = delivery.headers.get(SIGNATURE)
  if (text === null) return lacks('header_missing', SIGNATURE)
  const timestamp = delivery.headers.get(TIMESTAMP)
  if (timestamp === null) return lacks('header_missing', TIMESTAMP)
  const signedAtSeconds = tenDigitSeconds(timestamp)
  if (signedAtSeconds === undefined) return lacks('proof_malformed', TIMESTAMP)
  const signed = [utf8(timestamp), delivery.body]
  return {
    scheme: 'ecdsa',
    format: 'der',
    slots: ['public_key'],
    signatures: [{ text, encoding: 'base64' }],
    signed,
    signedAtSeconds,
    identity: signed,
    coversBody: true,
  }
}

function read(item: unknown): readonly Draft[] | undefined {
  const event = textAt(item, 'event')
  if (!isObject(item) || event === undefined) return undefined
  const type = TYPES.get(event) ?? 'email.unknown'
  const occurredAtMs = secondsAt(item, 'timestamp')
  const recipient = textAt(item, 'email')
  const messageId = textAt(item, 'sg_message_id') ?? withoutBrackets(textAt(item, 'smtp-id'))
  const url = textAt(item, 'url')
  const reason =
    textAt(item, 'reason') ??
    textAt(item, 'response') ??
    textAt(item, 'bounce_classification') ??
    (event === 'account_status_change' ? textAt(item, 'type') : undefined)
  // `unsubscribe` also names the group of the message, but is the link that stops all mail.
  const scope = event === 'unsubscribe' ? undefined : scopeOf(type, 'group', textAt(item, 'asm_group_id'))
  return [
    {
      type: typeInScope(type, scope),
      native_type: event,
      occurredAtMs,
      // Not sg_event_id: it differs on a retry.
      identity: [
        event,
        textAt(item, 'type'),
        messageId,
        recipient,
        occurredAtMs,
        url,
        textAt(item, 'attempt'),
        textAt(item, 'asm_group_id'),
        offset(item),
      ],
      provider_event_id: textAt(item, 'sg_event_id'),
      message_id: messageId,
      other_message_ids: [...sendIdOf(messageId), ...otherIdsAt(item, 'smtp-id')],
      recipient,
      bounce_type:
        type === 'email.bounced' ? (textAt(item, 'type') === 'blocked' ? 'blocked' : 'hard') : undefined,
      reason,
      cause: causeOf(event === 'dropped' ? reason : textAt(item, 'bounce_classification')),
      reject_reason: type === 'email.rejected' ? rejectReason(reason) : undefined,
      ...codesOf(reason),
      ...(textAt(item, 'status') === undefined ? {} : { enhanced_code: textAt(item, 'status') }),
      url,
      user_agent: textAt(item, 'useragent'),
      client_ip: BY_PERSON.has(type) ? textAt(item, 'ip') : undefined,
      tags: textsAt(item, 'category'),
      campaign_id: textAt(item, 'marketing_campaign_id') ?? textAt(item, 'singlesend_id'),
      scope,
      // False says only that it was not Apple's proxy.
      automated: booleanAt(item, 'sg_machine_open') === true ? true : undefined,
      metadata: entriesWithout(item, NATIVE_KEYS),
    },
  ]
}

/** The `X-Message-Id` of the send API: `sg_message_id` is that id and a suffix. Older ids have dots of their own. */
const sendIdOf = (messageId: string | undefined): string[] =>
  /^(.+?)\.(?:filter|recvd)/.exec(messageId ?? '')?.slice(1) ?? []

/** Which of several equal links in a message was clicked. */
const offset = (item: unknown): string | undefined => textAt(valueAt(item, 'url_offset'), 'index')

function rejectReason(reason: string | undefined): Draft['reject_reason'] {
  const text = reason?.toLowerCase() ?? ''
  return REJECT_REASONS.find(([start]) => text.startsWith(start))?.[1] ?? 'other'
}
