/**
 * An event as a row. What can point to a person (address, reasons that quote it, links, user agent, client address, tags,
 * metadata) is one sealed blob; the rest are plain columns that the store counts and filters by.
 */
import { type Security, securityOf } from '../event/decision.ts'
import type { DeliveryFacts } from '../event/envelope.ts'
import { isTimed } from '../event/identity.ts'
import type { MailEvent } from '../event/mail-event.ts'
import { fromHex, textOf, toHex, utf8 } from '../platform/bytes.ts'
import { SealBroken, decrypt, encrypt } from '../platform/seal.ts'
import { toInstant } from '../platform/time.ts'
import type { Person } from './people.ts'
import type { Store } from './store.ts'

/** Columns in the order of a written row, all but `writer`. The last two are hex. */
export const EVENT_COLUMNS = [
  'id',
  'source',
  'provider',
  'type',
  'native_type',
  'provider_event_id',
  'message_id',
  'occurred_at',
  'received_at',
  'bounce_type',
  'reject_reason',
  'smtp_code',
  'enhanced_code',
  'campaign_id',
  'request_id',
  'methods',
  'alerts',
  'degraded',
  'recipient',
  'sealed',
] as const

/** A row as JSON carries it to SQL: values in the order of `EVENT_COLUMNS`. */
export type EventValues = readonly (string | number | null)[]

/** @param person the recipient's; undefined where the event names none */
export async function eventValues(
  event: MailEvent,
  delivery: DeliveryFacts,
  person: Person | undefined,
  store: Store,
): Promise<EventValues> {
  return [
    event.id,
    event.source,
    event.provider,
    event.type,
    event.native_type,
    event.provider_event_id,
    event.message_id,
    Date.parse(event.occurred_at ?? event.received_at),
    Date.parse(event.received_at),
    event.bounce_type,
    event.reject_reason,
    event.smtp_code,
    event.enhanced_code,
    event.campaign_id,
    delivery.request_id,
    delivery.methods.join(' '),
    delivery.alerts.length === 0 ? null : delivery.alerts.join(' '),
    delivery.degraded,
    person?.index ?? null,
    await sealPersonal(personalOf(event), event.id, person, store),
  ]
}

interface Personal {
  readonly recipient?: string
  readonly reason?: string
  readonly url?: string
  readonly user_agent?: string
  readonly client_ip?: string
  readonly tags?: string[]
  readonly metadata?: Record<string, unknown>
}

const NOTHING: Personal = {}

/** The personal fields that have a value: most events have two or three of them. */
function personalOf(event: MailEvent): Personal {
  const { recipient, reason, url, user_agent, client_ip, tags, metadata } = event
  return {
    ...(recipient === null ? {} : { recipient }),
    ...(reason === null ? {} : { reason }),
    ...(url === null ? {} : { url }),
    ...(user_agent === null ? {} : { user_agent }),
    ...(client_ip === null ? {} : { client_ip }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  }
}

/** Sealed to the event's id, so that a row's blob opens in no other row. */
async function sealPersonal(
  personal: Personal,
  id: string,
  person: Person | undefined,
  store: Store,
): Promise<string | null> {
  const plain = utf8(JSON.stringify(personal))
  if (person !== undefined) return toHex(await encrypt(person.key, plain, id))
  return Object.keys(personal).length === 0 ? null : toHex(await store.sealer.seal(plain, id))
}

/** Which blob of whom, as SQL gives it: hex, empty where there is none. */
export interface SealedPersonal {
  readonly event_id: string
  /** The person's index; empty when the event names nobody. */
  readonly recipient: string
  /** Empty when the person was erased. */
  readonly wrapped_key: string
  readonly sealed: string
}

/** Opens blobs for one answer, unwrapping each person's key once. */
export function personalReader(store: Store): (row: SealedPersonal) => Promise<Personal> {
  const persons = new Map<string, Promise<Person | undefined>>()
  const personOf = (row: SealedPersonal): Promise<Person | undefined> => {
    const known = persons.get(row.recipient) ?? store.people.find(row.recipient, row.wrapped_key)
    persons.set(row.recipient, known)
    return known
  }
  return async (row) => {
    const blob = store.sight.personal ? fromHex(row.sealed) : undefined
    if (blob === undefined || blob.byteLength === 0) return NOTHING
    const person = row.recipient === '' ? undefined : await personOf(row)
    if (row.recipient !== '' && person === undefined) return NOTHING
    try {
      const plain =
        person === undefined
          ? await store.sealer.open(blob, row.event_id)
          : await decrypt(person.key, blob, row.event_id)
      return JSON.parse(textOf(plain) ?? '{}') as Personal
    } catch (cause) {
      // Sealed under the key of before the person was erased; a new event has given the person a new one.
      if (cause instanceof SealBroken) return NOTHING
      throw cause
    }
  }
}

/** What a `SELECT` of {@link SELECTED_EVENT} gives. */
export interface EventRow extends SealedPersonal {
  readonly id: string
  readonly source: string
  readonly provider: string
  readonly type: MailEvent['type']
  readonly native_type: string
  readonly provider_event_id: string | null
  readonly message_id: string | null
  readonly occurred_at: number
  readonly received_at: number
  readonly bounce_type: MailEvent['bounce_type']
  readonly reject_reason: MailEvent['reject_reason']
  readonly smtp_code: string | null
  readonly enhanced_code: string | null
  readonly campaign_id: string | null
  readonly request_id: string
  readonly methods: string
  readonly alerts: string | null
  readonly degraded: string | null
}

/** An event with what is kept of its delivery's decision. */
export interface StoredEvent extends MailEvent {
  readonly security: Security
}

/** For events `e` and, joined to the left, recipients `r`. Hex, since D1 gives blobs as arrays of numbers. */
export const SELECTED_EVENT = `e.id, e.id AS event_id, e.source, e.provider, e.type, e.native_type, e.provider_event_id,
  e.message_id, e.occurred_at, e.received_at, e.bounce_type, e.reject_reason, e.smtp_code, e.enhanced_code, e.campaign_id,
  e.request_id, e.methods, e.alerts, e.degraded,
  lower(hex(e.recipient)) AS recipient, lower(hex(e.sealed)) AS sealed, lower(hex(r.wrapped_key)) AS wrapped_key`

/** The event again; an erased person's fields are null or empty. */
export function eventOf(row: EventRow, personal: Personal): StoredEvent {
  return {
    id: row.id,
    type: row.type,
    native_type: row.native_type,
    source: row.source,
    provider: row.provider,
    provider_event_id: row.provider_event_id,
    message_id: row.message_id,
    recipient: personal.recipient ?? null,
    occurred_at: isTimed(row.id) ? toInstant(row.occurred_at) : null,
    received_at: toInstant(row.received_at),
    bounce_type: row.bounce_type,
    reason: personal.reason ?? null,
    reject_reason: row.reject_reason,
    smtp_code: row.smtp_code,
    enhanced_code: row.enhanced_code,
    url: personal.url ?? null,
    user_agent: personal.user_agent ?? null,
    client_ip: personal.client_ip ?? null,
    tags: personal.tags ?? [],
    campaign_id: row.campaign_id,
    metadata: personal.metadata ?? {},
    security: securityOf({
      request_id: row.request_id,
      methods: words(row.methods),
      alerts: words(row.alerts),
      degraded: row.degraded,
    }),
  }
}

/** Names that a column keeps in one text, parted by spaces. */
const words = (text: string | null): string[] => (text ?? '').split(' ').filter((word) => word !== '')
