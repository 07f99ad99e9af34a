/**
 * MailerSend. Verified by an HMAC over the body as sent, including PHP's `\/`. No time is signed, so an old delivery cannot be
 * told from a new one: the replay memory and the activity's id keep it from counting twice.
 *
 * The API page names the header `Signature`, the official Node SDK `x-mailersend-signature`; both are read. MailerSend is
 * reported to make a test call when a webhook is saved, signed with a secret that is the same for all customers. That call is
 * refused, since its signature verifies nothing.
 *
 * @see https://developers.mailersend.com/api/v1/webhooks.html
 */
import type { EventType } from '../event/mail-event.ts'
import { isObject } from '../platform/json.ts'
import { canonical, entriesWithout, instantAt, objectAt, textAt, textsAt } from './shared/native.ts'
import { type Draft, provider } from './shared/provider.ts'
import { bodyHmacProof } from './shared/hmac.ts'

const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['activity.sent', 'email.sent'],
  ['activity.delivered', 'email.delivered'],
  ['activity.soft_bounced', 'email.bounced'],
  ['activity.hard_bounced', 'email.bounced'],
  ['activity.deferred', 'email.deferred'],
  ['activity.opened', 'email.opened'],
  ['activity.opened_unique', 'email.opened'],
  ['activity.clicked', 'email.clicked'],
  ['activity.clicked_unique', 'email.clicked'],
  ['activity.unsubscribed', 'email.unsubscribed'],
  ['activity.spam_complaint', 'email.spam_reported'],
])

const BOUNCES: ReadonlyMap<string, 'hard' | 'soft'> = new Map([
  ['activity.soft_bounced', 'soft'],
  ['activity.hard_bounced', 'hard'],
])

/** Events about the account, and the test call. */
const NO_MESSAGE_EVENT =
  /^(?:webhook\.test|sender_identity\.verified|maintenance\..*|inbound_forward\.failed)$/

/** The time at which the webhook was built: seconds after the event, and different on a retry. */
const RETRY_FACTS: ReadonlySet<string> = new Set(['created_at'])

export const mailersend = provider({
  name: 'mailersend',
  title: 'MailerSend',
  secrets: { signing_secret: 'text' },
  authMethods: [bodyHmacProof(['signature', 'x-mailersend-signature'], 'signing_secret')],
  // No time is signed, so this is only how long a body is remembered. Retries are not documented; failures count for 24 h.
  replayWindowSeconds: 26 * 3_600,
  read,
})

function read(item: unknown): readonly Draft[] | undefined {
  const event = textAt(item, 'type')
  if (!isObject(item) || event === undefined) return undefined
  if (NO_MESSAGE_EVENT.test(event)) return []
  const data = objectAt(item, 'data')
  const id = textAt(data, 'id')
  return [
    {
      type: TYPES.get(event) ?? 'email.unknown',
      native_type: event,
      occurredAtMs: instantAt(data, 'created_at'),
      // The same activity may be reported twice, as the plain event and as the `_unique` one.
      identity:
        id === undefined
          ? [canonical(entriesWithout(item, RETRY_FACTS))]
          : [event.replace(/_unique$/, ''), id],
      provider_event_id: id,
      message_id: textAt(data, 'email', 'message', 'id'),
      recipient: textAt(data, 'email', 'recipient', 'email'),
      bounce_type: BOUNCES.get(event),
      reason: textAt(data, 'morph', 'readable_reason') ?? textAt(data, 'morph', 'reason'),
      url: textAt(data, 'morph', 'url'),
      client_ip: textAt(data, 'morph', 'ip'),
      tags: textsAt(data, 'email', 'tags'),
    },
  ]
}
