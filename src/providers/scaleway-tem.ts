/**
 * Scaleway Transactional Email through a topic of Topics and Events, which uses the protocol of Amazon SNS. Verified by the
 * message's signature, which covers time and event, under a certificate that Scaleway's authority issued, for the topics that the
 * source lists. The authority's certificates are fetched from the address that Scaleway publishes.
 *
 * Certificates are accepted only from the one bucket that Scaleway's page names, for Paris and Amsterdam. How long a message is
 * retried is not documented.
 *
 * The headers of the message are not read: they are the sender's own and may name people.
 *
 * @see https://www.scaleway.com/en/docs/topics-and-events/reference-content/verifying-webhooks/
 * @see https://www.scaleway.com/en/docs/transactional-email/reference-content/webhook-events-payloads/
 */
import type { BounceType, EventType } from '../event/mail-event.ts'
import { codesOf } from '../event/cause/answer.ts'
import { instantAt, textAt, valueAt } from './shared/native.ts'
import { type Draft, provider } from './shared/provider.ts'
import { nativeCauses } from './shared/native-cause.ts'
import { openSns, snsProof } from './shared/sns.ts'

/** A new entry of the blocklist (`blocklist_created`) is about no message and keeps its native type. */
const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['email_queued', 'email.sent'],
  ['email_delivered', 'email.delivered'],
  ['email_deferred', 'email.deferred'],
  ['email_dropped', 'email.bounced'],
  ['email_mailbox_not_found', 'email.bounced'],
  // Scaleway or the receiving server classified it as spam. It is no complaint of the recipient.
  ['email_spam', 'email.bounced'],
  ['email_blocklisted', 'email.rejected'],
])

const BOUNCES: ReadonlyMap<string, BounceType> = new Map([
  ['email_dropped', 'hard'],
  ['email_mailbox_not_found', 'hard'],
  ['email_spam', 'blocked'],
])

const causeOf = nativeCauses({
  email_mailbox_not_found: 'no_mailbox',
  email_spam: 'content',
  email_blocklisted: 'suppressed',
})

export const scalewayTem = provider({
  name: 'scaleway-tem',
  title: 'Scaleway Transactional Email',
  contentTypes: ['text/plain', 'application/json'],
  secrets: { topic_arns: 'scaleway-topic' },
  authMethods: [snsProof()],
  // A retry keeps its time and signature. For how long it retries is not documented: one day plus a margin.
  replayWindowSeconds: 26 * 3_600,
  // As for Amazon SNS: the effect of a 429 is not documented.
  statuses: { rateLimited: 503 },
  open: openSns,
  read,
})

function read(item: unknown): readonly Draft[] | undefined {
  const event = valueAt(item, 'event')
  const messageId = textAt(item, 'id')
  const nativeType = textAt(event, 'type')
  if (nativeType === undefined || messageId === undefined) return undefined
  const type = TYPES.get(nativeType) ?? 'email.unknown'
  const id = textAt(event, 'id')
  const reason =
    textAt(event, 'email_response_message') ??
    textAt(event, 'email_error') ??
    textAt(event, 'blocklist_reason') ??
    textAt(event, 'blocklist_type')
  const code = textAt(event, 'email_response_code') ?? codesOf(reason).smtp_code
  return [
    {
      type,
      native_type: nativeType,
      occurredAtMs: instantAt(event, 'created_at') ?? instantAt(item, 'timestamp'),
      identity: [id ?? messageId],
      provider_event_id: id ?? messageId,
      message_id: textAt(event, 'email_id'),
      recipient: textAt(event, 'email_to'),
      bounce_type: bounceType(nativeType, code),
      reason,
      cause: causeOf(nativeType),
      // The list has addresses to which mail has failed.
      reject_reason: type === 'email.rejected' ? 'bounced' : undefined,
      ...codesOf(reason),
      smtp_code: code,
    },
  ]
}

/** A message can also be dropped for an answer that was only temporary. */
const bounceType = (nativeType: string, code: string | undefined): BounceType | undefined =>
  nativeType === 'email_dropped' && code?.startsWith('4') === true ? 'soft' : BOUNCES.get(nativeType)
