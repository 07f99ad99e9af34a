/**
 * The columns of the archive's files, one row each. They are flat, so that every engine reads them. A later version only appends
 * columns, which may be null: older files do not have them. docs/archive.md says what each of them is.
 */
import { isTimed, reportedMs } from '../event/identity.ts'
import { type Bytes, fromBase64 } from '../platform/bytes.ts'
import type { EventRow } from '../store/stored-event.ts'

/** The version of the columns, in the metadata of each file. */
export const COLUMNS_VERSION = 1

/** An event on its way into a file. */
export interface ArchivedEvent {
  readonly row: EventRow
  readonly storedAtMs: number
  /** Pseudonym of the recipient; null if the event names nobody, or somebody who was erased. */
  readonly person: Bytes | null
  /** Null if the event names nobody. */
  readonly mailboxProvider: string | null
}

export type Value = string | number | bigint | boolean | Bytes | null

export interface Column {
  readonly type: 'STRING' | 'TIMESTAMP' | 'INT64' | 'BOOLEAN' | 'BYTE_ARRAY'
  readonly of: (event: ArchivedEvent) => Value
  /** How its values are written; undefined for the writer's choice, which is a dictionary where values repeat. */
  readonly encoding?: 'PLAIN' | 'DELTA_BINARY_PACKED'
  /** Whether the file tells its smallest and largest value, by which engines skip files. */
  readonly hasStatistics: boolean
}

const text = (of: (event: ArchivedEvent) => string | null): Column => ({
  type: 'STRING',
  of,
  hasStatistics: true,
})

/** Milliseconds, in UTC. */
const time = (of: (event: ArchivedEvent) => number | null): Column => ({
  type: 'TIMESTAMP',
  of,
  encoding: 'DELTA_BINARY_PACKED',
  hasStatistics: true,
})

const joined = (names: readonly string[]): string | null => names.join(',') || null

export const COLUMNS = {
  id: text(({ row }) => row.event_id),
  source: text(({ row }) => row.source),
  provider: text(({ row }) => row.provider),
  type: text(({ row }) => row.type),
  native_type: text(({ row }) => row.native_type),
  occurred_at: time(({ row }) => (isTimed(row.event_id) ? reportedMs(row.event_id) : null)),
  effective_at: time(({ row }) => row.occurred_at),
  received_at: time(({ row }) => row.received_at),
  stored_at: time(({ storedAtMs }) => storedAtMs),
  message_id: text(({ row }) => row.message_id),
  other_message_ids: text(({ row }) => joined(row.other_message_ids)),
  provider_event_id: text(({ row }) => row.provider_event_id),
  campaign_id: text(({ row }) => row.campaign_id),
  bounce_type: text(({ row }) => row.bounce_type),
  smtp_code: text(({ row }) => row.smtp_code),
  enhanced_code: text(({ row }) => row.enhanced_code),
  reject_reason: text(({ row }) => row.reject_reason),
  request_id: text(({ row }) => row.request_id),
  methods: text(({ row }) => joined(row.methods)),
  failed_checks: text(({ row }) => joined(row.failed)),
  alerts: text(({ row }) => joined(row.alerts)),
  network: text(({ row }) => row.network),
  asn: { type: 'INT64', of: ({ row }) => (row.asn === null ? null : BigInt(row.asn)), hasStatistics: true },
  mailbox_provider: text(({ mailboxProvider }) => mailboxProvider),
  person: { type: 'BYTE_ARRAY', of: ({ person }) => person, hasStatistics: false },
  /** The personal part as it is stored. That of an event which names nobody is left out: nobody could erase it. */
  sealed: {
    type: 'BYTE_ARRAY',
    of: ({ row }) => (row.recipient === null ? null : sealedBytes(row.sealed)),
    encoding: 'PLAIN',
    hasStatistics: false,
  },
  scope: text(({ row }) => row.scope),
  automated: { type: 'BOOLEAN', of: ({ row }) => row.automated, hasStatistics: false },
  automated_by: text(({ row }) => row.automated_by),
  cause: text(({ row }) => row.cause),
  cause_detail: text(({ row }) => row.cause_detail),
  origin: text(({ row }) => row.origin),
} as const satisfies Readonly<Record<string, Column>>

export type ColumnName = keyof typeof COLUMNS
export const COLUMN_NAMES = Object.keys(COLUMNS) as readonly ColumnName[]

function sealedBytes(base64: string | null): Bytes | null {
  const blob = fromBase64(base64 ?? '')
  return blob === undefined || blob.byteLength === 0 ? null : blob
}
