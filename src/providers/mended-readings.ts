/**
 * Readings that suppressed people wrongly and were mended on 2026-12-01: one row each, for the review of what they left behind. Events keep
 * the meaning with which they were stored, and what the ESP sent is not kept. So a row judges by what is stored, and says so if that does
 * not tell what the event would mean today. It never guesses. The sources of the facts stand in the providers, unless a row names one.
 */
import { bounceTypeByCode } from './shared/bounce-codes.ts'
import { codesOf } from '../event/cause/answer.ts'

/** One event, as far as it is stored. */
export interface StoredEvidence {
  /** The ESP's words. */
  readonly text: string
  readonly tags: readonly string[]
  readonly metadata: Readonly<Record<string, unknown>>
  /** Undefined if only the suppression's copy is left. */
  readonly event: EvidenceFacts | undefined
  /** Stored events that tell how its message ended; none if the event is not stored any more. */
  readonly sameMessage: readonly EvidenceFacts[]
}

export interface EvidenceFacts {
  readonly type: string
  readonly native_type: string
  /** Blind index; null if the event is about nobody. */
  readonly recipient: string | null
  readonly occurred_at: number
  readonly provider_event_id: string | null
  readonly smtp_code: string | null
  readonly enhanced_code: string | null
}

export interface MendedReading {
  readonly name: string
  readonly provider: string
  /** Of suppressions, as `store/suppression-reasons.ts` names them. */
  readonly reasons: readonly string[]
  readonly nativeType: RegExp
  readonly today: Today
  /** For the operator. */
  readonly why: string
}

/** The event's meaning today: null if what is stored does not tell, undefined if it would suppress as before. */
type Today = (evidence: StoredEvidence) => string | null | undefined

const SOFT = 'email.bounced, soft'
const BLOCKED = 'email.bounced, blocked'
const NOT_SENT = 'email.rejected, bounced'
const LEFT = 'email.rejected, unsubscribed'
const COMPLAINED = 'email.rejected, spam'
const NOBODY = 'about nobody'

/** Meanings of mail that was not sent, since the person has left or complained before. */
export const WISHES: ReadonlySet<string> = new Set([LEFT, COMPLAINED])

const scoped = (scope: string): string => `email.unsubscribed, scope ${scope}`

const enhancedCode = ({ event, text }: StoredEvidence): string | undefined =>
  event?.enhanced_code ?? codesOf(text).enhanced_code

const hasAddressCode = (evidence: StoredEvidence): boolean =>
  bounceTypeByCode(enhancedCode(evidence)) === 'hard'

/** By Mailgun's `reason`, which is stored only where the failure had no words. "Too old" are its words for `old`. */
const MAILGUN: ReadonlyMap<string, string | undefined> = new Map([
  ['Too old', SOFT],
  ['old', SOFT],
  ['greylisted', SOFT],
  ['espblock', BLOCKED],
  ['blacklisted', BLOCKED],
  ['bounce', undefined],
  ['hardfail', undefined],
])

const mailgunFailure: Today = (evidence) => {
  if (MAILGUN.has(evidence.text)) return MAILGUN.get(evidence.text)
  if (hasAddressCode(evidence)) return undefined
  return evidence.text === 'generic' ? `email.bounced, ${bounceTypeByCode(enhancedCode(evidence))}` : null
}

/** By the subtype, which is stored where there is no diagnosis. */
const SES: ReadonlyMap<string, string> = new Map([
  ['OnAccountSuppressionList', NOT_SENT],
  ['OnTenantSuppressionList', NOT_SENT],
  ['Suppressed', NOT_SENT],
  ['EmailValidationSuppressed', 'email.rejected, invalid'],
  ['UnsubscribedRecipient', LEFT],
])

/** SES's own diagnoses: its pages on the lists of account and tenant, and captured deliveries of 2014 to 2025. */
const SES_WORDS =
  /^Amazon SES (?:did not send|has suppressed sending)\b.*(?:suppression list|invalid address)/

const sesBounce: Today = ({ text }) => {
  if (SES_WORDS.test(text)) return NOT_SENT
  return SES.get(text) ?? (text.startsWith('Amazon SES') ? null : undefined)
}

const peopleIn = (events: readonly EvidenceFacts[]): number =>
  new Set(events.map(({ recipient }) => recipient)).size

/** One report that lists several people, of each of whom there was an event. */
const oneOfSeveral: Today = ({ event, sameMessage }) => {
  if (event === undefined) return null
  const listed = sameMessage.filter((one) => one.provider_event_id === event.provider_event_id)
  return peopleIn(listed) > 1 ? NOBODY : undefined
}

const sesComplaint: Today = (evidence) =>
  evidence.text === 'OnTenantSuppressionList' ? COMPLAINED : oneOfSeveral(evidence)

/** A mail to one person ends once. An event of it that is about nobody was read since the reading was mended. */
const resendSeveral: Today = ({ sameMessage }) => {
  const ends = (type: string): number => sameMessage.filter((one) => one.type === type).length
  const isSeveral = ends('email.delivered') > 1 || ends('email.bounced') > 1
  return isSeveral || sameMessage.some(({ recipient }) => recipient === null) ? NOBODY : null
}

/** The old reading gave each recipient an event of the same time. A real event for each may have it, too. */
const smtp2goSeveral: Today = ({ event, sameMessage }) => {
  const alike = (one: EvidenceFacts): boolean =>
    one.native_type === event?.native_type && one.occurred_at === event.occurred_at
  return event === undefined || peopleIn(sameMessage.filter(alike)) > 1 ? null : undefined
}

