/**
 * Mailgun. The signature is in the body and covers a time and a token, not the event: anyone who holds one genuine delivery could
 * put another event beside its token. So a token is valid for one body only, and only within the window.
 *
 * Mailgun posts in several formats. The JSON format is read here, the older ones in `shared/mailgun-form.ts`.
 *
 * Events of mail in test mode (`flags.is-test-mode`) count as others do. The operator asked for them to see events, and since Mailgun
 * delivers nothing in that mode, nobody can bounce, complain or leave by one.
 *
 * @see https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
 */
import type { BounceType, EventType } from '../event/mail-event.ts'
import { utf8 } from '../platform/bytes.ts'
import { type JsonObject, parseUnverified } from '../platform/json.ts'
import { tenDigitSeconds } from '../platform/time.ts'
import { type Delivery, type Presented, lacks } from './shared/presented-credentials.ts'
import { withoutBrackets } from '../event/message-id.ts'
import { codesOf } from '../event/cause/answer.ts'
import { objectAt, secondsAt, textAt, textsAt, valueAt } from './shared/native.ts'
import { nativeCauses } from './shared/native-cause.ts'
import { type Draft, type Meaning, openObject, provider } from './shared/provider.ts'
import { formFields, lastField } from './shared/forms.ts'
import { readForm } from './shared/mailgun-form.ts'
import { bounceTypeByCode } from './shared/bounce-codes.ts'
import { scopeOf } from './shared/scope.ts'

const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['accepted', 'email.sent'],
  ['delivered', 'email.delivered'],
  ['rejected', 'email.rejected'],
  ['opened', 'email.opened'],
  ['clicked', 'email.clicked'],
  ['unsubscribed', 'email.unsubscribed'],
  ['complained', 'email.spam_reported'],
  ['stored', 'email.inbound'],
])

const BOUNCED: Meaning = { type: 'email.rejected', reject_reason: 'bounced' }
const COMPLAINED: Meaning = { type: 'email.rejected', reject_reason: 'spam' }
const UNSUBSCRIBED: Meaning = { type: 'email.rejected', reject_reason: 'unsubscribed' }

/** Failures in which Mailgun made no attempt, by `reason`, or without one by Mailgun's own code. */
const SUPPRESSED: ReadonlyMap<string, Meaning> = new Map([
  ['suppress-bounce', BOUNCED],
  ['suppress-complaint', COMPLAINED],
  ['suppress-unsubscribe', UNSUBSCRIBED],
  ['605', BOUNCED],
  ['606', UNSUBSCRIBED],
  ['607', COMPLAINED],
])

/**
 * Reasons of a permanent failure that do not condemn the address: retried until the window of eight hours closed, or refused for the
 * sender's reputation. Names: mailgun-go `events/enums.go`.
 */
const SPARED: ReadonlyMap<string, BounceType> = new Map([
  ['old', 'soft'],
  ['greylisted', 'soft'],
  ['espblock', 'blocked'],
  ['blacklisted', 'blocked'],
])

/** Reasons that condemn it. */
const CONDEMNED: ReadonlySet<string | undefined> = new Set(['bounce', 'hardfail', undefined])

const SLOTS = ['signing_key', 'signing_keys', 'parent_signing_key'] as const

export const mailgun = provider({
  name: 'mailgun',
  title: 'Mailgun',
  contentTypes: ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data'],
  secrets: { signing_key: 'text', signing_keys: 'text', parent_signing_key: 'text' },
  authMethods: [{ name: 'signature', slots: SLOTS, covers: 'part', credentials: signature }],
  // Retries carry the same signature for about eight hours.
  replayWindowSeconds: 12 * 3_600,
  // 406 ends the retries. Unverified deliveries keep the default status: with a wrong key on our side every genuine delivery
  // looks unverified, and must be retried until the key is right.
  statuses: { permanent: 406 },
  open(body) {
    const fields = formFields(body.bytes, body.contentType)
    return fields === undefined ? openObject(body) : { kind: 'items', items: [fields] }
  },
  read: (item) => (Array.isArray(item) ? readForm(item) : readJson(item)),
})

