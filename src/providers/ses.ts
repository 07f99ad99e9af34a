/**
 * Amazon SES through an SNS topic: event publishing (`eventType`) and identity notifications (`notificationType`). A message for
 * several recipients gives one event for each.
 *
 * Mail that SES did not send, because the address is on a list, failed validation or has left the topic, is reported as a permanent
 * bounce or a complaint. It is a rejection here: nobody's server refused it, and nobody complained. (Subtypes: eight receivers of
 * 2026. AWS leaves the lists of account and tenant out of its own bounce rate, and counts `Suppressed`, its list for everybody.)
 *
 * Not supported: raw message delivery, which has no signature, and EventBridge, whose HTTP format could not be verified.
 *
 * @see https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
 */
import type { BounceType, RejectReason } from '../event/mail-event.ts'
import type { Json } from '../platform/json.ts'
import { codesOf } from '../event/cause/answer.ts'
import {
  addressOf,
  booleanAt,
  entriesWithout,
  instantAt,
  objectAt,
  otherIdsAt,
  textAt,
  textsAt,
  valueAt,
} from './shared/native.ts'
import { nativeCauses, sesCause } from './shared/native-cause.ts'
import { type Draft, type Meaning, provider } from './shared/provider.ts'
import { openSns, snsProof } from './shared/sns.ts'

/** How one kind of event is read. `detail` is the member with the fields of that kind. */
interface Kind {
  readonly detail: string
  readonly meaning: (detail: Json | undefined) => Meaning
  /** The list of recipients, each with an `emailAddress`. If absent, `mail.destination` has the recipients. */
  readonly recipients?: string
  /**
   * One person's act. If there are several recipients, SES does not say whose, so it is nobody's: most mailbox providers hide who
   * complained, and then all recipients there are listed.
   */
  readonly byOne?: true
  /** Members of the detail that give the reason. The first one present counts. */
  readonly reasons?: readonly string[]
  /** The detail has no time of its own: the event happened when the mail was sent. */
  readonly atSending?: boolean
}

const BOUNCES: ReadonlyMap<string, BounceType> = new Map([
  ['Permanent', 'hard'],
  ['Transient', 'soft'],
])

/** Subtypes of a bounce of mail that was not sent. */
const NOT_SENT: ReadonlyMap<string, RejectReason> = new Map([
  ['OnAccountSuppressionList', 'bounced'],
  ['OnTenantSuppressionList', 'bounced'],
  ['Suppressed', 'bounced'],
  ['EmailValidationSuppressed', 'invalid'],
  ['UnsubscribedRecipient', 'unsubscribed'],
])

/** Subtypes of a complaint about mail that was not sent. */
const LISTED: ReadonlySet<string | undefined> = new Set([
  'OnAccountSuppressionList',
  'OnTenantSuppressionList',
])

/** Types of a complaint that say more than `abuse`. @see RFC 5965, section 7.3 */
const feedbackCause = nativeCauses({
  'auth-failure': 'authentication',
  fraud: 'content',
  virus: 'content/virus',
})

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
      meaning: bounce,
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
      byOne: true,
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
  ['Open', { detail: 'open', meaning: always({ type: 'email.opened' }), byOne: true }],
  ['Click', { detail: 'click', meaning: always({ type: 'email.clicked' }), byOne: true }],
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
  [
    'Subscription',
    { detail: 'subscription', meaning: always({ type: 'email.unknown' }), byOne: true, reasons: ['source'] },
  ],
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
    // The header of the mail, which a sender may choose.
    other_message_ids: otherIdsAt(objectAt(mail, 'commonHeaders'), 'messageId'),
    url: textAt(detail, 'link'),
    // In a complaint this is the program that reported it, not the recipient's client.
    user_agent: nativeType === 'Complaint' ? undefined : textAt(detail, 'userAgent'),
    client_ip: textAt(detail, 'ipAddress'),
    campaign_id: textsAt(mail, 'tags', 'ses:configuration-set')[0],
    metadata: customTags(valueAt(mail, 'tags')),
  }
  const changes = nativeType === 'Subscription' ? subscriptionChanges(detail) : []
  return recipientsOf(kind, mail, detail).flatMap((recipient) => {
    const address = addressOf(typeof recipient === 'string' ? recipient : textAt(recipient, 'emailAddress'))
    const reason = textAt(recipient, 'diagnosticCode') ?? firstText(detail, kind.reasons ?? [])
    const codes = codesOf(reason)
    const draft: Draft = {
      ...shared,
      recipient: address,
      identity: [id, nativeType, address],
      reason,
      cause:
        nativeType === 'Reject'
          ? { cause: 'content', detail: null, isFirm: true }
          : (sesCause(
              textAt(detail, 'bounceSubType') ??
                textAt(detail, 'delayType') ??
                textAt(detail, 'complaintSubType'),
              textAt(detail, 'bounceType'),
            ) ?? feedbackCause(textAt(detail, 'complaintFeedbackType'))),
      smtp_code: codes.smtp_code,
      enhanced_code: textAt(recipient, 'status') ?? codes.enhanced_code,
    }
    return changes.length === 0
      ? [draft]
      : changes.map((change) => ({ ...draft, ...change, identity: identityWith(draft, change.scope) }))
  })
}