/** By `delivery_status`, which is stored where the receiving server gave no answer. */
const UNISENDER: ReadonlyMap<string, string> = new Map([
  ['err_spam_rejected', BLOCKED],
  ['err_blacklisted', BLOCKED],
  ['err_too_large', BLOCKED],
  ['err_destination_misconfigured', SOFT],
  ['err_giveup', SOFT],
  ['err_unsubscribed', LEFT],
  ['err_spam_skipped', COMPLAINED],
  ['err_unreachable', NOT_SENT],
  ['err_skip_letter', NOT_SENT],
  ['err_lost', 'email.failed'],
  ['err_internal', 'email.failed'],
])

const unisenderBounce: Today = (evidence) =>
  evidence.text.startsWith('err_') || hasAddressCode(evidence) ? UNISENDER.get(evidence.text) : null

const temporaryCode: Today = ({ event, text }) => {
  const code = event?.smtp_code ?? codesOf(text).smtp_code
  if (code === undefined) return event === undefined ? null : undefined
  return code.startsWith('4') ? SOFT : undefined
}

const mailgunTags: Today = ({ tags }) =>
  tags.length === 0 || tags.includes('*') ? undefined : tags.map((tag) => scoped(`tag:${tag}`)).join('; ')

const mailchimpAudience: Today = ({ metadata: { list_id: list } }) =>
  typeof list === 'string' ? scoped(`audience:${list}`) : null

const unknown: Today = () => null
const always =
  (meaning: string): Today =>
  () =>
    meaning

const HARD = ['hard_bounce'] as const
const SPAM = ['spam_report'] as const
const LEAVING = ['unsubscribe'] as const

const ROWS: readonly (readonly [string, string, MendedReading['reasons'], RegExp, Today, string])[] = [
  ['mailgun-failure', 'mailgun', HARD, /^failed$/, mailgunFailure, 'Mailgun gave up after many tries, or was blocked. That says nothing about the address.'],
  ['ses-not-sent', 'ses', HARD, /^Bounce$/, sesBounce, 'Amazon SES did not send it: the address is on a list of the account, the tenant or SES, failed its validation, or has left the topic.'],
  ['ses-complaint', 'ses', SPAM, /^Complaint$/, sesComplaint, 'Amazon SES did not send it, since the address is on the tenant’s list, or lists several recipients of whom one complained.'],
  ['resend-several', 'resend', [...HARD, ...SPAM], /^email\.(?:bounced|complained)$/, resendSeveral, 'If a mail went to several people, Resend does not say who it was, and the first was suppressed.'],
  ['mailpace-copies', 'mailpace', HARD, /^email\.bounced$/, unknown, 'If a mail had copies, MailPace does not say whose bounce it was. Copies were not stored.'],
  ['postmark-spam-filter', 'postmark', SPAM, /^Bounce\/SpamNotification$/, always(BLOCKED), 'Mostly the verdict of a spam filter about the mail, and not a complaint.'],
  ['scaleway-temporary', 'scaleway-tem', HARD, /^email_dropped$/, temporaryCode, 'Scaleway dropped the mail after an answer that was only temporary.'],
  ['forward-email-temporary', 'forward-email', HARD, /^/, temporaryCode, 'The server’s answer was only temporary.'],
  ['maileroo-temporary', 'maileroo', HARD, /^failed$/, (one) => temporaryCode(one) ?? oneOfSeveral(one), 'The server’s answer was only temporary, or Maileroo named several people.'],
  ['maileroo-several', 'maileroo', SPAM, /^complained$/, oneOfSeveral, 'Maileroo named several people, and does not say who it was.'],
  ['lettermint-sandbox', 'lettermint', [...HARD, ...SPAM, ...LEAVING], /^message\./, unknown, 'If the mail was sent in the sandbox of Lettermint, this was simulated. Whether it was, is not stored.'],
  ['unisender-cause', 'unisender-go', HARD, /^hard_bounced$/, unisenderBounce, 'The cause was the mail, the sender or Unisender Go itself, or it did not send.'],
  ['smtp2go-several', 'smtp2go', [...HARD, ...SPAM, ...LEAVING], /^(?:bounce|spam|unsubscribe)$/, smtp2goSeveral, 'If SMTP2GO named no recipient, all recipients of the mail were suppressed.'],
  ['sendgrid-group', 'sendgrid', LEAVING, /^group_unsubscribe$/, always(scoped('group:…')), 'The person left one group of SendGrid. Which one was not stored.'],
  ['mailgun-tag', 'mailgun', LEAVING, /^unsubscribed$/, mailgunTags, 'The person left the mail with these tags.'],
  ['mailjet-list', 'mailjet', LEAVING, /^unsub$/, unknown, 'If the mail went to a list of Mailjet, the person left that list. Lists were not stored.'],
  ['iterable-part', 'iterable', LEAVING, /^emailUnSubscribe$/, unknown, 'The person may have left one channel, message type or list, or Iterable stopped the address after a bounce. Neither was stored.'],
  ['mailchimp-audience', 'mailchimp-marketing', LEAVING, /^unsubscribe(?:\/manual)?$/, mailchimpAudience, 'The person left one audience of Mailchimp.'],
  ['loops-click', 'loops', LEAVING, /^email\.unsubscribed$/, always('email.unknown'), 'The person pressed a link to unsubscribe. Whether from one list or all mail stands only in Loops.'],
  ['postmark-stream', 'postmark', LEAVING, /^SubscriptionChange\//, always(scoped('stream:…')), 'The person left one message stream of Postmark. Which one was not stored.'],
] // prettier-ignore

export const MENDED_READINGS: readonly MendedReading[] = ROWS.map(
  ([name, provider, reasons, nativeType, today, why]) => ({
    name,
    provider,
    reasons,
    nativeType,
    today,
    why,
  }),
)
