/**
 * Loops. Verified by Standard Webhooks, which covers the id, the time and the whole body. Loops' reference code does not check the
 * time, and whether a retry is signed anew is not documented. The payload has no link, client or bounce reason.
 *
 * @see https://loops.so/docs/webhooks
 */
import type { EventType } from '../event/mail-event.ts'
import { isObject } from '../platform/json.ts'
import { canonical, secondsAt, textAt } from './shared/native.ts'
import { type Draft, type VerifiedBytes, provider } from './shared/provider.ts'
import { verifiedMessageId, standardWebhooksProof } from './shared/standard-webhooks.ts'

const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['transactional.email.sent', 'email.sent'],
  ['campaign.email.sent', 'email.sent'],
  ['loop.email.sent', 'email.sent'],
  ['email.delivered', 'email.delivered'],
  ['email.softBounced', 'email.bounced'],
  ['email.hardBounced', 'email.bounced'],
  ['email.spamReported', 'email.spam_reported'],
  ['email.opened', 'email.opened'],
  ['email.clicked', 'email.clicked'],
  ['email.unsubscribed', 'email.unsubscribed'],
  ['email.resubscribed', 'email.subscribed'],
  // Unsubscribed from the whole audience, with or without a link. Leaving one mailing list of several is `email.unknown`:
  // it must not stop all mail, and joining one must not lift an unsubscribe.
  ['contact.unsubscribed', 'email.unsubscribed'],
])

const BOUNCES: ReadonlyMap<string, 'hard' | 'soft'> = new Map([
  ['email.softBounced', 'soft'],
  ['email.hardBounced', 'hard'],
])

/** Changes of the audience, and the test event of the settings page. */
const NO_MESSAGE_EVENT: ReadonlySet<string> = new Set([
  'contact.created',
  'contact.deleted',
  'testing.testEvent',
])

export const loops = provider({
  name: 'loops',
  title: 'Loops',
  secrets: { signing_secret: 'standard-webhooks' },
  authMethods: [standardWebhooksProof()],
  // The scheme's own tolerance.
  replayWindowSeconds: 300,
  read,
})

function read(item: unknown, body: VerifiedBytes): readonly Draft[] | undefined {
  const event = textAt(item, 'eventName')
  if (!isObject(item) || event === undefined) return undefined
  if (NO_MESSAGE_EVENT.has(event)) return []
  const id = verifiedMessageId(body)
  return [
    {
      type: TYPES.get(event) ?? 'email.unknown',
      native_type: event,
      occurredAtMs: secondsAt(item, 'eventTime'),
      identity: [id ?? canonical(item)],
      provider_event_id: id,
      // `emailMessageId` names the message's template, which is the same for all recipients.
      message_id: textAt(item, 'email', 'id'),
      recipient: textAt(item, 'contactIdentity', 'email'),
      bounce_type: BOUNCES.get(event),
      campaign_id: textAt(item, 'campaignId') ?? textAt(item, 'loopId') ?? textAt(item, 'transactionalId'),
    },
  ]
}