const identityWith = ({ identity }: Draft, scope: Draft['scope']): Draft['identity'] =>
  scope === undefined ? identity : [...identity, scope]

/** At least one entry: an event without recipients still counts. */
function recipientsOf({ recipients, byOne }: Kind, mail: unknown, detail: unknown): readonly unknown[] {
  const own = recipients === undefined ? undefined : valueAt(detail, recipients)
  const found = Array.isArray(own) && own.length > 0 ? own : valueAt(mail, 'destination')
  if (!Array.isArray(found) || found.length === 0) return [undefined]
  return byOne === true && found.length > 1 ? [undefined] : found
}

function bounce(detail: Json | undefined): Meaning {
  const reject_reason = NOT_SENT.get(textAt(detail, 'bounceSubType') ?? '')
  if (reject_reason !== undefined) return { type: 'email.rejected', reject_reason }
  return {
    type: 'email.bounced',
    bounce_type: BOUNCES.get(textAt(detail, 'bounceType') ?? '') ?? 'undetermined',
  }
}

/** A not-spam report is no complaint, and a message to a suppressed address was not sent. */
function complaint(detail: Json | undefined): Meaning {
  if (textAt(detail, 'complaintFeedbackType') === 'not-spam') return { type: 'email.unknown' }
  return LISTED.has(textAt(detail, 'complaintSubType'))
    ? { type: 'email.rejected', reject_reason: 'spam' }
    : { type: 'email.spam_reported' }
}

/** One change of preferences: for all mail, or for one topic. */
type Change = Pick<Draft, 'type' | 'scope'>

/**
 * The changes of a contact's preferences, of which old and new state all topics. An unsubscribe from everything is lifted only if it
 * stood before and is gone: who leaves or joins one topic has `unsubscribeAll: false` before and after. Opt-outs of single topics
 * outlast it.
 */
function subscriptionChanges(detail: unknown): readonly Change[] {
  const [all, before] = PREFERENCES.map((name) => booleanAt(detail, name, 'unsubscribeAll'))
  if (all === true) return [{ type: 'email.unsubscribed' }]
  const [topics, topicsBefore] = PREFERENCES.map((name) => topicsOf(valueAt(detail, name)))
  const comesBack = all === false && before === true
  const changes = [...(topics ?? [])].flatMap(([topic, status]): Change[] => {
    const scope = `topic:${topic}`
    if (!comesBack && status === topicsBefore?.get(topic)) return []
    if (status === 'optout') return [{ type: 'email.unsubscribed', scope }]
    return status === 'optin' && !comesBack ? [{ type: 'email.subscribed', scope }] : []
  })
  return comesBack ? [{ type: 'email.subscribed' }, ...changes] : changes
}

const PREFERENCES = ['newTopicPreferences', 'oldTopicPreferences'] as const

/** Statuses by topic: `optin` or `optout`. Amazon's page has `OptIn`; its API, and a receiver, `OPT_IN`. */
const topicsOf = (preferences: unknown): ReadonlyMap<string, string> => {
  const listed = valueAt(preferences, 'topicSubscriptionStatus')
  return new Map(
    (Array.isArray(listed) ? listed : []).flatMap((entry) => {
      const [topic, status] = [textAt(entry, 'topicName'), textAt(entry, 'subscriptionStatus')]
      return topic === undefined || status === undefined
        ? []
        : [[topic, status.toLowerCase().replace('_', '')] as const]
    }),
  )
}

const firstText = (detail: unknown, names: readonly string[]): string | undefined =>
  names.map((name) => textAt(detail, name)).find((text) => text !== undefined)

function customTags(tags: Json | undefined): Draft['metadata'] {
  const object = objectAt(tags)
  return entriesWithout(object, new Set(Object.keys(object).filter((name) => name.startsWith(OWN_TAG))))
}
