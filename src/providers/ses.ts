/**
 * Amazon SES through an SNS topic: event publishing (`eventType`) and identity notifications (`notificationType`). A message for
 * several recipients gives one event for each.
 *
 * Not supported: raw message delivery, which has no signature, and EventBridge, whose HTTP format could not be verified.
 *
 * @see https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
 */
import type { BounceType } from '../event/mail-event.ts'
import type { Json } from '../platform/json.ts'
import {
  addressOf,
  codesOf,
  entriesWithout,
  instantAt,
  objectAt,
  textAt,
  textsAt,
  valueAt,
} from './shared/native.ts'
import { type Draft, type Meaning, provider } from './shared/provider.ts'
import { openSns, snsProof } from './shared/sns.ts'

/** How one kind of event is read. `detail` is the member with the fields of that kind. */
interface Kind {
  readonly detail: string
  readonly meaning: (detail: Json | undefined) => Meaning
  /** The list of recipients, each with an `emailAddress`. If absent, `mail.destination` has the recipients. */
  readonly recipients?: string
  /** Members of the detail that give the reason. The first one present counts. */
  readonly reasons?: readonly string[]
  /** The detail has no time of its own: the event happened when the mail was sent. */
  readonly atSending?: boolean
}

const BOUNCES: ReadonlyMap<string, BounceType> = new Map([
  ['Permanent', 'hard'],
  ['Transient', 'soft'],
])

const always =
  (meaning: Meaning): Kind['meaning'] =>
  () =>
    meaning

const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['Send', { detail: 'send', meaning: always({ type: 'email.sent' }), atSending: true }],
  [
    'Delivery',
    {
      detail: 'delivery',
      meaning: always({ type: 'email.delivered' }),
      recipients: 'recipients',
      reasons: ['smtpResponse'],
    },
  ],
  [
    'Bounce',
    {
      detail: 'bounce',
      meaning: (detail) => ({
        type: 'email.bounced',
        bounce_type: BOUNCES.get(textAt(detail, 'bounceType') ?? '') ?? 'undetermined',
      }),
      recipients: 'bouncedRecipients',
      reasons: ['bounceSubType', 'bounceType'],
    },
  ],
  [
    'Complaint',
    {
      detail: 'complaint',
      meaning: complaint,
      recipients: 'complainedRecipients',
      reasons: ['complaintFeedbackType', 'complaintSubType'],
    },
  ],
  [
    'Reject',
    {
      detail: 'reject',
      meaning: always({ type: 'email.rejected', reject_reason: 'other' }),
      reasons: ['reason'],
      atSending: true,
    },
  ],
  ['Open', { detail: 'open', meaning: always({ type: 'email.opened' }) }],
  ['Click', { detail: 'click', meaning: always({ type: 'email.clicked' }) }],
  [
    'Rendering Failure',
    {
      detail: 'failure',
      meaning: always({ type: 'email.failed' }),
      reasons: ['errorMessage'],
      atSending: true,
    },
  ],
  [
    'DeliveryDelay',
    {
      detail: 'deliveryDelay',
      meaning: always({ type: 'email.deferred', bounce_type: 'soft' }),
      recipients: 'delayedRecipients',
      reasons: ['delayType'],
    },
  ],
  ['Subscription', { detail: 'subscription', meaning: subscription, reasons: ['source'] }],
])

const UNKNOWN: Kind = { detail: '', meaning: always({ type: 'email.unknown' }), atSending: true }

/** Tags that SES itself adds. */
const OWN_TAG = 'ses:'

export const ses = provider({
  name: 'ses',
  title: 'Amazon SES',
  contentTypes: ['text/plain', 'application/json'],
  secrets: { topic_arns: 'topic-arn' },
  authMethods: [snsProof()],
  // SNS retries with the same signature for an hour at most.
  replayWindowSeconds: 2 * 3_600,
  // SNS does not retry after most 4xx, and the effect of a 429 is not documented.
  statuses: { rateLimited: 503 },
  open: openSns,
  read,
})

function read(item: unknown): readonly Draft[] | undefined {
  const event = valueAt(item, 'event')
  const id = textAt(item, 'id')
  const nativeType = textAt(event, 'eventType') ?? textAt(event, 'notificationType')
  if (nativeType === undefined || id === undefined) return undefined
  const kind = KINDS.get(nativeType) ?? UNKNOWN
  const mail = objectAt(event, 'mail')
  const detail = valueAt(event, kind.detail)
  const shared = {
    ...kind.meaning(detail),
    native_type: nativeType,
    occurredAtMs:
      instantAt(detail, 'timestamp') ??
      (kind.atSending === true ? instantAt(mail, 'timestamp') : undefined) ??
      instantAt(item, 'timestamp'),
    provider_event_id: textAt(detail, 'feedbackId') ?? id,
    message_id: textAt(mail, 'messageId'),
    url: textAt(detail, 'link'),
    // In a complaint this is the program that reported it, not the recipient's client.
    user_agent: nativeType === 'Complaint' ? undefined : textAt(detail, 'userAgent'),
    client_ip: textAt(detail, 'ipAddress'),
    campaign_id: textsAt(mail, 'tags', 'ses:configuration-set')[0],
    metadata: customTags(valueAt(mail, 'tags')),
  }
  return recipientsOf(kind, mail, detail).map((recipient) => {
    const address = addressOf(typeof recipient === 'string' ? recipient : textAt(recipient, 'emailAddress'))
    const reason = textAt(recipient, 'diagnosticCode') ?? firstText(detail, kind.reasons ?? [])
    const codes = codesOf(reason)
    return {
      ...shared,
      recipient: address,
      identity: [id, nativeType, address],
      reason,
      smtp_code: codes.smtp_code,
      enhanced_code: textAt(recipient, 'status') ?? codes.enhanced_code,
    }
  })
}

/** At least one entry: an event without recipients still counts. */
function recipientsOf({ recipients }: Kind, mail: unknown, detail: unknown): readonly unknown[] {
  const own = recipients === undefined ? undefined : valueAt(detail, recipients)
  const found = Array.isArray(own) && own.length > 0 ? own : valueAt(mail, 'destination')
  return Array.isArray(found) && found.length > 0 ? found : [undefined]
}

/** A not-spam report is no complaint, and a message to a suppressed address was not sent. */
function complaint(detail: Json | undefined): Meaning {
  if (textAt(detail, 'complaintFeedbackType') === 'not-spam') return { type: 'email.unknown' }
  return textAt(detail, 'complaintSubType') === 'OnAccountSuppressionList'
    ? { type: 'email.rejected', reject_reason: 'spam' }
    : { type: 'email.spam_reported' }
}

/** Only an explicit `false` may lift an unsubscribe. */
function subscription(detail: Json | undefined): Meaning {
  const all = valueAt(detail, 'newTopicPreferences', 'unsubscribeAll')
  if (all === true) return { type: 'email.unsubscribed' }
  return { type: all === false ? 'email.subscribed' : 'email.unknown' }
}

const firstText = (detail: unknown, names: readonly string[]): string | undefined =>
  names.map((name) => textAt(detail, name)).find((text) => text !== undefined)

function customTags(tags: Json | undefined): Draft['metadata'] {
  const object = objectAt(tags)
  return entriesWithout(object, new Set(Object.keys(object).filter((name) => name.startsWith(OWN_TAG))))
}
