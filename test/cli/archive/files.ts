/** Files of the archive for tests, made by its own writer. */
import { createHash } from 'node:crypto'
import { FileColumns } from '../../../src/archive/parquet.ts'
import { fromHex, toBase64 } from '../../../src/platform/bytes.ts'
import type { EventRow } from '../../../src/store/stored-event.ts'
import { EMPTY_ROW } from '../../support/empty-row.ts'

export const NOON_MS = Date.UTC(2026, 10, 25, 12)

export interface ArchivedRow extends Partial<Omit<EventRow, 'sealed'>> {
  readonly storedAtMs?: number
  /** A number that stands for the person; absent for nobody. */
  readonly person?: number | Uint8Array
  readonly mailboxProvider?: string | null
  readonly sealed?: Uint8Array
  /** When it happened; its id says so. */
  readonly atMs?: number
}

let count = 0

/** @param rows one row an event */
export function parquetOf(rows: readonly ArchivedRow[]): Uint8Array {
  const columns = new FileColumns()
  for (const { storedAtMs, person, mailboxProvider = null, sealed, atMs = NOON_MS, ...row } of rows)
    columns.add({
      row: {
        ...EMPTY_ROW,
        event_id: idOf(atMs, ++count),
        source: 'shop',
        provider: 'generic',
        type: 'email.delivered',
        native_type: 'delivered',
        message_id: 'm-1',
        occurred_at: atMs,
        received_at: atMs + 1_000,
        recipient: person === undefined ? null : 'aa'.repeat(16),
        request_id: 'req_1',
        methods: ['signature'],
        passed: [],
        network: '203.0.113.0/24',
        asn: 64_500,
        bytes: 100,
        other_message_ids: [],
        alerts: [],
        failed: [],
        undecided: [],
        ...row,
        sealed: sealed === undefined ? null : toBase64(sealed),
      },
      storedAtMs: storedAtMs ?? atMs + 2_000,
      person: person === undefined ? null : personOf(person),
      mailboxProvider,
    })
  return columns.file({})
}

/** As the store makes ids: the time in twelve hex digits, and a hash. */
export const idOf = (atMs: number, nr: number): string =>
  `${atMs.toString(16).padStart(12, '0')}${nr.toString(16).padStart(32, '0')}`

const personOf = (person: number | Uint8Array) =>
  typeof person === 'number'
    ? (fromHex(person.toString(16).padStart(32, '0')) ?? new Uint8Array(16))
    : new Uint8Array(person)

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
