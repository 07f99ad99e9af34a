/**
 * Loops. Verified by Standard Webhooks, which covers the id, the time and the whole body. Loops' reference code does not check the
 * time, and whether a retry is signed anew is not documented. The payload has no link, client or bounce reason.
 *
 * @see https://loops.so/docs/webhooks and the webhooks of Loops' OpenAPI 1.21.6, as published on 2026-08-13
 */
import type { EventType } from '../event/mail-event.ts'
import { isObject } from '../platform/json.ts'
import { canonical, secondsAt, textAt } from './shared/native.ts'
import { type Draft, type VerifiedBytes, provider } from './shared/provider.ts'
import { scopeOf, typeInScope } from './shared/scope.ts'
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
  // The click on an unsubscribe link, for all mail or for one list: `email.unknown`. What the person left follows in an event of
  // `contact`, which comes for every way of leaving.
  ['email.resubscribed', 'email.subscribed'],
  // From all marketing mail. Loops sends it after a hard bounce too, and when a contact is deleted.
  ['contact.unsubscribed', 'email.unsubscribed'],
  ['contact.mailingList.unsubscribed', 'email.unsubscribed'],
  ['contact.mailingList.subscribed', 'email.subscribed'],
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
  const type = TYPES.get(event) ?? 'email.unknown'
  const scope = scopeOf(type, 'list', textAt(item, 'mailingList', 'id'))
  return [
    {
      type: event.startsWith('contact.mailingList.') ? typeInScope(type, scope) : type,
      native_type: event,
      occurredAtMs: secondsAt(item, 'eventTime'),
      identity: [id ?? canonical(item)],
      provider_event_id: id,
      // `emailMessageId` names the message's template, which is the same for all recipients.
      message_id: textAt(item, 'email', 'id'),
      recipient: textAt(item, 'contactIdentity', 'email'),
      bounce_type: BOUNCES.get(event),
      campaign_id: textAt(item, 'campaignId') ?? textAt(item, 'loopId') ?? textAt(item, 'transactionalId'),
      scope,
    },
  ]
}
