/**
 * Postern's own event format, for senders that have none of their own: the required fields of each type, and what they become.
 * `generic` and `standard-webhooks` sources use it.
 */
import * as v from 'valibot'
import { BOUNCE_TYPES, EVENT_TYPES, type EventType, REJECT_REASONS } from '../../event/mail-event.ts'
import { SCOPE } from '../../event/scope.ts'
import { type JsonObject, isObject } from '../../platform/json.ts'
import { rfc3339Ms } from '../../platform/time.ts'
import { codesOf } from '../../event/cause/answer.ts'
import { canonical, entriesWithout, instantAt, objectAt, textAt, textsAt, valueAt } from './native.ts'
import type { Draft } from './provider.ts'

/** An event as received, independent of the names of its outer fields. */
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

/** The required fields of each type. Built once. */
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

/** By the type that a sender writes, which is the name of the event type. */
const TYPES: ReadonlyMap<string, EventType> = new Map(EVENT_TYPES.map((type) => [type, type]))

/**
 * The known fields of `data`. All others are the sender's own and become metadata. `scope` and `automated` came later: they stay metadata as
 * well, since destinations may read them there.
 */
const NATIVE_KEYS: ReadonlySet<string> = new Set([
  'message_id', 'recipient', 'timestamp', 'bounce_type', 'reason', 'reject_reason', 'smtp_code', 'enhanced_code', 'url',
  'user_agent', 'client_ip', 'tags', 'campaign_id', 'metadata',
]) // prettier-ignore

/**
 * The event as a draft; `undefined` if a required field of its type is missing or invalid. An unknown type becomes
 * `email.unknown`.
 *
 * @param id the sender's own id of this event, if it gives one: then it alone is the identity
 */
export function readPlainEvent(event: PlainEvent, id?: string): Draft | undefined {
  const { type: nativeType, timestamp, data } = event
  if (typeof nativeType !== 'string' || nativeType === '') return undefined
  if (nativeType.length > TYPE_MAX_LENGTH) return undefined
  if (typeof timestamp !== 'string' || rfc3339Ms(timestamp) === undefined || !isObject(data)) return undefined
  const type = TYPES.get(nativeType) ?? 'email.unknown'
  if (!v.is(REQUIRED[type], data)) return undefined

  const occurredAtMs = instantAt(data, 'timestamp') ?? instantAt(event, 'timestamp')
  const reason = textAt(data, 'reason')
  const codes = codesOf(reason)
  const scope = textAt(data, 'scope')
  const automated = valueAt(data, 'automated')
  return {
    type,
    native_type: textAt(event, 'type') ?? nativeType,
    occurredAtMs,
    identity: id === undefined ? identityOf(nativeType, data) : [id],
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
    // Senders may have a `scope` of another meaning. If it does not look like ours, an unsubscribe holds for all mail.
    scope: scope !== undefined && SCOPE.test(scope) ? scope : undefined,
    automated: typeof automated === 'boolean' ? automated : undefined,
  }
}

/** Events that differ only in their time stay distinct, since an event id begins with the time. */
const identityOf = (nativeType: string, data: JsonObject) => [nativeType, canonical(data)]

const oneOf = <T extends string>(values: readonly T[], text: string | undefined): T | undefined =>
  values.find((value) => value === text)
