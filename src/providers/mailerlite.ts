/**
 * MailerLite, the present one (`connect.mailerlite.com`), not MailerLite Classic. Verified by an HMAC over the body. No time is signed, so
 * an old delivery cannot be told from a new one: the replay memory and the event's identity keep it from counting twice.
 *
 * Its page says that the signature is an HMAC-SHA256 of the payload and shows PHP's `hash_hmac`, so it is in hex. The payloads are those of
 * the page, of a description of it (refreshed on 2026-08-13) and of deliveries that a receiver recorded on 2026-08-27. There is no
 * event id. Only an unsubscribe has a time of its own: two opens that are equal in all fields count as one. No page shows the link of a
 * click, so none is read.
 *
 * Events are about a subscriber, not about one message. The names, telephone numbers and addresses in `fields` are not read.
 *
 * @see https://developers.mailerlite.com/docs/webhooks
 * @see https://www.mailerlite.com/help/subscriber-statuses-explained
 */
import type { EventType } from '../event/mail-event.ts'
import { isObject, parseJson } from '../platform/json.ts'
import { canonical, textAt, utcAt, valueAt } from './shared/native.ts'
import { type Draft, type Opened, type VerifiedBytes, provider } from './shared/provider.ts'
import { scopeOf, typeInScope } from './shared/scope.ts'
import { bodyHmacProof } from './shared/hmac.ts'

/**
 * An operator or an import may make a subscriber active again, so `subscriber.active` keeps its native type and lifts nothing.
 * MailerLite does not say who moved a subscriber between groups: her own choice looks like that of an automation. Read as hers, it stops
 * and resumes mail to that group alone.
 */
const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['subscriber.unsubscribed', 'email.unsubscribed'],
  ['subscriber.removed_from_group', 'email.unsubscribed'],
  ['subscriber.added_to_group', 'email.subscribed'],
  ['subscriber.bounced', 'email.bounced'],
  ['subscriber.spam_reported', 'email.spam_reported'],
  ['campaign.open', 'email.opened'],
  ['campaign.click', 'email.clicked'],
])

/** Changes of the audience, and a campaign as a whole. */
const NO_MESSAGE_EVENT: ReadonlySet<string> = new Set([
  'subscriber.created',
  'subscriber.updated',
  'subscriber.deleted',
  'subscriber.automation_triggered',
  'subscriber.automation_completed',
  'campaign.sent',
])

export const mailerlite = provider({
  name: 'mailerlite',
  title: 'MailerLite',
  secrets: { signing_secret: 'text' },
  authMethods: [bodyHmacProof(['signature'], 'signing_secret')],
  // No time is signed, so this is only how long a body is remembered. The last retry comes within 20 minutes.
  replayWindowSeconds: 3_600,
  open,
  read,
})

/** A webhook that is `batchable` has its events in a list. */
function open({ bytes }: VerifiedBytes): Opened {
  const parsed = parseJson(bytes)
  if (!isObject(parsed)) return { kind: 'unreadable' }
  const events = valueAt(parsed, 'events')
  return { kind: 'items', items: Array.isArray(events) ? events : [parsed] }
}

function read(item: unknown): readonly Draft[] | undefined {
  const event = textAt(item, 'event') ?? textAt(item, 'type')
  if (!isObject(item) || event === undefined) return undefined
  if (NO_MESSAGE_EVENT.has(event)) return []
  const type = TYPES.get(event) ?? 'email.unknown'
  // Events about the subscriber alone have her fields beside the event's name.
  const subscriber = isObject(item['subscriber']) ? item['subscriber'] : item
  const scope = scopeOf(type, 'group', textAt(item, 'group', 'id'))
  return [
    {
      type: event === 'subscriber.added_to_group' ? typeInScope(type, scope) : type,
      native_type: event,
      occurredAtMs: event === 'subscriber.unsubscribed' ? utcAt(subscriber, 'unsubscribed_at') : undefined,
      identity: [canonical(item)],
      recipient: textAt(subscriber, 'email'),
      bounce_type: type === 'email.bounced' ? bounceType(subscriber) : undefined,
      campaign_id: textAt(item, 'campaign', 'id'),
      scope,
    },
  ]
}

/**
 * The event does not say of which kind the bounce is. MailerLite writes no more to a subscriber of the status `bounced`, and keeps one
 * that bounced softly: its page says that not every bounce ends a subscription.
 */
const bounceType = (subscriber: unknown): Draft['bounce_type'] =>
  textAt(subscriber, 'status') === 'bounced' ? 'hard' : 'undetermined'
