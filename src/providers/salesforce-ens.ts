/**
 * Salesforce Marketing Cloud Engagement, Event Notification Service (ENS). `x-sfmc-ens-signature` is the base64 HMAC-SHA256 of the
 * whole body under the callback's signature key. No time is signed, so an old delivery cannot be told from a new one: the event's
 * identity keeps it from counting twice. Not covered: headers and URL.
 *
 * The signature key is the base64 of 32 bytes. Salesforce does not document whether the key is these bytes or the text; some
 * receivers decode it and some do not. So both are tried.
 *
 * Before there is a key, ENS posts a verification key, unsigned, to the URL of a new callback, and creates the callback only if that
 * gets 200 within 30 seconds (createCallback, verifyCallback; read on 2026-12-01). It is answered while the set-up is open. The operator
 * has to give the key back to ENS, and reads it in a capture (docs/providers.md).
 *
 * Opens and clicks do not name the recipient, and only messages of the transactional API have a message key. All events of a
 * message have the ids of its job, list, batch and subscriber, which become the event's metadata.
 *
 * @see https://developer.salesforce.com/docs/marketing/marketing-cloud/guide/ens-notification-signing.html
 * @see https://developer.salesforce.com/docs/marketing/marketing-cloud/guide/ens-retries-suspensions.html
 * @see https://developer.salesforce.com/docs/marketing/marketing-cloud/references/mc_rest_event_notification/createCallback.html
 * @see https://developer.salesforce.com/docs/marketing/marketing-cloud/references/mc_rest_event_notification/verifyCallback.html
 * @see https://developer.salesforce.com/docs/marketing/marketing-cloud/guide/transactional_email_events.html
 * @see https://developer.salesforce.com/docs/marketing/marketing-cloud/guide/engagement_email_events.html
 */
import type { BounceType, EventType } from '../event/mail-event.ts'
import { isObject } from '../platform/json.ts'
import { type Delivery, type Presented, lacks } from './shared/presented-credentials.ts'
import { codesOf } from '../event/cause/answer.ts'
import { canonical, millisecondsAt, objectAt, openArray, textAt, textsAt } from './shared/native.ts'
import { type Draft, provider } from './shared/provider.ts'
import { onlyTextsIn } from './shared/first-call.ts'
import { hmacSha256 } from './shared/hmac.ts'

const SIGNATURE = 'x-sfmc-ens-signature'

const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['TransactionalSendEvents.EmailSent', 'email.sent'],
  ['TransactionalSendEvents.EmailNotSent', 'email.rejected'],
  ['TransactionalSendEvents.EmailBounced', 'email.bounced'],
  ['EngagementEvents.EmailOpen', 'email.opened'],
  ['EngagementEvents.EmailClick', 'email.clicked'],
  ['EngagementEvents.EmailUnsubscribe', 'email.unsubscribed'],
])

/** Channels other than email, and Automation Studio. */
const FOREIGN = /^[A-Za-z]+\.(?:Automation|Ott|Push|Sms)/

const BOUNCES: ReadonlyMap<string, BounceType> = new Map([
  ['HARD', 'hard'],
  ['SOFT', 'soft'],
])

export const salesforceEns = provider({
  name: 'salesforce-ens',
  title: 'Salesforce Marketing Cloud',
  nameless: {
    types: ['email.opened', 'email.clicked'],
    why: 'Salesforce names no address in opens and clicks.',
  },
  secrets: { signature_key: 'text' },
  authMethods: [{ name: 'signature', slots: ['signature_key'], covers: 'body', credentials: signature }],
  // The longer of two versions of the page on retries, of which neither is known to be the newer: three attempts, then retries for up to 7
  // days; or three attempts, and then the event is dropped. After two failures within five minutes the callback is suspended, and in one of
  // the versions its events are dropped meanwhile. Both want 200 to 204 within three seconds.
  replayWindowSeconds: 7 * 86_400,
  // A thousand events.
  maxBodyBytes: 4 * 1_048_576,
  firstCall: {
    kind: 'verification key',
    hasForm: ({ headers, body }) =>
      !headers.has(SIGNATURE) && onlyTextsIn(body, ['callbackId', 'verificationKey']) !== undefined,
  },
  open: openArray,
  read,
})

function signature(delivery: Delivery): Presented {
  const text = delivery.headers.get(SIGNATURE)
  if (text === null) return lacks('header_missing', SIGNATURE)
  const signatures = [{ text, encoding: 'base64' as const }]
  return { ...hmacSha256('signature_key', signatures, [delivery.body], delivery), keyMayBeBase64: true }
}

function read(item: unknown): readonly Draft[] | undefined {
  const native = textAt(item, 'eventCategoryType')
  if (!isObject(item) || native === undefined) return undefined
  if (FOREIGN.test(native)) return []
  const type = TYPES.get(native) ?? 'email.unknown'
  const info = objectAt(item, 'info')
  const occurredAtMs = millisecondsAt(item, 'timestampUTC')
  const messageKey = textAt(info, 'messageKey')
  const trackingId = trackingIdOf(item)
  const recipient = textAt(info, 'to')
  const url = textAt(info, 'contentLink')
  const statusMessage = textAt(info, 'statusMessage')
  const bounceMessage = textAt(info, 'bounceMessage')
  return [
    {
      type,
      native_type: native,
      occurredAtMs,
      // ENS has no event id.
      identity:
        messageKey === undefined && trackingId === undefined
          ? [canonical(item)]
          : [native, textAt(item, 'mid'), messageKey, trackingId, recipient, occurredAtMs, url],
      message_id: messageKey ?? trackingId,
      recipient,
      bounce_type: type === 'email.bounced' ? bounceTypeOf(textAt(info, 'bounceCode')) : undefined,
      reason: bounceMessage ?? textAt(info, 'reason') ?? statusMessage,
      reject_reason:
        type === 'email.rejected' ? (statusMessage === 'Unsubscribed' ? 'unsubscribed' : 'other') : undefined,
      ...codesOf(textAt(info, 'smtpReason') ?? bounceMessage),
      url,
      user_agent: textAt(info, 'userAgent'),
      client_ip: textAt(info, 'ipAddress'),
      // Engagement events have `NA` for an unknown key.
      tags: textsAt(item, 'definitionKey').filter((key) => key !== 'NA'),
      campaign_id: textAt(item, 'composite', 'jobId'),
      metadata: objectAt(item, 'composite'),
    },
  ]
}

const bounceTypeOf = (code: string | undefined): BounceType => BOUNCES.get(code ?? '') ?? 'undetermined'

/** The ids of a message and its recipient: one text, which is deprecated, or its parts. */
function trackingIdOf(item: unknown): string | undefined {
  const parts = ['jobId', 'listId', 'batchId', 'subscriberId'].map((name) => textAt(item, 'composite', name))
  return parts.includes(undefined) ? textAt(item, 'compositeId') : parts.join('.')
}
