/**
 * Cloudflare Email Service. Its events arrive as messages of a queue subscription, not over HTTP. So there is no method and no
 * secret, and a source of this provider refuses every request. `consumer/email-service.ts` consumes the messages; the queue that
 * they come from proves their origin. An event of another product, of another version, or without the required fields of
 * version 1 cannot be read, so it is quarantined.
 *
 * @see https://developers.cloudflare.com/email-service/platform/event-subscriptions/
 */
import type { BounceType, EventType } from '../event/mail-event.ts'
import { instantAt, objectAt, textAt, valueAt } from './shared/native.ts'
import { type Draft, provider } from './shared/provider.ts'

const PRODUCT = 'email.sending'
const PREFIX = `cf.${PRODUCT}.message.`
const SCHEMA_VERSION = 1

/** Cloudflare reports no sends, opens or clicks. */
const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['delivered', 'email.delivered'],
  ['deferred', 'email.deferred'],
  ['bounced', 'email.bounced'],
  ['failed', 'email.failed'],
  ['rejected', 'email.rejected'],
  ['complained', 'email.spam_reported'],
])

const BOUNCES: ReadonlyMap<string, BounceType> = new Map([
  ['hard', 'hard'],
  ['soft', 'soft'],
])

export const cloudflareEmail = provider({
  name: 'cloudflare-email',
  title: 'Cloudflare Email Service',
  methods: [],
  contentTypes: [],
  secrets: {},
  authMethods: [],
  // No delivery is claimed: a message that is delivered twice has the same event id.
  replayWindowSeconds: 300,
  read,
})

function read(item: unknown): readonly Draft[] | undefined {
  const event = textAt(item, 'type')
  const payload = objectAt(item, 'payload')
  const id = textAt(payload, 'eventId')
  const occurredAtMs = instantAt(item, 'metadata', 'eventTimestamp')
  if (event === undefined || !isOurs(item, event) || id === undefined || occurredAtMs === undefined)
    return undefined
  const known = TYPES.get(event.slice(PREFIX.length))
  const type = known ?? 'email.unknown'
  const [message_id, recipient] = [textAt(payload, 'messageId'), textAt(payload, 'recipient')]
  if (known !== undefined && (message_id === undefined || recipient === undefined)) return undefined
  return [
    {
      type,
      native_type: event,
      occurredAtMs,
      identity: [id],
      provider_event_id: id,
      message_id,
      recipient,
      bounce_type:
        type === 'email.bounced'
          ? (BOUNCES.get(textAt(payload, 'bounce', 'type') ?? '') ?? 'undetermined')
          : undefined,
      reason: REASONS.map((path) => textAt(payload, ...path)).find((text) => text !== undefined),
      reject_reason:
        type === 'email.rejected' ? rejectReason(textAt(payload, 'rejection', 'reason')) : undefined,
      smtp_code: textAt(payload, 'delivery', 'smtpStatusCode'),
      enhanced_code: textAt(payload, 'delivery', 'smtpEnhancedStatusCode'),
    },
  ]
}

const isOurs = (item: unknown, event: string): boolean =>
  event.startsWith(PREFIX) &&
  valueAt(item, 'source', 'type') === PRODUCT &&
  valueAt(item, 'metadata', 'eventSchemaVersion') === SCHEMA_VERSION

const REASONS = [
  ['bounce', 'reason'],
  ['failure', 'reason'],
  ['rejection', 'reason'],
  ['delivery', 'smtpResponse'],
] as const

/** The documented example is `suppressed`; the text names suppression, validation and spam (2026-06). */
function rejectReason(text = ''): Draft['reject_reason'] {
  if (/unsubscri/i.test(text)) return 'unsubscribed'
  if (/suppress/i.test(text)) return 'bounced'
  if (/spam/i.test(text)) return 'spam'
  if (/invalid|validation/i.test(text)) return 'invalid'
  return /policy/i.test(text) ? 'blocked' : 'other'
}
