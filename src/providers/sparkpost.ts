/**
 * SparkPost (Bird) event webhooks. Nothing is signed: SparkPost sends the credentials that were set on the webhook (Basic, a bearer
 * token of OAuth 2 client credentials, custom headers, or the old header `X-MessageSystems-Webhook-Token`). So anyone who has
 * seen one delivery can forge others. The body is not covered.
 *
 * A batch is an array of `{"msys": {"<class>": {…}}}`. `[{"msys": {}}]` is the test that SparkPost sends when a webhook is created.
 *
 * @see https://developers.sparkpost.com/api/webhooks/
 */
import type { BounceType, EventType } from '../event/mail-event.ts'
import { type JsonObject, isObject } from '../platform/json.ts'
import { codesOf } from '../event/cause/answer.ts'
import {
  booleanAt,
  canonical,
  instantAt,
  objectAt,
  openArray,
  otherIdsAt,
  secondsAt,
  textAt,
  textsAt,
  valueAt,
} from './shared/native.ts'
import { bounceClassCause } from './shared/native-cause.ts'
import { type Draft, provider } from './shared/provider.ts'
import { basicProof, headersProof, oauth2Proof } from './shared/credentials.ts'

const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['injection', 'email.sent'],
  ['delivery', 'email.delivered'],
  ['delay', 'email.deferred'],
  ['bounce', 'email.bounced'],
  ['out_of_band', 'email.bounced'],
  ['policy_rejection', 'email.rejected'],
  ['generation_rejection', 'email.rejected'],
  ['generation_failure', 'email.failed'],
  ['spam_complaint', 'email.spam_reported'],
  ['open', 'email.opened'],
  ['initial_open', 'email.opened'],
  ['amp_open', 'email.opened'],
  ['amp_initial_open', 'email.opened'],
  ['click', 'email.clicked'],
  ['amp_click', 'email.clicked'],
  // Which of SparkPost's two lists it is for, transactional mail or other, is not in the event: it stops both.
  ['list_unsubscribe', 'email.unsubscribed'],
  ['link_unsubscribe', 'email.unsubscribed'],
  ['relay_message', 'email.inbound'],
])

/** `bounce_class` values that say whether the failure is permanent. */
const BOUNCE_CLASSES: ReadonlyMap<string, BounceType> = new Map([
  ['1', 'undetermined'],
  ['10', 'hard'],
  ['30', 'hard'],
  ...['20', '21', '22', '23', '24', '40', '70'].map((code) => [code, 'soft'] as const),
  ...['25', '50', '51', '52', '53', '54'].map((code) => [code, 'blocked'] as const),
])

/** `bounce_class` of replies that are no failure: an absence note and a challenge do not mean a bad address. */
const NO_BOUNCES: ReadonlyMap<string, EventType> = new Map([
  ['60', 'email.autoresponded'],
  ['100', 'email.autoresponded'],
  ['80', 'email.subscribed'],
  ['90', 'email.unsubscribed'],
])

const BY_PERSON: ReadonlySet<EventType> = new Set(['email.opened', 'email.clicked', 'email.unsubscribed'])

export const sparkpost = provider({
  name: 'sparkpost',
  title: 'SparkPost',
  secrets: { oauth2: 'oauth2', basic_auth: 'basic', headers: 'named-values' },
  authMethods: [oauth2Proof(), basicProof(), headersProof()],
  // 12 attempts over 8 hours, plus a margin.
  replayWindowSeconds: 10 * 3_600,
  open: openArray,
  read,
})

/** Text messages share the webhook: their numbers are nobody's address. */
function read(item: unknown): readonly Draft[] | undefined {
  const wrapped = valueAt(item, 'msys')
  if (!isObject(wrapped)) return undefined
  const events = Object.entries(wrapped)
  if (events.some(([, event]) => !isObject(event))) return undefined
  return events.flatMap(([category, event]) =>
    isObject(event) && event['type'] !== 'sms_status' ? [readEvent(category, event)] : [],
  )
}

function readEvent(category: string, event: JsonObject): Draft {
  // A relayed message has no `type`.
  const nativeType = textAt(event, 'type') ?? category
  const bounceClass = textAt(event, 'bounce_class') ?? ''
  const named = TYPES.get(nativeType) ?? 'email.unknown'
  const type = named === 'email.bounced' ? (NO_BOUNCES.get(bounceClass) ?? named) : named
  const reason = textAt(event, 'raw_reason') ?? textAt(event, 'reason')
  const errorCode = textAt(event, 'error_code')
  const campaign = textAt(event, 'campaign_id')
  return {
    type,
    native_type: nativeType,
    // Unix seconds as text; samples in the format of the Events API have RFC 3339.
    occurredAtMs: timeOf(event),
    identity: identityOf(event, nativeType),
    provider_event_id: textAt(event, 'event_id'),
    message_id: textAt(event, 'message_id') ?? textAt(event, 'transmission_id'),
    // The send API answers only the transmission's id, which all recipients of a call share.
    other_message_ids: otherIdsAt(event, 'transmission_id'),
    recipient: recipientOf(event),
    bounce_type: type === 'email.bounced' ? (BOUNCE_CLASSES.get(bounceClass) ?? 'undetermined') : undefined,
    reason: reason ?? errorCode,
    cause: bounceClassCause(bounceClass),
    reject_reason: type === 'email.rejected' ? 'other' : undefined,
    ...(errorCode === undefined ? {} : { smtp_code: errorCode }),
    ...codesOf(reason),
    url: textAt(event, 'target_link_url'),
    user_agent: textAt(event, 'user_agent'),
    // In an event of the message, this is the server that the mail was handed to.
    client_ip: BY_PERSON.has(type) ? textAt(event, 'ip_address') : undefined,
    // The campaign is about the message; `rcpt_tags` describe the recipient and are used only without a campaign.
    tags: campaign === undefined ? textsAt(event, 'rcpt_tags') : [campaign],
    campaign_id: campaign,
    automated: booleanAt(event, 'user_agent_parsed', 'is_prefetched'),
    metadata: objectAt(event, 'rcpt_meta'),
  }
}

const timeOf = (event: JsonObject): number | undefined =>
  secondsAt(event, 'timestamp') ?? instantAt(event, 'timestamp')

/** The address as the sender wrote it; `rcpt_to` is in lower case. */
const recipientOf = (event: JsonObject): string | undefined =>
  textAt(event, 'raw_rcpt_to') ?? textAt(event, 'rcpt_to')

/**
 * The event's id, except for opens. The first open is reported twice, as `open` and `initial_open` with two ids, and must count
 * once. Both have the same message, recipient, time and client.
 */
function identityOf(event: JsonObject, nativeType: string): Draft['identity'] {
  const message = textAt(event, 'message_id') ?? textAt(event, 'transmission_id')
  const occurredAtMs = timeOf(event)
  if (
    message !== undefined &&
    occurredAtMs !== undefined &&
    /^(?:amp_)?(?:initial_)?open$/.test(nativeType)
  ) {
    const kind = nativeType.replace('initial_', '')
    return [
      kind,
      message,
      recipientOf(event),
      occurredAtMs,
      textAt(event, 'ip_address'),
      textAt(event, 'user_agent'),
    ]
  }
  const eventId = textAt(event, 'event_id')
  return eventId === undefined ? [canonical(event)] : [nativeType, eventId]
}
