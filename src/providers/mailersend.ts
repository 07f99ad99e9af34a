/**
 * MailerSend. Verified by an HMAC over the body as sent, PHP's `\/` included. No time is signed, so an old delivery looks like
 * a new one: replay memory and the activity's id, under which each event has its effect once, make up for it.
 *
 * The API page names the header `Signature`, the official Node SDK `x-mailersend-signature`; either is read. The test call
 * that MailerSend is said to make when a webhook is saved, signed with a secret that is the same for everybody, proves
 * nothing and is refused.
 *
 * @see https://developers.mailersend.com/api/v1/webhooks.html
 */
import type { EventType } from '../event/mail-event.ts'
import { isObject } from '../platform/json.ts'
import { canonical, entriesWithout, instantAt, objectAt, openObject, textAt, textsAt } from './native.ts'
import type { Draft, Provider } from './provider.ts'
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

/** The account's own affairs, and the test call. */
const NO_MESSAGE_EVENT =
  /^(?:webhook\.test|sender_identity\.verified|maintenance\..*|inbound_forward\.failed)$/

/** When the webhook was made up: seconds later than the event, and other on a retry. */
const RETRY_FACTS: ReadonlySet<string> = new Set(['created_at'])

export const mailersend: Provider = {
  name: 'mailersend',
  title: 'MailerSend',
  methods: ['POST'],
  contentTypes: ['application/json'],
  secrets: { signing_secret: 'text' },
  authMethods: [bodyHmacProof(['signature', 'x-mailersend-signature'], 'signing_secret')],
  // No time is signed: only how long a body is remembered. The retry schedule is not documented; failures are counted over 24 h.
  replayWindowSeconds: 26 * 3_600,
  open: openObject,
  read,
}

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
      // The same activity may be told twice, as the plain event and as the `_unique` one.
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
