/**
 * An event as it is stored in a segment: plain columns, by which the store counts and filters, and one sealed blob with the
 * personal data.
 */
import { type Security, securityOf } from '../event/decision.ts'
import type { DeliveryFacts, QueuedEvent } from '../event/envelope.ts'
import { effectiveMs } from '../event/effective-time.ts'
import { isTimed, reportedMs } from '../event/identity.ts'
import { domainOf, mailboxProviderOf } from '../event/mailbox-providers.ts'
import { type MailEvent, MailEventSchema } from '../event/mail-event.ts'
import { toInstant } from '../platform/time.ts'
import { filterFingerprintsOf, subjectFingerprintsOf } from './fingerprint.ts'
import { MASKED_FIELDS, type Masks, masksOf } from './masks.ts'
import type { Person } from './people.ts'
import { sealOriginal } from './originals.ts'
import { shownId } from './shown-id.ts'
import {
  type Personal,
  type SealedPersonal,
  nothingPersonal,
  personalReader,
  sealPersonal,
} from './personal.ts'
import type { Store } from './store.ts'

/** An event on its way into the store. */
interface Incoming {
  readonly event: MailEvent
  readonly delivery: DeliveryFacts
  /** Its effective time, by which everything is ordered (`event/effective-time.ts`). */
  readonly atMs: number
  readonly person: Person | undefined
  /** Its personal data. */
  readonly sealed: string | null
}

type Value = string | number | null | readonly string[]

/** A stored field: the value in its column, and what a row of the store gives for that value. */
interface StoredField<Stored extends Value, Read> {
  readonly of: (incoming: Incoming) => Stored
  readonly read: (value: Stored) => Read
}

const field = <Stored extends Value, Read>(
  of: (incoming: Incoming) => Stored,
  read: (value: Stored) => Read,
): StoredField<Stored, Read> => ({ of, read })

/** A field that is read as it was stored. */
const plain = <Stored extends Value>(of: (incoming: Incoming) => Stored): StoredField<Stored, Stored> =>
  field(of, (value) => value)

/** Names in one text, separated by spaces; no name is null. */
const names = (of: (incoming: Incoming) => readonly string[]): StoredField<string | null, string[]> =>
  field(
    (incoming) => of(incoming).join(' ') || null,
    (text) => (text ?? '').split(' ').filter((name) => name !== ''),
  )

/**
 * The columns of an event, in the order in which its values are stored. A later version only appends. An older one does not see
 * the values after its own. Nulls at the end are not stored, so the fields that are seldom set come last. A column that is
 * named like a field of {@link MailEvent} is that field. The id is stored separately and holds the time that the ESP reported.
 */
