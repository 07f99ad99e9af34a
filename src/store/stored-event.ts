/**
 * An event as it is stored in a segment: plain columns, by which the store counts and filters, and one sealed blob with the
 * personal data.
 */
import { type Security, securityOf } from '../event/decision.ts'
import type { DeliveryFacts } from '../event/envelope.ts'
import { effectiveMs } from '../event/effective-time.ts'
import { isTimed, reportedMs } from '../event/identity.ts'
import type { MailEvent } from '../event/mail-event.ts'
import { toInstant } from '../platform/time.ts'
import { filterFingerprintsOf, subjectFingerprintsOf } from './fingerprint.ts'
import type { Person } from './people.ts'
import { shownId } from './shown-id.ts'
import { type Personal, type SealedPersonal, personalReader, sealPersonal } from './personal.ts'
import type { Store } from './store.ts'

/**
 * In the order in which an event's values are stored. A later version only appends: an older one does not see what is behind
 * its own, and what is missing is null. The id is stored separately and holds the time that the ESP reported.
 * `occurred_at` is the effective time, by which everything is ordered (`event/effective-time.ts`).
 */
export const EVENT_COLUMNS = [
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
  'passed',
  'failed',
  'undecided',
  'alerts',
  'degraded',
  'recipient',
  'sealed',
  'other_message_ids',
  'network',
  'asn',
  'bytes',
] as const
export type EventColumn = (typeof EVENT_COLUMNS)[number]

/** SQL for a column of an event `e`, as `json_each` gives it. A recipient is hex here, and a blob in other tables. */
export const column = (name: EventColumn): string => `(e.value ->> ${EVENT_COLUMNS.indexOf(name)})`

/** SQL: whether an event `e` is of the message with an id, which is a parameter. */
export const isOfMessage = (id: string): string =>
  `(${column('message_id')} = ${id} OR EXISTS (
    SELECT 1 FROM json_each(coalesce(${column('other_message_ids')}, '[]')) o WHERE o.value = ${id}))`

/** An event ready to be written. */
export interface EventToStore {
  readonly id: string
  readonly atMs: number
  /** Of its person and its message. */
  readonly subjectFingerprints: readonly string[]
  /** Of its source and its type. */
  readonly filterFingerprints: readonly string[]
  /** In the order of {@link EVENT_COLUMNS}. */
  readonly values: readonly (string | number | null)[]
}

/**
 * @param read with the id that the gateway made
 * @param person the recipient's; undefined where the event names none
 */
export async function toStore(
  read: MailEvent,
  delivery: DeliveryFacts,
  person: Person | undefined,
  store: Store,
): Promise<EventToStore> {
  const event = { ...read, id: await store.ids('store').of(read.id) }
  const atMs = effectiveMs(event)
  return {
    id: event.id,
    atMs,
    subjectFingerprints: await subjectFingerprintsOf(person, messageIdsOf(event)),
    filterFingerprints: filterFingerprintsOf(event.source, event.type),
    values: [
      event.source,
      event.provider,
      event.type,
      event.native_type,
      event.provider_event_id,
      event.message_id,
      atMs,
      Date.parse(event.received_at),
      event.bounce_type,
      event.reject_reason,
      event.smtp_code,
      event.enhanced_code,
      event.campaign_id,
      delivery.request_id,
      delivery.methods.join(' '),
      textOf(delivery.checks.passed),
      textOf(delivery.checks.failed),
      textOf(delivery.checks.undecided),
      textOf(delivery.alerts),
      delivery.degraded,
      person?.index ?? null,
      await sealPersonal(event, person, store),
      event.other_message_ids.length === 0 ? null : JSON.stringify(event.other_message_ids),
      delivery.network ?? null,
      delivery.asn ?? null,
      delivery.bytes ?? null,
    ],
  }
}

/** An event as it was read. */
export interface EventRow extends SealedPersonal {
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
  readonly passed: string | null
  readonly failed: string | null
  readonly undecided: string | null
  readonly alerts: string | null
  readonly degraded: string | null
  /** JSON array; null for none. */
  readonly other_message_ids: string | null
  /** /24 or /48 of the client of its delivery, never the whole address. */
  readonly network: string | null
  readonly asn: number | null
  /** Size of the body of its delivery. */
  readonly bytes: number | null
}

/** A row of SQL for one event: its values as JSON, and the person's wrapped key in hex. */
export interface Found {
  readonly id: string
  readonly event: string
  readonly wrapped_key: string | null
}

export function rowOf({ id, event, wrapped_key }: Found): EventRow {
  const values = JSON.parse(event) as unknown[]
  const columns = Object.fromEntries(EVENT_COLUMNS.map((name, i) => [name, values[i] ?? null]))
  return { ...(columns as unknown as EventRow), event_id: id, wrapped_key }
}

/** An event with the stored part of its delivery's decision. */
export interface StoredEvent extends MailEvent {
  readonly security: Security
}

/** Opens events for one response, with what the actor of the store may see. */
export function eventReader(store: Store): (row: EventRow) => Promise<StoredEvent> {
  const personal = personalReader(store)
  return async (row) => ({
    ...eventOf(row, await personal(row)),
    id: await shownId(store, row.event_id),
  })
}

/** The event as it was before it was stored, under its stored id. An erased person's fields are null or empty. */
export function eventOf(row: EventRow, personal: Personal): StoredEvent {
  return {
    id: row.event_id,
    type: row.type,
    native_type: row.native_type,
    source: row.source,
    provider: row.provider,
    provider_event_id: row.provider_event_id,
    message_id: row.message_id,
    other_message_ids: JSON.parse(row.other_message_ids ?? '[]') as string[],
    recipient: personal.recipient ?? null,
    occurred_at: isTimed(row.event_id) ? toInstant(reportedMs(row.event_id)) : null,
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
      checks: { passed: words(row.passed), failed: words(row.failed), undecided: words(row.undecided) },
      alerts: words(row.alerts),
      degraded: row.degraded,
    }),
  }
}

const messageIdsOf = ({ message_id, other_message_ids }: MailEvent): readonly string[] =>
  message_id === null ? other_message_ids : [message_id, ...other_message_ids]

/** A column keeps names in one text, separated by spaces; no name is null. */
const textOf = (names: readonly string[]): string | null => (names.length === 0 ? null : names.join(' '))
/** The names in a column, separated by spaces. */
const words = (text: string | null): string[] => (text ?? '').split(' ').filter((word) => word !== '')
