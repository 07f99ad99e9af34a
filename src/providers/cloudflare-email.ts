/**
 * Cloudflare Email Service. Its events come as messages of a queue subscription and not over HTTP: there is no method, no
 * secret and nothing to prove, and a source of this provider refuses every request. The consumer reads the messages with
 * the words below.
 *
 * @see https://developers.cloudflare.com/email-service/platform/event-subscriptions/
 */
import type { BounceType, EventType } from '../event/mail-event.ts'
import { isObject } from '../platform/json.ts'
import { canonical, instantAt, objectAt, openArray, textAt } from './native.ts'
import type { Draft, Provider } from './provider.ts'

const PREFIX = 'cf.email.sending.message.'

/** Sending, opening and clicking are not told. */
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

export const cloudflareEmail: Provider = {
  name: 'cloudflare-email',
  title: 'Cloudflare Email Service',
  methods: [],
  contentTypes: [],
  secrets: {},
  methodsOfProof: [],
  // No delivery is ever claimed: a message that comes again has the same event id.
  replayWindowSeconds: 300,
  open: openArray,
  read,
}

function read(item: unknown): readonly Draft[] | undefined {
  const event = textAt(item, 'type')
  if (!isObject(item) || event === undefined) return undefined
  const word = event.startsWith(PREFIX) ? event.slice(PREFIX.length) : ''
  const type = TYPES.get(word) ?? 'email.unknown'
  const payload = objectAt(item, 'payload')
  const id = textAt(payload, 'eventId')
  return [
    {
      type,
      native_type: event,
      occurredAtMs: instantAt(item, 'metadata', 'eventTimestamp'),
      identity: [id ?? canonical(item)],
      provider_event_id: id,
      message_id: textAt(payload, 'messageId'),
      recipient: textAt(payload, 'recipient'),
      bounce_type:
        type === 'email.bounced'
          ? (BOUNCES.get(textAt(payload, 'bounce', 'type') ?? '') ?? 'undetermined')
          : undefined,
      reason: REASONS.map((path) => textAt(payload, ...path)).find((text) => text !== undefined),
      reject_reason: type === 'email.rejected' ? 'other' : undefined,
      smtp_code: textAt(payload, 'delivery', 'smtpStatusCode'),
      enhanced_code: textAt(payload, 'delivery', 'smtpEnhancedStatusCode'),
    },
  ]
}

const REASONS = [
  ['bounce', 'reason'],
  ['failure', 'reason'],
  ['rejection', 'reason'],
  ['delivery', 'smtpResponse'],
] as const
