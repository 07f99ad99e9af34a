/**
 * Resend: Standard Webhooks under the `svix-` header names. A retry keeps its `svix-id` and body; time and signature are new.
 *
 * A message to several people gives one event for each of them, and no field says which person (django-anymail; resend-python#68). The
 * newest description calls `to` the "impacted recipients" and `diagnosticCode` "one entry per recipient" (resend-openapi, 2026-08-21), but
 * not that both are narrowed to the event's. So an event with several in `to`, `cc` and `bcc` together is about nobody, and its bounce is
 * undetermined. Only `email.sent` and `email.received` keep the first: they are about the message.
 *
 * `suppression.*` and `contact.*` are changes of lists, also by operators. They keep their native type and suppress and lift nothing.
 *
 * @see https://resend.com/docs/dashboard/webhooks/introduction
 */
import type { BounceType, EventType, RejectReason } from '../event/mail-event.ts'
import { isObject, parseJsonText } from '../platform/json.ts'
import { codesOf } from '../event/cause/answer.ts'
import {
  addressOf,
  canonical,
  instantAt,
  objectAt,
  otherIdsAt,
  textAt,
  textsAt,
  valueAt,
} from './shared/native.ts'
import { sesCause } from './shared/native-cause.ts'
import { type Draft, type VerifiedBytes, provider } from './shared/provider.ts'
import { verifiedMessageId, standardWebhooksProof } from './shared/standard-webhooks.ts'

/** All others (`email.scheduled`, `contact.*`, `domain.*`) are not about a sent message and keep their native type. */
const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['email.sent', 'email.sent'],
  ['email.delivered', 'email.delivered'],
  ['email.delivery_delayed', 'email.deferred'],
  ['email.bounced', 'email.bounced'],
  ['email.complained', 'email.spam_reported'],
  ['email.opened', 'email.opened'],
  ['email.clicked', 'email.clicked'],
  ['email.failed', 'email.failed'],
  ['email.suppressed', 'email.rejected'],
  ['email.received', 'email.inbound'],
])

const BOUNCES: ReadonlyMap<string, BounceType> = new Map([
  ['Permanent', 'hard'],
  ['Transient', 'soft'],
])

/** By `suppressed.reason`, which the official Node SDK (6.38.0) does not have. */
const REJECTIONS: ReadonlyMap<string, RejectReason> = new Map([
  ['previous_bounce', 'bounced'],
  ['previous_complaint', 'spam'],
])

export const resend = provider({
  name: 'resend',
  title: 'Resend',
  secrets: { signing_secret: 'standard-webhooks' },
  authMethods: [standardWebhooksProof()],
  replayWindowSeconds: 300,
  read,
})

function read(item: unknown, body: VerifiedBytes): readonly Draft[] | undefined {
  const nativeType = textAt(item, 'type')
  if (nativeType === undefined) return undefined
  const type = TYPES.get(nativeType) ?? 'email.unknown'
  const data = objectAt(item, 'data')
  // Events that Resend's API gives have no headers: the driver adds the id that is in one of a delivery.
  const id = verifiedMessageId(body) ?? textAt(item, 'svix-id')
  const byPerson = objectAt(data, type === 'email.clicked' ? 'click' : 'open')
  const people = ['to', 'cc', 'bcc'].flatMap((field) => textsAt(data, field))
  const ofOne = people.length < 2
  const ofMessage = type === 'email.sent' || type === 'email.inbound'
  const failure = objectAt(data, type === 'email.rejected' ? 'suppressed' : 'bounce')
  // One entry for each recipient.
  const diagnosis = ofOne ? textsAt(failure, 'diagnosticCode')[0] : undefined
  const reason =
    textAt(failure, 'message') ?? textAt(data, 'failed', 'reason') ?? diagnosis ?? textAt(failure, 'subType')
  const headers = headersOf(data)
  return [
    {
      type,
      native_type: nativeType,
      occurredAtMs: instantAt(item, 'created_at'),
      identity: id === undefined ? [canonical(item)] : [id],
      provider_event_id: id,
      message_id: textAt(data, 'email_id'),
      // The mail's own Message-ID.
      other_message_ids: otherIdsAt(data, 'message_id'),
      recipient: ofOne || ofMessage ? (addressOf(people[0]) ?? textAt(data, 'email')) : null,
      bounce_type:
        type === 'email.bounced'
          ? (ofOne && BOUNCES.get(textAt(failure, 'type') ?? '')) || 'undetermined'
          : undefined,
      reason,
      cause: ofOne ? sesCause(textAt(failure, 'subType'), textAt(failure, 'type')) : undefined,
      reject_reason:
        type === 'email.rejected' ? (REJECTIONS.get(textAt(failure, 'reason') ?? '') ?? 'other') : undefined,
      ...codesOf(diagnosis ?? reason),
      url: textAt(byPerson, 'link'),
      user_agent: textAt(byPerson, 'userAgent'),
      client_ip: textAt(byPerson, 'ipAddress'),
      tags: textsAt({ tags: headers('x-tags') }, 'tags'),
      campaign_id: textAt(data, 'broadcast_id'),
      metadata: metadataOf(headers('x-metadata'), valueAt(data, 'tags')),
    },
  ]
}

/** A header of the sent message, reported back by Resend, in which senders that do not use the API put metadata as JSON. */
function headersOf(data: unknown): (name: string) => unknown {
  const list = valueAt(data, 'headers')
  return (name) => {
    const found = Array.isArray(list)
      ? list.find((header) => textAt(header, 'name')?.toLowerCase() === name)
      : undefined
    const text = textAt(found, 'value')
    return text === undefined ? undefined : parseJsonText(text)
  }
}

/** The message's own metadata, else Resend's tags as pairs of name and value. */
function metadataOf(own: unknown, tags: unknown): Draft['metadata'] {
  if (isObject(own)) return own
  if (!Array.isArray(tags)) return objectAt(tags)
  return Object.fromEntries(
    tags.flatMap((tag) => {
      const name = textAt(tag, 'name')
      return name === undefined ? [] : [[name, valueAt(tag, 'value')]]
    }),
  )
}
