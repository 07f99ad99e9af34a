/**
 * Postmark. Nothing is signed: a delivery is verified by Basic credentials or by custom headers, and identified by its body.
 *
 * A list of Postmark's addresses is not built in: its support page has one, which could not be verified.
 *
 * A suppression at Postmark holds for one message stream, so an unsubscribe does, too.
 *
 * @see https://postmarkapp.com/developer/webhooks/webhooks-overview; postmark-webhooks/SKILL.md of ActiveCampaign/postmark-skills, version
 * 1.1.0 (2026-09), for retries
 */
import type { EventType } from '../event/mail-event.ts'
import { nativeCauses } from './shared/native-cause.ts'
import { type Draft, type Meaning, provider } from './shared/provider.ts'
import { codesOf } from '../event/cause/answer.ts'
import { addressesOf, instantAt, objectAt, textAt, textsAt, valueAt } from './shared/native.ts'
import { scopeOf, typeInScope } from './shared/scope.ts'
import { basicProof, headersProof } from './shared/credentials.ts'

/** By `RecordType`, if that alone decides it. */
const RECORDS: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ['Delivery', { type: 'email.delivered' }],
  ['Open', { type: 'email.opened' }],
  ['Click', { type: 'email.clicked' }],
  ['SpamComplaint', { type: 'email.spam_reported' }],
  ['Inbound', { type: 'email.inbound' }],
])

/** By `Type` of a bounce. */
const BOUNCES: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ['HardBounce', { type: 'email.bounced', bounce_type: 'hard' }],
  ['SoftBounce', { type: 'email.bounced', bounce_type: 'soft' }],
  ['Transient', { type: 'email.deferred', bounce_type: 'soft' }],
  ['DnsError', { type: 'email.deferred', bounce_type: 'soft' }],
  ['OpenRelayTest', { type: 'email.deferred', bounce_type: 'soft' }],
  ['Blocked', { type: 'email.bounced', bounce_type: 'blocked' }],
  ['DMARCPolicy', { type: 'email.bounced', bounce_type: 'blocked' }],
  ['VirusNotification', { type: 'email.bounced', bounce_type: 'blocked' }],
  // "Either blocked by the user, or classified as spam, bulk mail, or had rejected content": mostly a filter's verdict and no complaint,
  // though some receivers count it as one. So it suppresses nobody.
  ['SpamNotification', { type: 'email.bounced', bounce_type: 'blocked' }],
  ['SpamComplaint', { type: 'email.spam_reported' }],
  ['BadEmailAddress', { type: 'email.rejected', reject_reason: 'invalid' }],
  ['ManuallyDeactivated', { type: 'email.rejected', reject_reason: 'other' }],
  ['Unconfirmed', { type: 'email.rejected', reject_reason: 'other' }],
  ['SMTPApiError', { type: 'email.failed' }],
  // Mail to an inbound address, which its hook did not take.
  ['InboundError', { type: 'email.failed' }],
  ['TemplateRenderingFailed', { type: 'email.failed' }],
  ['AutoResponder', { type: 'email.autoresponded' }],
  ['AddressChange', { type: 'email.autoresponded' }],
  ['ChallengeVerification', { type: 'email.autoresponded' }],
  ['Unsubscribe', { type: 'email.unsubscribed' }],
  ['Subscribe', { type: 'email.subscribed' }],
])

/** By `SuppressionReason` of a change that suppresses. Any other reason counts as an unsubscribe by the person. */
const SUPPRESSIONS: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ['HardBounce', { type: 'email.bounced', bounce_type: 'hard' }],
  ['SpamComplaint', { type: 'email.spam_reported' }],
])

/** Fields that only one kind of record has, for older payloads without `RecordType`. */
const TELLTALES = [
  ['FirstOpen', 'Open'],
  ['OriginalLink', 'Click'],
  ['DeliveredAt', 'Delivery'],
  ['BouncedAt', 'Bounce'],
  ['SuppressSending', 'SubscriptionChange'],
  ['FromFull', 'Inbound'],
] as const

