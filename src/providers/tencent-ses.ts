/**
 * Tencent Cloud SES callbacks. Nothing is signed and no credential can be set: the sender is verified by a secret in the
 * callback's URL, which the operator chooses. So anyone who has seen that URL can forge deliveries. The body is not covered. URLs
 * end up in logs of proxies: give the secret a parameter of its own and rotate it.
 *
 * @see https://www.tencentcloud.com/document/product/1084/39492
 */
import type { BounceType, EventType } from '../event/mail-event.ts'
import { isObject } from '../platform/json.ts'
import { withoutBrackets } from '../event/message-id.ts'
import { codesOf } from '../event/cause/answer.ts'
import { otherIdsAt, secondsAt, textAt } from './shared/native.ts'
import { type Draft, provider } from './shared/provider.ts'
import { queryProof } from './shared/credentials.ts'

const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['processed', 'email.sent'],
  ['deferred', 'email.deferred'],
  ['delivered', 'email.delivered'],
  ['dropped', 'email.rejected'],
  ['open', 'email.opened'],
  ['click', 'email.clicked'],
  ['bounce', 'email.bounced'],
  ['spamreport', 'email.spam_reported'],
  ['unsubscribe', 'email.unsubscribed'],
])

/** Older descriptions have the short names. */
const BOUNCES: ReadonlyMap<string, BounceType> = new Map([
  ['hard_bounce', 'hard'],
  ['hard', 'hard'],
  ['soft_bounce', 'soft'],
  ['soft', 'soft'],
])

/** The header that a sender may add to a message to recognize its events. */
const CUSTOM = 'X-Tencentcloudses-Cb-Custom'

export const tencentSes = provider({
  name: 'tencent-ses',
  title: 'Tencent Cloud SES',
  secrets: { query: 'named-values' },
  authMethods: [queryProof()],
  // Retries are not documented: one day plus a margin.
  replayWindowSeconds: 26 * 3_600,
  read,
})

function read(item: unknown): readonly Draft[] | undefined {
  const event = textAt(item, 'event')
  if (!isObject(item) || event === undefined) return undefined
  const type = TYPES.get(event) ?? 'email.unknown'
  const occurredAtMs = secondsAt(item, 'timestamp')
  // The id that the sending call returned; the other one is the message's own header.
  const messageId = textAt(item, 'bulkId') ?? withoutBrackets(textAt(item, 'messageId'))
  const recipient = textAt(item, 'email')
  const url = textAt(item, 'link')
  const reason = textAt(item, 'reason')
  const custom = textAt(item, CUSTOM)
  return [
    {
      type,
      native_type: event,
      occurredAtMs,
      // Tencent has no event id.
      identity: [event, messageId, recipient, occurredAtMs, url],
      message_id: messageId,
      other_message_ids: otherIdsAt(item, 'messageId'),
      recipient,
      bounce_type:
        type === 'email.bounced'
          ? (BOUNCES.get(textAt(item, 'bounceType') ?? '') ?? 'undetermined')
          : undefined,
      reason,
      reject_reason: type === 'email.rejected' ? 'other' : undefined,
      ...codesOf(reason),
      url,
      metadata: custom === undefined ? {} : { [CUSTOM]: custom },
    },
  ]
}
