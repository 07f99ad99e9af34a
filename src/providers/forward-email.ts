/**
 * Forward Email's bounce webhook. Verified by an HMAC over the body alone, as listmonk, a receiver of it, implements it; the
 * vendor's own page could not be read. No time is signed, so an old delivery cannot be told from a new one: the replay memory and
 * the event's identity keep it from counting twice.
 *
 * @see https://github.com/knadh/listmonk/blob/master/internal/bounce/webhooks/forwardemail.go
 */
import type { BounceType } from '../event/mail-event.ts'
import { isObject } from '../platform/json.ts'
import { nativeCauses } from './shared/native-cause.ts'
import { canonical, instantAt, textAt } from './shared/native.ts'
import { type Draft, provider } from './shared/provider.ts'
import { bodyHmacProof } from './shared/hmac.ts'

/** `bounce.category` of permanent failures, unless the server's code is temporary; all others are temporary. */
const BOUNCES: ReadonlyMap<string, BounceType> = new Map([
  ['recipient', 'hard'],
  ['block', 'blocked'],
  ['spam', 'blocked'],
  ['virus', 'blocked'],
])

const causeOf = nativeCauses({
  recipient: '~no_mailbox',
  block: '~reputation',
  spam: 'content',
  virus: 'content/virus',
})

export const forwardEmail = provider({
  name: 'forward-email',
  title: 'Forward Email',
  secrets: { signing_key: 'text' },
  authMethods: [bodyHmacProof(['x-webhook-signature'], 'signing_key')],
  // No time is signed, so this is only how long a body is remembered. The retry schedule is not documented.
  replayWindowSeconds: 26 * 3_600,
  read,
})

function read(item: unknown): readonly Draft[] | undefined {
  const messageId = textAt(item, 'email_id')
  const recipient = textAt(item, 'recipient')
  if (!isObject(item) || !isObject(item['bounce']) || recipient === undefined) return undefined
  const category = textAt(item, 'bounce', 'category')
  const occurredAtMs = instantAt(item, 'bounced_at')
  const code = textAt(item, 'response_code') ?? textAt(item, 'bounce', 'code')
  return [
    {
      type: 'email.bounced',
      native_type: category === undefined ? 'bounce' : `bounce/${category}`,
      occurredAtMs,
      identity:
        messageId === undefined || occurredAtMs === undefined
          ? [canonical(item)]
          : [messageId, recipient, occurredAtMs],
      message_id: messageId,
      recipient,
      bounce_type: code?.startsWith('4') === true ? 'soft' : (BOUNCES.get(category ?? '') ?? 'soft'),
      reason: textAt(item, 'bounce', 'message') ?? textAt(item, 'response') ?? textAt(item, 'message'),
      cause: causeOf(category),
      smtp_code: code,
      enhanced_code: textAt(item, 'bounce', 'status'),
    },
  ]
}
