/**
 * Iterable's system webhooks. Nothing is signed: Iterable sends the credentials that were set on the webhook, an Auth Token in
 * `Authorization` or custom HTTP headers. So anyone who has seen one delivery can forge others. The body is not covered. A secret
 * in the URL's query is not supported, since headers keep a secret better.
 *
 * The Auth Token is sent as it was typed: after its type (`Basic`, `OAuth2`), or without a type in one of Iterable's examples.
 * Both are read, since it is the same secret.
 *
 * Iterable reports no deliveries and has no event id. Its retry schedule is not documented.
 *
 * `emailSubscribe` and `emailUnSubscribe` are used for every channel, and also when Iterable itself stops an address. So the source
 * and the channels, message types and lists that they name decide. Those were read as scopes: nobody leaves more than she left.
 *
 * @see https://support.iterable.com/hc/en-us/articles/208013936-System-Webhooks
 * @see https://support.iterable.com/hc/en-us/articles/28534979433236-Email-Bounce-Event-Properties
 * @see https://support.iterable.com/hc/en-us/articles/208508736-Subscribe-and-Unsubscribe-Events
 */
import type { BounceType, EventType } from '../event/mail-event.ts'
import { type JsonObject, isObject } from '../platform/json.ts'
import { codesOf } from '../event/cause/answer.ts'
import { nativeCauses } from './shared/native-cause.ts'
import { canonical, instantAt, objectAt, textAt, textsAt } from './shared/native.ts'
import { type Draft, provider } from './shared/provider.ts'
import { headersProof, tokenProof } from './shared/credentials.ts'

const SLOT = 'auth_token'

const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['emailSend', 'email.sent'],
  ['emailSendSkip', 'email.rejected'],
  ['emailBounce', 'email.bounced'],
  ['emailComplaint', 'email.spam_reported'],
  ['emailOpen', 'email.opened'],
  ['emailClick', 'email.clicked'],
  // A click on the link to the unsubscribe page. An unsubscribe on that page is `emailUnSubscribe`.
  ['hostedUnsubscribeClick', 'email.clicked'],
  ['emailUnSubscribe', 'email.unsubscribed'],
  ['emailSubscribe', 'email.subscribed'],
])

/** Beginnings of a bounce's `recipientState`. */
const BOUNCES: readonly (readonly [beginning: string, type: BounceType])[] = [
  ['HardBounce', 'hard'],
  ['SoftBounce', 'soft'],
  ['DNSFailure', 'soft'],
  ['MailBlock', 'blocked'],
]

const causeOf = nativeCauses({ mailblock: '~reputation', dnsfailure: 'unreachable' })

/** Channels other than email, and the end of a journey. */
const FOREIGN = /^(?:(?:push|webPush|sms|inApp|inbox|embedded|whatsApp)[A-Z]|journeyExit$)/

/** Fields that say what was left or joined, and the kind of scope that each makes. */
const SCOPES = [
  ['channelIds', 'channel'],
  ['messageTypeIds', 'messagetype'],
  ['emailListIds', 'list'],
] as const

export const iterable = provider({
  name: 'iterable',
  title: 'Iterable',
  secrets: { [SLOT]: 'text', headers: 'named-values' },
  generated: [SLOT],
  authMethods: [tokenProof(SLOT, SLOT, authToken), headersProof()],
  // Retries are not documented: one day plus a margin.
  replayWindowSeconds: 26 * 3_600,
  read,
})

/** The token of `Authorization: <type> <token>`, or the whole value if it has no type. */
function authToken(headers: Headers): string | undefined {
  return /^(?:(?:Basic|OAuth2) )?([\x21-\x7e]{1,8192})$/i.exec(headers.get('authorization') ?? '')?.[1]
}

function read(item: unknown): readonly Draft[] | undefined {
  const event = textAt(item, 'eventName')
  if (!isObject(item) || event === undefined) return undefined
  if (FOREIGN.test(event)) return []
  const data = objectAt(item, 'dataFields')
  const source = textAt(data, 'unsubSource')
  // A reply to a text message.
  if (event === 'emailUnSubscribe' && source === 'SMS') return []
  const scopes = scopesOf(data)
  const type = typeOf(event, source, scopes)
  const occurredAtMs = createdAtMs(textAt(data, 'createdAt'))
  const messageId = textAt(data, 'messageId')
  const recipient = textAt(item, 'email') ?? textAt(data, 'email')
  const url = textAt(data, 'url')
  const isChange = type === 'email.unsubscribed' || type === 'email.subscribed'
  return (isChange && scopes.length > 0 ? scopes : [undefined]).map((scope) => ({
    type,
    native_type: event,
    occurredAtMs,
    // Names of campaigns and templates may change between two attempts.
    identity:
      messageId === undefined || occurredAtMs === undefined
        ? [canonical(item), ...(scope === undefined ? [] : [scope])]
        : [event, messageId, recipient, occurredAtMs, url, ...(scope === undefined ? [] : [scope])],
    message_id: messageId,
    recipient,
    ...(type === 'email.bounced' ? bounceOf(data) : { reason: textAt(data, 'reason') ?? source }),
    reject_reason: type === 'email.rejected' ? 'other' : undefined,
    url,
    user_agent: textAt(data, 'userAgent'),
    client_ip: textAt(data, 'ip'),
    tags: textsAt(data, 'labels'),
    campaign_id: textAt(data, 'campaignId'),
    scope,
  }))
}

const scopesOf = (data: JsonObject): string[] =>
  SCOPES.flatMap(([field, kind]) => textsAt(data, field).map((id) => `${kind}:${id}`))

/** A hard bounce is an event of its own, and nobody's wish. A re-subscribe that names nothing lifts nothing. */
function typeOf(event: string, source: string | undefined, scopes: readonly string[]): EventType {
  if (event === 'emailUnSubscribe' && source === 'HardBounce') return 'email.unknown'
  if (event === 'emailSubscribe' && scopes.length === 0) return 'email.unknown'
  return TYPES.get(event) ?? 'email.unknown'
}

function bounceOf(
  data: JsonObject,
): Pick<Draft, 'bounce_type' | 'reason' | 'cause' | 'smtp_code' | 'enhanced_code'> {
  const state = textAt(data, 'recipientState') ?? ''
  // Documented for the event itself, but absent from the webhook's example.
  const message = textAt(data, 'bounceMessage')
  return {
    bounce_type: BOUNCES.find(([beginning]) => state.startsWith(beginning))?.[1] ?? 'undetermined',
    reason: message ?? (state || undefined),
    cause: causeOf(state),
    ...codesOf(message),
  }
}

/** `2016-12-02 20:21:04 +00:00`: RFC 3339 except for the space before the zone. */
const createdAtMs = (text: string | undefined): number | undefined =>
  instantAt(text?.replace(/ (?=[+-][0-9]{2}:[0-9]{2}$)/, ''))
