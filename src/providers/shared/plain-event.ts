/**
 * Postern's own words for an event (DESIGN section 7), for senders that have none of their own: which fields each type
 * must have, and what they become. `generic` and `standard-webhooks` sources speak it.
 */
import * as v from 'valibot'
import { BOUNCE_TYPES, EVENT_TYPES, type EventType, REJECT_REASONS } from '../../event/mail-event.ts'
import { type JsonObject, isObject } from '../../platform/json.ts'
import { rfc3339Ms } from '../../platform/time.ts'
import { canonical, codesOf, entriesWithout, instantAt, objectAt, textAt, textsAt } from '../native.ts'
import type { Draft } from '../provider.ts'

/** An event as it came, whatever the names of its outer fields. */
export interface PlainEvent {
  readonly type: unknown
  /** RFC 3339. */
  readonly timestamp: unknown
  readonly data: unknown
}

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(65_536))
const instant = v.pipe(
  v.string(),
  v.check((value) => rfc3339Ms(value) !== undefined, 'RFC 3339'),
)

/** Local part and a domain of two labels or more, without display name, quotes or white space (RFC 5321 section 4.1.2). */
const ADDRESS =
  /^[^\s@<>()[\]\\,;:"\p{Cc}]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?\.)+[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?$/u
const address = v.pipe(v.string(), v.maxLength(320), v.regex(ADDRESS))

const message = { message_id: text, recipient: address }

/** Fields without which an event of the type means nothing. Made once; a type without a row has no demands. */
const REQUIRED = {
  'email.sent': v.object({ ...message, timestamp: instant }),
  'email.delivered': v.object({ ...message, timestamp: instant }),
  'email.spam_reported': v.object({ ...message, timestamp: instant }),
  'email.bounced': v.object({ ...message, bounce_type: v.picklist(BOUNCE_TYPES), reason: text }),
  'email.opened': v.object({ ...message, timestamp: instant, user_agent: text }),
  'email.clicked': v.object({ ...message, timestamp: instant, url: text }),
  'email.unsubscribed': v.object({ recipient: address, timestamp: instant }),
  'email.deferred': v.object(message),
  'email.rejected': v.object(message),
  'email.failed': v.object(message),
  'email.subscribed': v.object({ recipient: address }),
  'email.autoresponded': v.object({ recipient: address }),
  'email.inbound': v.object({}),
  'email.unknown': v.object({}),
} as const satisfies Record<EventType, v.GenericSchema>

const TYPE_MAX_LENGTH = 200

/** By the word that a sender writes, which is the type's own name. */
const TYPES: ReadonlyMap<string, EventType> = new Map(EVENT_TYPES.map((type) => [type, type]))

/** What `data` may hold beside the sender's own fields, which become metadata. */
const NATIVE_KEYS: ReadonlySet<string> = new Set([
  'message_id', 'recipient', 'timestamp', 'bounce_type', 'reason', 'reject_reason', 'smtp_code', 'enhanced_code', 'url',
  'user_agent', 'client_ip', 'tags', 'campaign_id', 'metadata',
]) // prettier-ignore

/**
 * The event as a draft; `undefined` when a field that its type must have is missing or not what it must be. A type that
 * is not Postern's is kept as `email.unknown`.
 *
 * @param id the sender's own id of this event, where it gives one: then it alone is the identity
 */
export function readPlainEvent(event: PlainEvent, id?: string): Draft | undefined {
  const { type: word, timestamp, data } = event
  if (typeof word !== 'string' || word === '' || word.length > TYPE_MAX_LENGTH) return undefined
  if (typeof timestamp !== 'string' || rfc3339Ms(timestamp) === undefined || !isObject(data)) return undefined
  const type = TYPES.get(word) ?? 'email.unknown'
  if (!v.is(REQUIRED[type], data)) return undefined

  const occurredAtMs = instantAt(data, 'timestamp') ?? instantAt(event, 'timestamp')
  const reason = textAt(data, 'reason')
  const codes = codesOf(reason)
  return {
    type,
    native_type: textAt(event, 'type') ?? word,
    occurredAtMs,
    identity: id === undefined ? identityOf(word, data) : [id],
    provider_event_id: id,
    message_id: textAt(data, 'message_id'),
    recipient: textAt(data, 'recipient'),
    bounce_type: oneOf(BOUNCE_TYPES, textAt(data, 'bounce_type')),
    reason,
    reject_reason: oneOf(REJECT_REASONS, textAt(data, 'reject_reason')),
    smtp_code: textAt(data, 'smtp_code') ?? codes.smtp_code,
    enhanced_code: textAt(data, 'enhanced_code') ?? codes.enhanced_code,
    url: textAt(data, 'url'),
    user_agent: textAt(data, 'user_agent'),
    client_ip: textAt(data, 'client_ip'),
    tags: textsAt(data, 'tags'),
    campaign_id: textAt(data, 'campaign_id'),
    metadata: { ...entriesWithout(data, NATIVE_KEYS), ...objectAt(data, 'metadata') },
  }
}

/** Two events that differ in nothing but their time differ all the same: the time leads the id. */
const identityOf = (word: string, data: JsonObject) => [word, canonical(data)]

const oneOf = <T extends string>(values: readonly T[], word: string | undefined): T | undefined =>
  values.find((value) => value === word)
