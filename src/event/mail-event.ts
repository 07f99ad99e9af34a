/**
 * One thing that happened to one message and one recipient. All three Workers share this form.
 * A change of a field here changes the queue, the store and the public API: see docs/upgrading.md.
 */
import * as v from 'valibot'
import { CAUSES } from './cause/causes.ts'

/** Everything that can happen to a message. The types after the first seven exist so that nothing that an ESP reports is dropped. */
export const EVENT_TYPES = [
  'email.sent',
  'email.delivered',
  'email.bounced',
  'email.opened',
  'email.clicked',
  'email.unsubscribed',
  'email.spam_reported',
  'email.deferred',
  'email.rejected',
  'email.failed',
  'email.subscribed',
  'email.autoresponded',
  'email.inbound',
  'email.unknown',
] as const
export type EventType = (typeof EVENT_TYPES)[number]

/** Types of events that have a cause. */
export const FAILED_TYPES: ReadonlySet<string> = new Set<EventType>([
  'email.bounced',
  'email.deferred',
  'email.rejected',
  'email.failed',
])

export const BOUNCE_TYPES = ['hard', 'soft', 'blocked', 'undetermined'] as const
export type BounceType = (typeof BOUNCE_TYPES)[number]

export const REJECT_REASONS = [
  'invalid',
  'bounced',
  'timed_out',
  'blocked',
  'spam',
  'unsubscribed',
  'other',
] as const
export type RejectReason = (typeof REJECT_REASONS)[number]

const optionalText = v.nullable(v.string())

/** RFC 3339 in UTC, with milliseconds. */
const instant = v.pipe(v.string(), v.isoTimestamp())

export const MailEventSchema = v.object({
  /** The same if the ESP sends the event again; sorts by time. See `identity.ts`. */
  id: v.pipe(v.string(), v.regex(/^[0-9a-f]{44}$/)),
  type: v.picklist(EVENT_TYPES),
  /** The provider's own name of the type, for instance `bounce/blocked`. */
  native_type: v.string(),
  source: v.string(),
  provider: v.string(),
  provider_event_id: optionalText,
  message_id: optionalText,
  /** Further ids of the message, without angle brackets: what the send API answered, or the Message-ID header. */
  other_message_ids: v.array(v.string()),
  recipient: optionalText,
  /** Null if the ESP gives no time. Then the time of receipt is used where times are compared. */
  occurred_at: v.nullable(instant),
  received_at: instant,
  bounce_type: v.nullable(v.picklist(BOUNCE_TYPES)),
  reason: optionalText,
  reject_reason: v.nullable(v.picklist(REJECT_REASONS)),
  smtp_code: optionalText,
  enhanced_code: optionalText,
  url: optionalText,
  user_agent: optionalText,
  client_ip: optionalText,
  tags: v.array(v.string()),
  campaign_id: optionalText,
  metadata: v.record(v.string(), v.unknown()),
  /**
   * Where an unsubscribe or a re-subscribe holds, as `<kind>:<value>`: `group:12`, `list:…`, `tag:…`, `stream:…`, `topic:…`, `audience:…`.
   * Null for all mail of the source.
   */
  scope: v.nullish(v.string()),
  /** Whether a machine did it, such as a scanner that opens every message. Null if nobody says. */
  automated: v.nullish(v.boolean()),
  /** How `automated` is known: `esp`, or another row of `SIGNS` in `automated/signs.ts`. Null if `automated` is. */
  automated_by: v.nullish(v.string()),
  /** Why a bounce, a deferral or a rejection happened, as `cause/` reads the ESP and the server. Null if they do not say. */
  cause: v.nullish(v.picklist(CAUSES)),
  /** A word more: `dmarc`, `spamhaus`, `greylist`. Never of the text itself. */
  cause_detail: v.nullish(v.string()),
})

export type MailEvent = v.InferOutput<typeof MailEventSchema>
