/**
 * Klaviyo system webhooks. Verified by a hex HMAC-SHA256 over the whole body, directly followed by the text of
 * `Klaviyo-Timestamp`; the key is the webhook's secret key as text. Not covered: other headers and the URL.
 *
 * That header has a wrong time: it was observed five hours away from UTC, labeled GMT. So the time is read from `meta.timestamp`
 * of the body, which is signed as well. A body without it is refused. That also refuses a body whose end was moved into the
 * header, which would have the same signed bytes: neither half is JSON then.
 *
 * Klaviyo identifies a person by a profile id and sends the address with a few events only. A campaign's message has one id for
 * all recipients, so the message id here is that id together with the profile's.
 *
 * The webhook's id in `Klaviyo-Webhook-Id` is not signed. Klaviyo requires it to equal the body's, so another id is refused.
 * Flow webhooks are a different product: they are not signed.
 *
 * @see https://developers.klaviyo.com/en/docs/working_with_system_webhooks
 * @see https://help.klaviyo.com/hc/en-us/articles/17760478970907 for a whole payload
 */
import type { BounceType, EventType } from '../event/mail-event.ts'
import { utf8 } from '../platform/bytes.ts'
import { type JsonObject, isObject, parseJson } from '../platform/json.ts'
import { type Delivery, type Presented, type NoCredentials, lacks } from './shared/presented-credentials.ts'
import {
  booleanAt,
  canonical,
  instantAt,
  objectAt,
  secondsAt,
  textAt,
  utcAt,
  valueAt,
} from './shared/native.ts'
import { type Draft, type Opened, type VerifiedBytes, provider } from './shared/provider.ts'
import { hmacSha256 } from './shared/hmac.ts'

const SIGNATURE = 'klaviyo-signature'
const TIMESTAMP = 'klaviyo-timestamp'
const WEBHOOK_ID = 'klaviyo-webhook-id'
const SLOT = 'signing_secret'

/** Topics of Klaviyo's own metrics begin with this; topics of other integrations begin with their names. */
const OWN = 'event:klaviyo.'

const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['received_email', 'email.delivered'],
  // This spelling is in Klaviyo's examples, but not in its list of topics.
  ['email_delivered', 'email.delivered'],
  ['bounced_email', 'email.bounced'],
  ['dropped_email', 'email.rejected'],
  ['opened_email', 'email.opened'],
  ['clicked_email', 'email.clicked'],
  ['marked_email_as_spam', 'email.spam_reported'],
  ['subscribed_to_email_marketing', 'email.subscribed'],
  ['unsubscribed_from_email_marketing', 'email.unsubscribed'],
  // An operator did it at Klaviyo (2026). The opposite, `manually_unsuppressed_…`, does not undo what the person chose, so it lifts nothing.
  ['manually_suppressed_from_email_marketing', 'email.unsubscribed'],
])

/** Channels other than email, reviews, and a person's settings. */
const FOREIGN_TOPIC =
  /(?:^|_)(?:sms|push|whatsapp|rcs)(?:_|$)|^(?:ready_to_review|submitted_rating|submitted_review|updated_email_preferences)$/

export const klaviyo = provider({
  name: 'klaviyo',
  title: 'Klaviyo',
  nameless: {
    types: 'all',
    why: 'Klaviyo names an address in a few events only, and none in bounces and complaints. It names a profile, whose id is in the metadata. Let Klaviyo suppress, or look the profile up by its API.',
  },
  secrets: { [SLOT]: 'text' },
  generated: [SLOT],
  authMethods: [{ name: 'signature', slots: [SLOT], covers: 'body', credentials: signature }],
  // Klaviyo disables a webhook after 48 hours of failures. Whether a retry has a new time is not documented: plus a margin.
  replayWindowSeconds: 3 * 86_400,
  // A thousand events, each in the format of the API.
  maxBodyBytes: 8 * 1_048_576,
  open,
  read,
})

function signature(delivery: Delivery): Presented {
  const { headers } = delivery
  const text = headers.get(SIGNATURE)
  if (text === null) return lacks('header_missing', SIGNATURE)
  const timestamp = headers.get(TIMESTAMP)
  if (timestamp === null) return lacks('header_missing', TIMESTAMP)
  return {
    ...hmacSha256(SLOT, [{ text, encoding: 'hex' }], [delivery.body, utf8(timestamp)], delivery),
    // A batch may be large, so it is parsed only after verification.
    signedAtOnceVerified: () => signedAtSeconds(delivery),
  }
}