const FIELDS = {
  source: plain(({ event }) => event.source),
  provider: plain(({ event }) => event.provider),
  type: plain(({ event }) => event.type),
  native_type: plain(({ event }) => event.native_type),
  message_id: plain(({ event }) => event.message_id),
  occurred_at: plain(({ atMs }) => atMs),
  received_at: plain(({ event }) => Date.parse(event.received_at)),
  /** The person's blind index. */
  recipient: plain(({ person }) => person?.index ?? null),
  sealed: plain(({ sealed }) => sealed),
  request_id: plain(({ delivery }) => delivery.request_id),
  methods: names(({ delivery }) => delivery.methods),
  passed: names(({ delivery }) => delivery.checks.passed),
  /** /24 or /48 of the client of its delivery, never the whole address. */
  network: plain(({ delivery }) => delivery.network ?? null),
  asn: plain(({ delivery }) => delivery.asn ?? null),
  /** Size of the body of its delivery. */
  bytes: plain(({ delivery }) => delivery.bytes ?? null),
  provider_event_id: plain(({ event }) => event.provider_event_id),
  other_message_ids: field(
    ({ event }) => (event.other_message_ids.length === 0 ? null : event.other_message_ids),
    (ids) => ids ?? [],
  ),
  campaign_id: plain(({ event }) => event.campaign_id),
  bounce_type: plain(({ event }) => event.bounce_type),
  smtp_code: plain(({ event }) => event.smtp_code),
  enhanced_code: plain(({ event }) => event.enhanced_code),
  reject_reason: plain(({ event }) => event.reject_reason),
  alerts: names(({ delivery }) => delivery.alerts),
  failed: names(({ delivery }) => delivery.checks.failed),
  undecided: names(({ delivery }) => delivery.checks.undecided),
  degraded: plain(({ delivery }) => delivery.degraded),
  scope: plain(({ event }) => event.scope ?? null),
  automated: field(
    ({ event }) => (typeof event.automated === 'boolean' ? Number(event.automated) : null),
    (flag) => (flag === null ? null : flag === 1),
  ),
  automated_by: plain(({ event }) => event.automated_by ?? null),
  cause: plain(({ event }) => event.cause ?? null),
  cause_detail: plain(({ event }) => event.cause_detail ?? null),
  origin: plain(({ delivery }) => delivery.origin ?? null),
}
export type EventColumn = keyof typeof FIELDS
export const EVENT_COLUMNS = Object.keys(FIELDS) as readonly EventColumn[]

/** SQL for a column of an event `e`, as `json_each` gives it. A recipient is hex here, and a blob in other tables. */
export const column = (name: EventColumn): string => `(e.value ->> ${EVENT_COLUMNS.indexOf(name)})`

/** SQL: an event `e` as JSON, without the sealed part. */
export const WITHOUT_SEALED = `json(jsonb_replace(e.value, '$[${EVENT_COLUMNS.indexOf('sealed')}]', NULL))`

/** SQL: whether an event `e` still has contents. Those of a blanked event are JSON null, which `json_each` gives as NULL. */
export const HAS_CONTENTS = '(e.value IS NOT NULL)'

/** SQL: whether an event `e` is of the message with one of these ids, a parameter as JSON. */
export const isOfMessage = (ids: string): string =>
  `(${column('message_id')} IN (SELECT value FROM json_each(${ids})) OR EXISTS (
    SELECT 1 FROM json_each(coalesce(${column('other_message_ids')}, '[]')) o WHERE o.value IN (SELECT value FROM json_each(${ids}))))`

/** An event ready to be written. */
export interface EventToStore {
  readonly id: string
  readonly atMs: number
  /** Of its person and its message. */
  readonly subjectFingerprints: readonly string[]
  /** Name of the recipient's mailbox provider, if there is a recipient. It is counted, and not stored with the event. */
  readonly mailboxProvider?: string
  /** Of its source and its type. */
  readonly filterFingerprints: readonly string[]
  /** In the order of {@link EVENT_COLUMNS}. */
  readonly values: readonly Value[]
  /** Sealed, in base64. */
  readonly original?: string
}

export const valueIn = ({ values }: Pick<EventToStore, 'values'>, name: EventColumn): Value =>
  values[EVENT_COLUMNS.indexOf(name)] ?? null

/** The text in a column of an event; null if it has none. */
export const textIn = (event: Pick<EventToStore, 'values'>, name: EventColumn): string | null => {
  const value = valueIn(event, name)
  return typeof value === 'string' ? value : null
}

/**
 * @param read with the id that the gateway made
 * @param person the recipient's; undefined where the event names none
 */
