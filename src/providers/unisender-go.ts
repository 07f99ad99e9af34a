/**
 * Unisender Go webhooks. The body's own `auth` is the hex MD5 of the body in which that value is replaced by the API key of the
 * user or project. MD5 is broken against collisions, and a key in the middle of the text is weaker than an HMAC. An extended
 * captured body would not be JSON, so only whole JSON objects are accepted. Add address ranges and a secret path if you need
 * more. No time is signed, so an old delivery cannot be told from a new one: the event's identity keeps it from counting twice.
 * Not covered: headers (`ID` among them, which is new on each attempt) and URL.
 *
 * The signed bytes of a compressed body are not documented: it is verified after gzip is undone.
 *
 * @see https://godocs.unisender.ru/web-api-ref#webhook
 */
import { textOf } from '../platform/bytes.ts'
import { type Json, type JsonObject, isObject, parseJson, parseUnverified } from '../platform/json.ts'
import { type Delivery, type Presented, lacks } from './shared/presented-credentials.ts'
import { codesOf } from '../event/cause/answer.ts'
import { nativeCauses } from './shared/native-cause.ts'
import { canonical, objectAt, textAt, utcAt, valueAt } from './shared/native.ts'
import { type Draft, type Meaning, type Opened, type VerifiedBytes, provider } from './shared/provider.ts'
import { onlyTextMember } from './shared/json-member.ts'

const MEANINGS: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ['sent', { type: 'email.sent' }],
  ['delivered', { type: 'email.delivered' }],
  ['opened', { type: 'email.opened' }],
  ['clicked', { type: 'email.clicked' }],
  ['unsubscribed', { type: 'email.unsubscribed' }],
  ['subscribed', { type: 'email.subscribed' }],
  ['spam', { type: 'email.spam_reported' }],
  ['soft_bounced', { type: 'email.bounced', bounce_type: 'soft' }],
  ['hard_bounced', { type: 'email.bounced', bounce_type: 'hard' }],
])

/** By `delivery_status` of a bounce, where that tells more than hard or soft (UniOne's reference, 2026-08). */
const CAUSES: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  // About the message or the sender, and not about the address.
  ['err_spam_rejected', { type: 'email.bounced', bounce_type: 'blocked' }],
  ['err_blacklisted', { type: 'email.bounced', bounce_type: 'blocked' }],
  ['err_too_large', { type: 'email.bounced', bounce_type: 'blocked' }],
  ['err_destination_misconfigured', { type: 'email.bounced', bounce_type: 'soft' }],
  ['err_giveup', { type: 'email.bounced', bounce_type: 'soft' }],
  // Never sent.
  ['err_unsubscribed', { type: 'email.rejected', reject_reason: 'unsubscribed' }],
  ['err_unreachable', { type: 'email.rejected', reject_reason: 'bounced' }],
  ['err_skip_letter', { type: 'email.rejected', reject_reason: 'bounced' }],
  ['err_spam_skipped', { type: 'email.rejected', reject_reason: 'spam' }],
  ['err_lost', { type: 'email.failed' }],
  ['err_internal', { type: 'email.failed' }],
  // Unisender Go retries the message.
  ['err_will_retry', { type: 'email.deferred', bounce_type: 'soft' }],
])

/** By `delivery_status` (UniOne's reference, 2026-08). */
const causeOf = nativeCauses({
  err_user_unknown: 'no_mailbox',
  err_user_inactive: 'mailbox_disabled',
  err_mailbox_full: 'mailbox_full',
  err_domain_inactive: 'no_domain',
  err_too_large: 'too_large',
  err_spam_rejected: 'content',
  err_blacklisted: 'reputation',
  err_destination_misconfigured: 'unreachable',
  err_giveup: '~expired',
  err_unsubscribed: 'unsubscribed',
  err_skip_letter: 'suppressed',
  skip_dup_: 'suppressed',
})

export const unisenderGo = provider({
  name: 'unisender-go',
  title: 'Unisender Go',
  methods: ['POST', 'GET'],
  secrets: { api_key: 'text' },
  authMethods: [{ name: 'signature', slots: ['api_key'], covers: 'body', credentials: signature }],
  // Retries are not documented: one day plus a margin.
  replayWindowSeconds: 26 * 3_600,
  // Requested once, when the webhook is set up.
  answerValidation: ({ method }) => (method === 'GET' ? { status: 200 } : undefined),
  open,
  read,
})

function signature({ body }: Delivery): Presented {
  if (!isObject(parseUnverified(body))) return lacks('proof_malformed', 'auth')
  const span = onlyTextMember(body, 'auth')
  if (span === undefined) return lacks('proof_missing', 'auth')
  const digest = textOf(body.subarray(span.start, span.end)) ?? ''
  if (!/^[0-9a-f]{32}$/.test(digest)) return lacks('proof_malformed', 'auth')
  const before = body.subarray(0, span.start)
  const after = body.subarray(span.end)
  return {
    scheme: 'md5-in-body',
    slots: ['api_key'],
    digest,
    before,
    after,
    identity: [before, after],
    coversBody: true,
  }
}

function open(body: VerifiedBytes): Opened {
  const parsed = parseJson(body.bytes)
  if (!isObject(parsed)) return { kind: 'unreadable' }
  const users = parsed['events_by_user']
  if (Array.isArray(users)) return { kind: 'items', items: users.flatMap(eventsOf) }
  // The option "single event": one event instead of the lists.
  return 'event_name' in parsed || 'status' in parsed
    ? { kind: 'items', items: [parsed] }
    : { kind: 'unreadable' }
}

/** A user without a list of events becomes an unreadable item. */
function eventsOf(user: Json): readonly Json[] {
  const events = valueAt(user, 'events')
  return Array.isArray(events) ? events : [user]
}

function read(item: unknown): readonly Draft[] | undefined {
  if (!isObject(item)) return undefined
  const name = textAt(item, 'event_name')
  const inner = valueAt(item, 'event_data')
  const data = isObject(inner) ? inner : item
  const status = textAt(data, 'status')
  if (status === undefined) return name === undefined ? undefined : [readNotice(name, data)]
  const recipient = textAt(data, 'email')
  const messageId = textAt(data, 'job_id')
  const occurredAtMs = utcAt(data, 'event_time')
  const url = textAt(data, 'url')
  const delivery = objectAt(data, 'delivery_info')
  const response = textAt(delivery, 'destination_response')
  const cause = textAt(delivery, 'delivery_status')
  const meaning = MEANINGS.get(status) ?? { type: 'email.unknown' as const }
  return [
    {
      ...((meaning.type === 'email.bounced' ? CAUSES.get(cause ?? '') : undefined) ?? meaning),
      native_type: status,
      occurredAtMs,
      // Unisender Go has no event id.
      identity: [messageId, recipient, status, occurredAtMs, url],
      message_id: messageId,
      recipient,
      // The comment of a person who left.
      reason: response ?? cause ?? textAt(data, 'comment'),
      cause: causeOf(cause),
      ...codesOf(response),
      url,
      user_agent: textAt(delivery, 'user_agent'),
      client_ip: textAt(delivery, 'ip'),
      metadata: objectAt(data, 'metadata'),
    },
  ]
}

/** Events about no message: a receiving domain that blocks Unisender's servers (`transactional_spam_block`). */
const readNotice = (name: string, data: JsonObject): Draft => ({
  type: 'email.unknown',
  native_type: name,
  occurredAtMs: utcAt(data, 'block_time'),
  identity: [name, canonical(data)],
  reason: textAt(data, 'block_type'),
})