/** The time in the body, if the body's webhook id is also the one in the header. */
function signedAtSeconds({ headers, body }: Delivery): number | NoCredentials {
  const meta = objectAt(parseJson(body), 'meta')
  const signedAtMs = utcAt(meta, 'timestamp')
  if (signedAtMs === undefined) return lacks('proof_malformed', 'meta.timestamp')
  const webhookId = headers.get(WEBHOOK_ID)
  if (webhookId !== null && webhookId !== textAt(meta, 'klaviyo_webhook_id'))
    return lacks('proof_malformed', WEBHOOK_ID)
  return Math.floor(signedAtMs / 1_000)
}

function open({ bytes }: VerifiedBytes): Opened {
  const data = objectAt(parseJson(bytes))['data']
  return Array.isArray(data) ? { kind: 'items', items: data } : { kind: 'unreadable' }
}

const BOUNCES: ReadonlyMap<string, BounceType> = new Map([
  ['hard', 'hard'],
  ['soft', 'soft'],
])

function read(item: unknown): readonly Draft[] | undefined {
  const topic = textAt(item, 'topic')
  if (!isObject(item) || topic === undefined) return undefined
  const metric = topic.startsWith(OWN) ? topic.slice(OWN.length) : undefined
  if (metric !== undefined && FOREIGN_TOPIC.test(metric)) return []
  const type = TYPES.get(metric ?? '') ?? 'email.unknown'
  const event = objectAt(item, 'payload', 'data')
  const attributes = objectAt(event, 'attributes')
  const properties = objectAt(attributes, 'event_properties')
  const id = textAt(item, 'external_id') ?? textAt(event, 'id')
  const message = textAt(properties, '$message')
  const profile = textAt(event, 'relationships', 'profile', 'data', 'id')
  return [
    {
      type,
      native_type: topic,
      occurredAtMs: secondsAt(attributes, 'timestamp') ?? instantAt(attributes, 'datetime'),
      identity: id === undefined ? [canonical(item)] : [topic, id],
      provider_event_id: id,
      message_id: message === undefined || profile === undefined ? undefined : `${message}:${profile}`,
      recipient: textAt(properties, 'email_address') ?? includedAddress(item, profile),
      bounce_type:
        type === 'email.bounced'
          ? (BOUNCES.get(textAt(properties, 'Bounce Type')?.toLowerCase() ?? '') ?? 'undetermined')
          : undefined,
      reject_reason: type === 'email.rejected' ? 'other' : undefined,
      automated: automatedOf(type, properties),
      url: type === 'email.clicked' ? textAt(properties, 'URL') : undefined,
      campaign_id: message,
      metadata: profile === undefined ? {} : { profile_id: profile },
    },
  ]
}

/** The address in the event's profile, if the event comes as a compound document. Whether webhooks ever do is not verified. */
const includedAddress = (item: JsonObject, profile: string | undefined): string | undefined => {
  const included = valueAt(item, 'payload', 'included')
  const own = Array.isArray(included) && included.find((one) => profile && textAt(one, 'id') === profile)
  return textAt(own, 'attributes', 'email')
}

/** Properties by which Klaviyo tells machines (2026, as its API's clients name them). */
const AUTOMATED: ReadonlyMap<EventType, string> = new Map([
  ['email.opened', 'machine_open'],
  ['email.clicked', 'Bot Click'],
])

/** That an open is not by Apple's proxy does not say that a person made it. */
function automatedOf(type: EventType, properties: JsonObject): boolean | undefined {
  const flag = flagAt(properties, AUTOMATED.get(type))
  return type === 'email.opened' && flag === false ? undefined : flag
}

const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
])

/** A flag as a boolean or as text. */
function flagAt(properties: JsonObject, name: string | undefined): boolean | undefined {
  if (name === undefined) return undefined
  const text = textAt(properties, name)?.toLowerCase()
  return text === undefined ? booleanAt(properties, name) : FLAGS.get(text)
}
