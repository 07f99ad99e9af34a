/**
 * Scaleway Transactional Email through a topic of Topics and Events, which speaks as Amazon SNS does: verified by the message's
 * own signature, which covers time and event, under a certificate that Scaleway's authority issued, for topics that the source
 * names. The authority's certificates are fetched from the address that Scaleway publishes them at.
 *
 * Certificates are taken from the one bucket that the page names, for Paris and Amsterdam. How long a message is sent again is
 * not documented.
 *
 * Not read: the headers of the message, which are the sender's and name people.
 *
 * @see https://www.scaleway.com/en/docs/topics-and-events/reference-content/verifying-webhooks/
 * @see https://www.scaleway.com/en/docs/transactional-email/reference-content/webhook-events-payloads/
 */
import type { BounceType, EventType } from '../event/mail-event.ts'
import { addressOf, codesOf, instantAt, textAt, valueAt } from './native.ts'
import type { Draft, Provider } from './provider.ts'
import { openSns, snsProof } from './shared/sns.ts'

/** A new entry of the blocklist (`blocklist_created`) is of no message, and stays under its own word. */
const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['email_queued', 'email.sent'],
  ['email_delivered', 'email.delivered'],
  ['email_deferred', 'email.deferred'],
  ['email_dropped', 'email.bounced'],
  ['email_mailbox_not_found', 'email.bounced'],
  // By Scaleway or by the other side; the person who got it has no say here.
  ['email_spam', 'email.bounced'],
  ['email_blocklisted', 'email.rejected'],
])

const BOUNCES: ReadonlyMap<string, BounceType> = new Map([
  ['email_dropped', 'hard'],
  ['email_mailbox_not_found', 'hard'],
  ['email_spam', 'blocked'],
])

export const scalewayTem: Provider = {
  name: 'scaleway-tem',
  title: 'Scaleway Transactional Email',
  methods: ['POST'],
  contentTypes: ['text/plain', 'application/json'],
  secrets: { topic_arns: 'scaleway-topic' },
  authMethods: [snsProof()],
  // A message that is sent again keeps its time and signature; for how long is not documented: a day and a margin.
  replayWindowSeconds: 26 * 3_600,
  // As with Amazon's, where what a 429 means is not documented either.
  statuses: { rateLimited: 503 },
  open: openSns,
  read,
}

function read(item: unknown): readonly Draft[] | undefined {
  const event = valueAt(item, 'event')
  const messageId = textAt(item, 'id')
  const word = textAt(event, 'type')
  if (word === undefined || messageId === undefined) return undefined
  const type = TYPES.get(word) ?? 'email.unknown'
  const id = textAt(event, 'id')
  const reason =
    textAt(event, 'email_response_message') ??
    textAt(event, 'email_error') ??
    textAt(event, 'blocklist_reason') ??
    textAt(event, 'blocklist_type')
  return [
    {
      type,
      native_type: word,
      occurredAtMs: instantAt(event, 'created_at') ?? instantAt(item, 'timestamp'),
      identity: [id ?? messageId],
      provider_event_id: id ?? messageId,
      message_id: textAt(event, 'email_id'),
      recipient: addressOf(textAt(event, 'email_to')),
      bounce_type: BOUNCES.get(word),
      reason,
      // The list is made of addresses to which mail has failed.
      reject_reason: type === 'email.rejected' ? 'bounced' : undefined,
      ...codesOf(reason),
      smtp_code: textAt(event, 'email_response_code') ?? codesOf(reason).smtp_code,
    },
  ]
}
