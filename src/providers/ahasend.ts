/**
 * AhaSend. Verified by Standard Webhooks, which covers the id, the time and the whole body. Every attempt is signed anew under
 * the same id. The body's own `webhook_id` is the id of the endpoint, so it is the same for all events.
 *
 * The key is the text of the whole secret, `aha-whsec-` included. It is not decoded, unlike in the specification.
 *
 * @see https://ahasend.com/docs/api-reference/webhooks and https://ahasend.com/docs/webhooks/security; `openapi/webhooks.yaml` of
 * AhaSend/ahasend-go (2026-08-06) for the key
 */
import type { EventType } from '../event/mail-event.ts'
import { isObject } from '../platform/json.ts'
import { canonical, instantAt, objectAt, otherIdsAt, textAt } from './shared/native.ts'
import { type Draft, type VerifiedBytes, provider } from './shared/provider.ts'
import { verifiedMessageId, standardWebhooksProof } from './shared/standard-webhooks.ts'

const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['message.reception', 'email.sent'],
  ['message.delivered', 'email.delivered'],
  ['message.transient_error', 'email.deferred'],
  ['message.bounced', 'email.bounced'],
  // AhaSend has given up. For a suppression list that is a bounce, independent of the cause.
  ['message.failed', 'email.bounced'],
  ['message.suppressed', 'email.rejected'],
  ['message.opened', 'email.opened'],
  ['message.clicked', 'email.clicked'],
])

/** Events about the account's domains and lists, or about inbound mail: not about a sent message. */
const NO_MESSAGE_EVENT: ReadonlySet<string> = new Set([
  'suppression.created',
  'domain.dns_error',
  'message.routing',
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
      bounce_type: type === 'email.bounced' ? 'hard' : undefined,
      reject_reason: type === 'email.rejected' ? 'other' : undefined,
      url: textAt(data, 'url'),
      user_agent: textAt(data, 'user_agent'),
      client_ip: textAt(data, 'ip'),
      metadata: typeof data['is_bot'] === 'boolean' ? { is_bot: data['is_bot'] } : undefined,
    },
  ]
}