export async function toStore(
  { original, ...read }: QueuedEvent,
  delivery: DeliveryFacts,
  person: Person | undefined,
  store: Store,
): Promise<EventToStore> {
  const whole = { ...read, id: await store.ids('store').of(read.id) }
  const masks = await masksOf(whole, store.people)
  const event = { ...whole, ...masks }
  const atMs = effectiveMs(event)
  const kept = original === undefined ? undefined : await sealOriginal(original, event.id, person, store)
  return {
    id: event.id,
    atMs,
    ...(person === undefined ? {} : { mailboxProvider: mailboxProviderOf(domainOf(person.address)) }),
    subjectFingerprints: [
      ...(await subjectFingerprintsOf(person, messageIdsOf(event))),
      ...(kept?.fingerprints ?? []),
    ],
    filterFingerprints: filterFingerprintsOf(event.source, event.type),
    values: valuesOf({
      event,
      delivery,
      atMs,
      person,
      sealed: await sealPersonal(whole, person, store, masks),
    }),
    ...(kept === undefined ? {} : { original: kept.original }),
  }
}

function valuesOf(incoming: Incoming): Value[] {
  const values = EVENT_COLUMNS.map((name) => FIELDS[name].of(incoming))
  return values.slice(0, values.findLastIndex((value) => value !== null) + 1)
}

/** An event as it was read. */
export type EventRow = SealedPersonal & {
  readonly [Name in EventColumn]: ReturnType<(typeof FIELDS)[Name]['read']>
}

/** A row of SQL for one event: its values as JSON, and the person's wrapped key in hex. */
export interface Found {
  readonly id: string
  readonly event: string
  readonly wrapped_key: string | null
}

/** Reads a row. */
export const rowOf = ({ id, event, wrapped_key }: Found): EventRow =>
  rowOfValues(id, JSON.parse(event) as never[], wrapped_key)

/** Reads the values of an event. The row is filled name by name, since `Object.fromEntries` takes three times as long. */
export function rowOfValues(id: string, values: readonly never[], wrappedKey: string | null): EventRow {
  const row: Partial<Record<keyof EventRow, unknown>> = { event_id: id, wrapped_key: wrappedKey }
  for (const [i, name] of EVENT_COLUMNS.entries()) row[name] = FIELDS[name].read(values[i] ?? (null as never))
  return row as unknown as EventRow
}

/** The stored part of the facts of an event's delivery. */
export const deliveryOf = (row: EventRow): DeliveryFacts => {
  const {
    source,
    provider,
    request_id,
    methods,
    passed,
    failed,
    undecided,
    alerts,
    degraded,
    network,
    asn,
    bytes,
    origin,
  } = row
  const checks = { passed, failed, undecided }
  const received_at = toInstant(row.received_at)
  return {
    source,
    provider,
    request_id,
    received_at,
    methods,
    checks,
    alerts,
    degraded,
    network,
    asn,
    bytes,
    ...(origin === null ? {} : { origin }),
  }
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

const EVENT_FIELDS = Object.keys(MailEventSchema.entries) as readonly (keyof MailEvent)[]

/** The event as it was before it was stored, under its stored id. An erased person's fields are null or empty. */
export function eventOf(row: EventRow, personal: Personal): StoredEvent {
  const event: MailEvent = {
    ...row,
    ...nothingPersonal(),
    ...personal,
    id: row.event_id,
    occurred_at: isTimed(row.event_id) ? toInstant(reportedMs(row.event_id)) : null,
    received_at: toInstant(row.received_at),
  }
  const { request_id, methods, passed, failed, undecided, alerts, degraded, origin } = row
  const security = securityOf({
    request_id,
    methods,
    checks: { passed, failed, undecided },
    alerts,
    degraded,
    origin,
  })
  return { ...picked(event, EVENT_FIELDS), security }
}

/** The fields of an event that can have a mask, as the columns have them. */
export const maskedOf = (row: EventRow): Masks => picked(row, MASKED_FIELDS)

function picked<From, Name extends keyof From>(from: From, names: readonly Name[]): Pick<From, Name> {
  const some: Partial<Pick<From, Name>> = {}
  for (const name of names) some[name] = from[name]
  return some as Pick<From, Name>
}

const messageIdsOf = ({ message_id, other_message_ids }: MailEvent): readonly string[] =>
  message_id === null ? other_message_ids : [message_id, ...other_message_ids]
