/**
 * Iterable's system webhooks. Nothing is signed: Iterable presents what was set on the webhook, the Auth Token in
 * `Authorization` or HTTP headers that were added, so whoever has seen one delivery can make others. What is not covered:
 * every byte of the body. A query parameter of the URL proves nothing here, since headers keep a secret better.
 *
 * The Auth Token comes as it was typed, after its type (`Basic`, `OAuth2`), and in an example of Iterable's after none. Both
 * are read: it is the same secret.
 *
 * Iterable tells of no delivery and has no event id. How often it tries again is not documented.
 *
 * @see https://support.iterable.com/hc/en-us/articles/208013936-System-Webhooks
 * @see https://support.iterable.com/hc/en-us/articles/28534979433236-Email-Bounce-Event-Properties
 */
import type { BounceType, EventType } from '../event/mail-event.ts'
import { type JsonObject, isObject } from '../platform/json.ts'
import { addressOf, canonical, codesOf, instantAt, objectAt, openObject, textAt, textsAt } from './native.ts'
import type { Draft, Provider } from './provider.ts'
import { headersProof, tokenProof } from './shared/credentials.ts'

const SLOT = 'auth_token'

const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['emailSend', 'email.sent'],
  ['emailSendSkip', 'email.rejected'],
  ['emailBounce', 'email.bounced'],
  ['emailComplaint', 'email.spam_reported'],
  ['emailOpen', 'email.opened'],
  ['emailClick', 'email.clicked'],
  // The link to the page on which one can unsubscribe: who does so there is told by `emailUnSubscribe`.
  ['hostedUnsubscribeClick', 'email.clicked'],
  ['emailUnSubscribe', 'email.unsubscribed'],
  ['emailSubscribe', 'email.subscribed'],
])

/** How `recipientState` of a bounce begins. */
const BOUNCES: readonly (readonly [beginning: string, type: BounceType])[] = [
  ['HardBounce', 'hard'],
  ['SoftBounce', 'soft'],
  ['DNSFailure', 'soft'],
  ['MailBlock', 'blocked'],
]

/** Other channels than email, and the end of a journey. */
const FOREIGN = /^(?:(?:push|webPush|sms|inApp|inbox|embedded|whatsApp)[A-Z]|journeyExit$)/

export const iterable: Provider = {
  name: 'iterable',
  title: 'Iterable',
  methods: ['POST'],
  contentTypes: ['application/json'],
  secrets: { [SLOT]: 'text', headers: 'named-values' },
  generated: [SLOT],
  authMethods: [tokenProof(SLOT, SLOT, authToken), headersProof()],
  // Retries are not documented: a day and a margin.
  replayWindowSeconds: 26 * 3_600,
  open: openObject,
  read,
}

/** The token of `Authorization: <type> <token>`, or all of it where it has no type. */
function authToken(headers: Headers): string | undefined {
  return /^(?:(?:Basic|OAuth2) )?([\x21-\x7e]{1,8192})$/i.exec(headers.get('authorization') ?? '')?.[1]
}

function read(item: unknown): readonly Draft[] | undefined {
  const event = textAt(item, 'eventName')
  if (!isObject(item) || event === undefined) return undefined
  if (FOREIGN.test(event)) return []
  const type = TYPES.get(event) ?? 'email.unknown'
  const data = objectAt(item, 'dataFields')
  const occurredAtMs = createdAtMs(textAt(data, 'createdAt'))
  const messageId = textAt(data, 'messageId')
  const recipient = addressOf(textAt(item, 'email') ?? textAt(data, 'email'))
  const url = textAt(data, 'url')
  return [
    {
      type,
      native_type: event,
      occurredAtMs,
      // Names of campaigns and templates may be others when it is sent again.
      identity:
        messageId === undefined || occurredAtMs === undefined
          ? [canonical(item)]
          : [event, messageId, recipient, occurredAtMs, url],
      message_id: messageId,
      recipient,
      ...(type === 'email.bounced' ? bounceOf(data) : { reason: textAt(data, 'reason') }),
      reject_reason: type === 'email.rejected' ? 'other' : undefined,
      url,
      user_agent: textAt(data, 'userAgent'),
      client_ip: textAt(data, 'ip'),
      tags: textsAt(data, 'labels'),
      campaign_id: textAt(data, 'campaignId'),
    },
  ]
}

function bounceOf(data: JsonObject): Pick<Draft, 'bounce_type' | 'reason' | 'smtp_code' | 'enhanced_code'> {
  const state = textAt(data, 'recipientState') ?? ''
  // Documented for the event itself; the webhook's example does without.
  const message = textAt(data, 'bounceMessage')
  return {
    bounce_type: BOUNCES.find(([beginning]) => state.startsWith(beginning))?.[1] ?? 'undetermined',
    reason: message ?? (state || undefined),
    ...codesOf(message),
  }
}

/** `2016-12-02 20:21:04 +00:00`: RFC 3339 but for the space before the zone. */
const createdAtMs = (text: string | undefined): number | undefined =>
  instantAt(text?.replace(/ (?=[+-][0-9]{2}:[0-9]{2}$)/, ''))