/** One valid signature under any of the keys is enough: the parent account also signs the events of a subaccount. */
function signature({ headers, body }: Delivery): Presented {
  const field = proofFields(headers.get('content-type'), body)
  const [timestamp, token] = [field('timestamp'), field('token')]
  const texts = [field('signature'), field('parent-signature')].filter((text) => typeof text === 'string')
  if (typeof timestamp !== 'string') return lacks('proof_missing', 'signature.timestamp')
  if (typeof token !== 'string' || token === '') return lacks('proof_missing', 'signature.token')
  if (texts.every((text) => text === '')) return lacks('proof_missing', 'signature.signature')
  const signedAtSeconds = tenDigitSeconds(timestamp)
  if (signedAtSeconds === undefined) return lacks('proof_malformed', 'signature.timestamp')
  if (!TOKEN_FORM.test(token)) return lacks('proof_malformed', 'signature.token')
  const signed = [utf8(timestamp), utf8(token)]
  return {
    scheme: 'hmac',
    hash: 'SHA-256',
    slots: SLOTS,
    signatures: texts.map((text) => ({ text, encoding: 'hex' })),
    signed,
    signedAtSeconds,
    identity: signed,
    coversBody: false,
    singleUse: true,
  }
}

/** Documented as fifty random characters. Visible ASCII, so that no other text has the same bytes. */
const TOKEN_FORM = /^[\x21-\x7e]{1,256}$/

/** The last form field of a name counts: a sender's own variable of the same name comes before it. */
function proofFields(contentType: string | null, body: Uint8Array): (name: string) => unknown {
  const fields = formFields(body, contentType)
  if (fields !== undefined) return (name) => lastField(fields, name)
  const proof = valueAt(parseUnverified(body), 'signature')
  return (name) => valueAt(proof, name)
}

/** By `reason` of a failure. @see Mailgun's help center, 203306590 */
const causeOf = nativeCauses({
  'suppress-bounce': 'suppressed',
  'suppress-complaint': 'suppressed/complaint',
  'suppress-unsubscribe': 'unsubscribed',
  espblock: '~reputation',
  blacklisted: '~reputation',
  greylisted: 'rate_limited',
  old: '~expired',
})

function readJson(item: unknown): readonly Draft[] | undefined {
  const data = valueAt(item, 'event-data')
  const nativeType = textAt(data, 'event')
  if (nativeType === undefined) return undefined
  const occurredAtMs = secondsAt(data, 'timestamp')
  const headers = objectAt(data, 'message', 'headers')
  const eventId = textAt(data, 'id')
  const recipient = textAt(data, 'recipient') ?? textAt(data, 'envelope', 'targets') ?? textAt(headers, 'to')
  const status = objectAt(data, 'delivery-status')
  const reason =
    textAt(status, 'message') ??
    textAt(status, 'description') ??
    textAt(data, 'reject', 'reason') ??
    textAt(data, 'reason')
  const codes = codesOfStatus(status, reason)
  const meaning = meaningOf(nativeType, data, codes)
  return scopesOf(meaning.type, textsAt(data, 'tags')).map((scope) => ({
    ...meaning,
    native_type: nativeType,
    occurredAtMs,
    // Mailgun's id is unique within a day. If it is missing, the token is unique to the call and unchanged on a retry.
    identity: [
      nativeType,
      recipient,
      occurredAtMs,
      eventId ?? textAt(item, 'signature', 'token'),
      ...(scope === undefined ? [] : [scope]),
    ],
    provider_event_id: eventId,
    message_id: withoutBrackets(textAt(headers, 'message-id')),
    recipient,
    reason,
    cause: causeOf(textAt(data, 'reason')),
    smtp_code: codes.smtp_code,
    enhanced_code: codes.enhanced_code,
    url: textAt(data, 'url'),
    user_agent: textAt(data, 'client-info', 'user-agent'),
    client_ip: textAt(data, 'ip'),
    tags: textsAt(data, 'tags'),
    campaign_id: campaignOf(valueAt(data, 'campaigns')),
    scope,
    automated: automatedOf(objectAt(data, 'client-info')),
    metadata: objectAt(data, 'user-variables'),
  }))
}

