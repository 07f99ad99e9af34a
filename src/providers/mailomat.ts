/**
 * Mailomat webhooks. `X-MOM-Webhook-Signature: sha256=<hex>` is an HMAC over the id, event and timestamp headers, joined by dots.
 * The body is not covered. Anyone who has seen the headers of one delivery could send them with a body of their own, so a set of
 * headers is valid for one body only. A second body is refused and raises an alarm.
 *
 * The algorithm is fixed here and never taken from the header. It is not documented whether a retry is signed anew. Nor is it
 * documented that the id and event of the body equal those of the headers, and published examples differ, so they are not
 * compared.
 *
 * @see https://api.mailomat.swiss/docs/#tag/webhook-security
 */
import type { EventType } from '../event/mail-event.ts'
import { utf8 } from '../platform/bytes.ts'
import { isObject } from '../platform/json.ts'
import { unixSeconds } from '../platform/time.ts'
import { type Delivery, type Presented, lacks } from './shared/presented-credentials.ts'
import { withoutBrackets } from '../event/message-id.ts'
import { codesOf } from '../event/cause/answer.ts'
import { canonical, instantAt, otherIdsAt, textAt } from './shared/native.ts'
import { type Draft, provider } from './shared/provider.ts'

const SIGNATURE = 'x-mom-webhook-signature'
const ID = 'x-mom-webhook-id'
const EVENT = 'x-mom-webhook-event'
const TIMESTAMP = 'x-mom-webhook-timestamp'

/** Without dots, so that the signed text has one reading: the boundary between id and event cannot be moved. */
const PART = /^[\w-]{1,128}$/

const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['accepted', 'email.sent'],
  ['not_accepted', 'email.rejected'],
  ['delivered', 'email.delivered'],
  ['failure_tmp', 'email.deferred'],
  ['failure_perm', 'email.bounced'],
  ['opened', 'email.opened'],
  ['clicked', 'email.clicked'],
])

export const mailomat = provider({
  name: 'mailomat',
  title: 'Mailomat',
  secrets: { signing_secret: 'text' },
  authMethods: [{ name: 'signature', slots: ['signing_secret'], covers: 'part', credentials: signature }],
  // Retries are not documented: one day plus a margin. A set of headers is remembered with its one body for as long.
  replayWindowSeconds: 26 * 3_600,
  read,
})

function signature({ headers }: Delivery): Presented {
  for (const name of [SIGNATURE, ID, EVENT, TIMESTAMP]) {
    if (!headers.has(name)) return lacks('header_missing', name)
  }
  const text = headers.get(SIGNATURE) ?? ''
  if (!text.startsWith('sha256=')) return lacks('proof_malformed', SIGNATURE)
  const id = headers.get(ID) ?? ''
  if (!PART.test(id)) return lacks('proof_malformed', ID)
  const event = headers.get(EVENT) ?? ''
  if (!PART.test(event)) return lacks('proof_malformed', EVENT)
  const timestamp = headers.get(TIMESTAMP) ?? ''
  const signedAtSeconds = unixSeconds(timestamp)
  if (signedAtSeconds === undefined) return lacks('proof_malformed', TIMESTAMP)
  const signed = [utf8(`${id}.${event}.${timestamp}`)]
  return {
    scheme: 'hmac',
    hash: 'SHA-256',
    slots: ['signing_secret'],
    signatures: [{ text: text.slice('sha256='.length), encoding: 'hex' }],
    signed,
    signedAtSeconds,
    identity: signed,
    coversBody: false,
    singleUse: true,
  }
}

function read(item: unknown): readonly Draft[] | undefined {
  const event = textAt(item, 'eventType')
  if (!isObject(item) || event === undefined) return undefined
  const type = TYPES.get(event) ?? 'email.unknown'
  const eventId = textAt(item, 'id')
  const recipient = textAt(item, 'recipient')
  const reason = textAt(item, 'payload', 'reason') ?? textAt(item, 'payload', 'delivery-status', 'message')
  const smtpCode = textAt(item, 'payload', 'delivery-status', 'code')
  const enhancedCode = textAt(item, 'payload', 'delivery-status', 'enhanced-code')
  return [
    {
      type,
      native_type: event,
      occurredAtMs: instantAt(item, 'occurredAt'),
      identity: eventId === undefined ? [canonical(item)] : [eventId, event, recipient],
      provider_event_id: eventId,
      message_id: withoutBrackets(textAt(item, 'messageId')),
      other_message_ids: otherIdsAt(item, 'messageUuid'),
      recipient,
      bounce_type: BOUNCES.get(event),
      reason,
      reject_reason: type === 'email.rejected' ? 'other' : undefined,
      ...codesOf(reason),
      ...(smtpCode === undefined ? {} : { smtp_code: smtpCode }),
      ...(enhancedCode === undefined ? {} : { enhanced_code: enhancedCode }),
      url: textAt(item, 'payload', 'url'),
      user_agent: textAt(item, 'payload', 'client', 'user-agent'),
      client_ip: textAt(item, 'payload', 'client', 'ip'),
    },
  ]
}

const BOUNCES: ReadonlyMap<string, NonNullable<Draft['bounce_type']>> = new Map([
  ['failure_tmp', 'soft'],
  ['failure_perm', 'hard'],
])
