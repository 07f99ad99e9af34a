/**
 * Telnyx Email. Verified by an Ed25519 signature over the time, `|` and the whole body, under the public key that the portal shows. All
 * Telnyx products sign with that key, so deliveries about calls and text messages verify as well: their events are dropped. The pages do
 * not say whether each account has a key of its own.
 *
 * An event is about one recipient. The address of a blind copy is replaced by a hash, which is nobody's address. One type stands for
 * several outcomes of a message that did not arrive: `error_evidence.code` tells them apart. A retry has a higher `meta.attempt`, so its
 * body is another one, and the event's id keeps it from counting twice.
 *
 * The page names no field for the link of a click, for the client, and for the group of an unsubscribe, so none is read: leaving one
 * group of mails counts as leaving all.
 *
 * @see https://developers.telnyx.com/docs/messaging/email/webhooks-events, as of 2026-08-05
 */
import type { BounceType, EventType } from '../event/mail-event.ts'
import { utf8 } from '../platform/bytes.ts'
import { unixSeconds } from '../platform/time.ts'
import { type Delivery, type Presented, lacks } from './shared/presented-credentials.ts'
import { canonical, instantAt, objectAt, textAt } from './shared/native.ts'
import { type Draft, provider } from './shared/provider.ts'

const SLOT = 'public_key'
const SIGNATURE = 'telnyx-signature-ed25519'
const TIMESTAMP = 'telnyx-timestamp'

/** `email.queued` and `email.scheduled` come before `email.sent`, and `email.sandbox` in its place: they are `email.unknown`. */
const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['email.sent', 'email.sent'],
  ['email.delivered', 'email.delivered'],
  ['email.deferred', 'email.deferred'],
  ['email.bounced', 'email.bounced'],
  ['email.failed', 'email.failed'],
  ['email.opened', 'email.opened'],
  ['email.clicked', 'email.clicked'],
  ['email.complained', 'email.spam_reported'],
  ['email.unsubscribed', 'email.unsubscribed'],
  ['email.received', 'email.inbound'],
])

/** By `error_evidence.code`. An administrative bounce has others. */
const BOUNCES: ReadonlyMap<string, BounceType> = new Map([
  ['30001', 'hard'],
  // The server's answer began with 4.
  ['30002', 'soft'],
  // The message expired in Telnyx's queue.
  ['30005', 'soft'],
])

export const telnyx = provider({
  name: 'telnyx',
  title: 'Telnyx Email',
  secrets: { [SLOT]: 'ed25519-public' },
  authMethods: [{ name: 'signature', slots: [SLOT], covers: 'body', credentials }],
  // Telnyx's page and its libraries refuse what is five minutes old, while retries go on: so each attempt is signed anew.
  replayWindowSeconds: 300,
  read,
})

function credentials(delivery: Delivery): Presented {
  const { headers } = delivery
  const text = headers.get(SIGNATURE)
  if (text === null) return lacks('header_missing', SIGNATURE)
  const timestamp = headers.get(TIMESTAMP)
  if (timestamp === null) return lacks('header_missing', TIMESTAMP)
  const signedAtSeconds = unixSeconds(timestamp)
  if (signedAtSeconds === undefined) return lacks('proof_malformed', TIMESTAMP)
  const { body } = delivery
  return {
    scheme: 'ed25519',
    slots: [SLOT],
    signatures: [{ text, encoding: 'base64' }],
    signed: [utf8(`${timestamp}|`), body],
    signedAtSeconds,
    identity: [body],
    coversBody: true,
  }
}

function read(item: unknown): readonly Draft[] | undefined {
  const event = textAt(item, 'data', 'event_type')
  if (event === undefined) return undefined
  // Of a domain, a call or a text message.
  if (!event.startsWith('email.')) return []
  const data = objectAt(item, 'data')
  const payload = objectAt(data, 'payload')
  const error = objectAt(payload, 'error_evidence')
  const type = TYPES.get(event) ?? 'email.unknown'
  const id = textAt(data, 'id')
  const enhanced = textAt(error, 'enhanced_code')
  return [
    {
      type,
      native_type: event,
      occurredAtMs: instantAt(data, 'occurred_at') ?? instantAt(payload, 'occurred_at'),
      identity: [id ?? canonical(data)],
      provider_event_id: id,
      message_id: textAt(payload, 'id'),
      recipient: textAt(payload, 'to', 'email') ?? textAt(payload, 'cc', 'email'),
      bounce_type: type === 'email.bounced' ? bounceType(textAt(error, 'code'), enhanced) : undefined,
      reason: textAt(error, 'message'),
      smtp_code: textAt(error, 'smtp_status'),
      enhanced_code: enhanced,
    },
  ]
}

/** RFC 3463: `5.7.x` is about policy, so the address may well exist. Telnyx has one code for all answers that begin with 5. */
const bounceType = (code = '', enhanced = ''): BounceType =>
  code === '30001' && enhanced.startsWith('5.7.') ? 'blocked' : (BOUNCES.get(code) ?? 'undetermined')