/**
 * The scopes of an unsubscribe: the message's tags if the link was for those, `["*"]` for all mail of the domain (Mailgun's page of
 * webhook payloads, February 2026). Each tag is an event of its own. Any other event has one draft without a scope.
 */
function scopesOf(type: EventType, tags: readonly string[]): readonly (string | undefined)[] {
  const scoped = type === 'email.unsubscribed' && tags.length > 0 && !tags.includes('*')
  return scoped ? [...new Set(tags)].map((tag) => scopeOf(type, 'tag', tag)) : [undefined]
}

/** The bot that Mailgun recognized, or null if there was none. Older events do not say. */
function automatedOf(client: JsonObject): boolean | undefined {
  const bot = client['bot']
  return bot === null ? false : typeof bot === 'string' && bot !== '' ? true : undefined
}

function meaningOf(nativeType: string, data: unknown, { enhanced_code }: Codes): Meaning {
  if (nativeType !== 'failed') {
    const type = TYPES.get(nativeType) ?? 'email.unknown'
    return type === 'email.rejected' ? { type, reject_reason: 'other' } : { type }
  }
  if (textAt(data, 'severity') === 'temporary') return { type: 'email.deferred', bounce_type: 'soft' }
  const reason = textAt(data, 'reason')
  const suppressed =
    SUPPRESSED.get(reason ?? '') ?? SUPPRESSED.get(textAt(data, 'delivery-status', 'code') ?? '')
  return suppressed ?? { type: 'email.bounced', bounce_type: bounceTypeOf(data, reason, enhanced_code) }
}

/**
 * Mailgun's `bounce-type` (since September 2025), unless the reason spares the address. `hard` is what captured deliveries have;
 * `soft` on a permanent failure was seen in the test of one receiver only, and harms nobody. Without it, `generic` and reasons
 * to come go by the receiving server's code.
 */
function bounceTypeOf(data: unknown, reason: string | undefined, code: string | undefined): BounceType {
  const type = textAt(data, 'delivery-status', 'bounce-type')
  if (type === 'soft') return 'soft'
  const spared = SPARED.get(reason ?? '')
  if (spared !== undefined) return spared
  if (textAt(data, 'severity') !== 'permanent') return 'undetermined'
  return type === 'hard' || CONDEMNED.has(reason) ? 'hard' : bounceTypeByCode(code)
}

type Codes = ReturnType<typeof codesOf>

/** The codes of the failure, else those in its words, else those of the last attempt, after which Mailgun gave up. */
function codesOfStatus(status: JsonObject, reason: string | undefined): Codes {
  const said = [reason, textAt(status, 'last-message')].map(codesOf)
  const first = (name: keyof Codes) => said.map((codes) => codes[name]).find((code) => code !== undefined)
  const smtp_code =
    smtpCode(textAt(status, 'code')) ?? smtpCode(textAt(status, 'last-code')) ?? first('smtp_code')
  const enhanced_code = textAt(status, 'enhanced-code') ?? first('enhanced_code')
  return {
    ...(smtp_code === undefined ? {} : { smtp_code }),
    ...(enhanced_code === undefined ? {} : { enhanced_code }),
  }
}

/** The id of the first entry in a list of `{id, name}`. */
const campaignOf = (campaigns: unknown): string | undefined =>
  Array.isArray(campaigns) ? textAt(campaigns[0], 'id') : undefined

/** Codes from 600 on are Mailgun's own. */
const smtpCode = (code: string | undefined): string | undefined =>
  code !== undefined && /^[245][0-9]{2}$/.test(code) ? code : undefined
