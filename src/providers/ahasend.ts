/**
 * AhaSend. Verified by Standard Webhooks, which covers the id, the time and the whole body. Every attempt is signed anew under
 * the same id. The body's own `webhook_id` is the id of the endpoint, so it is the same for all events.
 *
 * The key is the text of the whole secret, `aha-whsec-` included. It is not decoded, unlike in the specification.
 *
 * @see https://ahasend.com/docs/api-reference/webhooks and https://ahasend.com/docs/webhooks/security; `openapi/webhooks.yaml` of
 * AhaSend/ahasend-go (2026-08-06) for the key and `delivery_attempt`. Its `webhooks/webhook_events.go` calls `message.failed` the end of
 * repeated failures, and the description beside it says the opposite.
 */
import type { BounceType, EventType } from '../event/mail-event.ts'
import { isObject } from '../platform/json.ts'
import { booleanAt, canonical, instantAt, objectAt, otherIdsAt, textAt } from './shared/native.ts'
import { type Draft, type VerifiedBytes, provider } from './shared/provider.ts'
import { verifiedMessageId, standardWebhooksProof } from './shared/standard-webhooks.ts'

const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['message.reception', 'email.sent'],
  ['message.delivered', 'email.delivered'],
  ['message.transient_error', 'email.deferred'],
  ['message.bounced', 'email.bounced'],
  // All retries of a temporary failure were used up (2026-08). An older page calls it a hard bounce: so it keeps that kind, and
  // suppresses nobody.
  ['message.failed', 'email.failed'],
  ['message.suppressed', 'email.rejected'],
  ['message.opened', 'email.opened'],
  ['message.clicked', 'email.clicked'],
])

/** Events about the account's domains and lists, or inbound mail with its text (`route.message` is its old name). */
const NO_MESSAGE_EVENT: ReadonlySet<string> = new Set([
  'suppression.created',
  'domain.dns_error',
  'message.routing',
  'route.message',
])

/** By `classification` of the attempt. The list is open, and an unknown class suppresses nobody. */
const BOUNCES: ReadonlyMap<string, BounceType> = new Map([
  ['InvalidRecipient', 'hard'],
  ['BadDomain', 'hard'],
  ['InactiveMailbox', 'hard'],
  ['QuotaIssues', 'soft'],
  ['NoAnswerFromHost', 'soft'],
  ['BadConnection', 'soft'],
  ['DNSFailure', 'soft'],
  ['RoutingErrors', 'soft'],
  ['TransientFailure', 'soft'],
  ['MessageExpired', 'soft'],
  ['InvalidSender', 'blocked'],
  ['AuthenticationFailed', 'blocked'],
  ['PolicyRelated', 'blocked'],
])

export const ahasend = provider({
  name: 'ahasend',
  title: 'AhaSend',
  secrets: { signing_secret: 'text' },
  authMethods: [standardWebhooksProof()],
  // Six attempts in about 16 minutes, each signed anew.
  replayWindowSeconds: 300,
  read,
})

function read(item: unknown, body: VerifiedBytes): readonly Draft[] | undefined {
  const event = textAt(item, 'type')
  if (!isObject(item) || event === undefined) return undefined
  if (NO_MESSAGE_EVENT.has(event)) return []
  const type = TYPES.get(event) ?? 'email.unknown'
  const data = objectAt(item, 'data')
  const attempt = objectAt(data, 'delivery_attempt')
  const smtpCode = textAt(attempt, 'smtp_code')
  const isBot = booleanAt(data, 'is_bot')
  const id = verifiedMessageId(body)
  return [
    {
      type,
      native_type: event,
      occurredAtMs: instantAt(item, 'timestamp'),
      identity: [id ?? canonical(item)],
      provider_event_id: id,
      message_id: textAt(data, 'id') ?? textAt(data, 'message_id_header'),
      other_message_ids: otherIdsAt(data, 'message_id_header'),
      recipient: textAt(data, 'recipient'),
      bounce_type: bounceType(type, textAt(attempt, 'classification')),
      reason: textAt(attempt, 'response') ?? textAt(attempt, 'description'),
      reject_reason: type === 'email.rejected' ? 'other' : undefined,
      // 0 stands for an answer without a code.
      smtp_code: smtpCode === '0' ? undefined : smtpCode,
      enhanced_code: textAt(attempt, 'enhanced_status_code'),
      url: textAt(data, 'url'),
      user_agent: textAt(data, 'user_agent'),
      client_ip: textAt(data, 'ip'),
      automated: type === 'email.opened' || type === 'email.clicked' ? isBot : undefined,
      metadata: isBot === undefined ? undefined : { is_bot: isBot },
    },
  ]
}

/** A later bounce message has no attempt, and AhaSend does not class every refusal. Both are permanent. */
function bounceType(type: EventType, classification: string | undefined): BounceType | undefined {
  if (type === 'email.failed') return 'hard'
  if (type !== 'email.bounced') return undefined
  return classification === undefined ? 'hard' : (BOUNCES.get(classification) ?? 'undetermined')
}