export const postmark = provider({
  name: 'postmark',
  title: 'Postmark',
  secrets: { basic_auth: 'basic', headers: 'named-values' },
  authMethods: [basicProof(), headersProof()],
  // Of the vendor's article 800, "IPs for firewalls", as ten public receivers that cite it have them (2026-12-01). The article itself was
  // not read, so they are only offered.
  offeredNetworks: ['3.134.147.250/32', '18.217.206.57/32', '50.31.156.6/32', '50.31.156.77/32'],
  // Inbound mail: ten retries over about 10.5 hours. All others: six over 70 minutes.
  replayWindowSeconds: 12 * 3_600,
  // Every 4xx but 408 and 429 drops the event at once (2026-09), and a wrong password on our side looks like a forgery. For inbound mail
  // only 403 does.
  statuses: { unverified: 429, permanent: 403 },
  read,
})

function read(item: unknown): readonly Draft[] | undefined {
  const record =
    textAt(item, 'RecordType') ?? TELLTALES.find(([field]) => valueAt(item, field) !== undefined)?.[1]
  if (record === undefined) return undefined
  const { nativeType, ...meaning } = meaningOf(record, item)
  const scope = scopeOf(meaning.type, 'stream', textAt(item, 'MessageStream'))
  const type = typeInScope(meaning.type, scope)
  const occurredAtMs = timeOf(item)
  const messageId = textAt(item, 'MessageID')
  const url = textAt(item, 'OriginalLink')
  const bounceId = textAt(item, 'ID')
  const reason = textAt(item, 'Details') ?? textAt(item, 'Description')
  return recipientsOf(type, item).map((recipient) => ({
    ...meaning,
    type,
    native_type: nativeType,
    occurredAtMs,
    identity: [nativeType, bounceId, messageId, recipient, occurredAtMs, url],
    provider_event_id: bounceId,
    message_id: messageId,
    recipient,
    reason,
    cause: record === 'Bounce' ? causeOf(textAt(item, 'Type')) : undefined,
    ...codesOf(reason),
    url,
    user_agent: textAt(item, 'UserAgent'),
    client_ip: textAt(item, 'Geo', 'IP'),
    tags: textsAt(item, 'Tag'),
    scope,
    metadata: objectAt(item, 'Metadata'),
  }))
}

/** By `Type` of a bounce. @see https://postmarkapp.com/developer/api/bounce-api#bounce-types */
const causeOf = nativeCauses({
  hardbounce: '~no_mailbox',
  transient: '~unreachable',
  dnserror: 'unreachable',
  spamnotification: 'content',
  blocked: '~reputation',
  dmarcpolicy: 'authentication/dmarc',
  virusnotification: 'content',
  bademailaddress: 'no_mailbox',
  manuallydeactivated: 'suppressed',
  unconfirmed: 'suppressed',
})

/** Inbound mail belongs to each mailbox that received it. Whom else it was addressed to tells nothing of that. */
function recipientsOf(type: EventType, item: unknown): readonly (string | undefined)[] {
  if (type !== 'email.inbound') return [textAt(item, 'Recipient') ?? textAt(item, 'Email')]
  const mailboxes = addressesOf(textAt(item, 'OriginalRecipient'))
  return mailboxes.length > 0 ? mailboxes : [textAt(item, 'To')]
}

/** The event's meaning, and its native type: the record's type and what refines it. */
function meaningOf(record: string, item: unknown): Meaning & { readonly nativeType: string } {
  if (record === 'SubscriptionChange') {
    const reason = textAt(item, 'SuppressionReason')
    const nativeType = `${record}/${reason ?? 'None'}`
    const suppresses = valueAt(item, 'SuppressSending')
    if (suppresses === true)
      return { ...(SUPPRESSIONS.get(reason ?? '') ?? { type: 'email.unsubscribed' }), nativeType }
    // Only an explicit `false` may lift an unsubscribe.
    return { type: suppresses === false ? 'email.subscribed' : 'email.unknown', nativeType }
  }
  const type = textAt(item, 'Type')
  const nativeType = type === undefined ? record : `${record}/${type}`
  if (record !== 'Bounce') return { ...(RECORDS.get(record) ?? { type: 'email.unknown' }), nativeType }
  return {
    ...(BOUNCES.get(type ?? '') ?? { type: 'email.bounced', bounce_type: 'undetermined' }),
    nativeType,
  }
}

/** Each kind of record has another name for its time. */
const timeOf = (item: unknown): number | undefined =>
  ['DeliveredAt', 'BouncedAt', 'ReceivedAt', 'ChangedAt']
    .map((field) => instantAt(item, field))
    .find((ms) => ms !== undefined)
