/** A file of the archive, read by DuckDB and by the library that reads what the writer's sister library writes. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { parquetMetadata } from 'hyparquet'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { COLUMN_NAMES } from '../../src/archive/columns.ts'
import { FileColumns } from '../../src/archive/parquet.ts'
import { toBase64 } from '../../src/platform/bytes.ts'
import type { EventRow } from '../../src/store/stored-event.ts'
import { EMPTY_ROW } from '../support/empty-row.ts'

const NOW_MS = Date.UTC(2026, 10, 29, 12)
const SEALED = new Uint8Array([0, 255, 39, 10])
const PERSON = new Uint8Array(16).fill(7)

const row = (change: Partial<EventRow>): EventRow => ({
  ...EMPTY_ROW,
  event_id: `${NOW_MS.toString(16).padStart(12, '0')}${'ab'.repeat(16)}`,
  source: "it's; drop table",
  provider: 'generic',
  type: 'email.bounced',
  native_type: 'ünïcode "\u{1F4E7}',
  message_id: 'm-1',
  occurred_at: NOW_MS,
  received_at: NOW_MS + 1,
  recipient: 'aa'.repeat(16),
  sealed: toBase64(SEALED),
  request_id: 'req_1',
  methods: ['hmac', 'jwt'],
  passed: [],
  network: '203.0.113.0/24',
  asn: 4_200_000_000,
  bytes: 10,
  other_message_ids: ['m-2', 'm-3'],
  bounce_type: 'hard',
  smtp_code: '550',
  enhanced_code: '5.1.1',
  alerts: [],
  failed: ['transport'],
  undecided: [],
  scope: 'list:news',
  automated: false,
  automated_by: 'esp',
  cause: 'authentication',
  cause_detail: 'dmarc',
  ...change,
})

let folder = ''
let file = new Uint8Array()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-archive-'))
  const columns = new FileColumns()
  columns.add({ row: row({}), storedAtMs: NOW_MS + 2, person: PERSON, mailboxProvider: 'gmail.com' })
  const untimed = row({
    event_id: '0'.repeat(44),
    recipient: null,
    bounce_type: null,
    asn: null,
    scope: null,
    automated: null,
    automated_by: null,
    cause: null,
    cause_detail: null,
  })
  columns.add({ row: untimed, storedAtMs: NOW_MS + 3, person: null, mailboxProvider: null })
  file = columns.file({ 'postern.first_segment': '1' })
  await writeFile(join(folder, '1-2.parquet'), file)
})
afterAll(() => rm(folder, { recursive: true }))

async function query(sql: string): Promise<unknown[][]> {
  const connection = await (await DuckDBInstance.create()).connect()
  const reader = await connection.runAndReadAll(sql.replace('FILE', `'${join(folder, '1-2.parquet')}'`))
  return reader.getRowsJson()
}

it('has columns of these types, in this order', async () => {
  const described = await query('SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM FILE)')
  expect(described.map(([name]) => name)).toEqual(COLUMN_NAMES)
  const special = described.filter(([, type]) => type !== 'VARCHAR')
  expect(Object.fromEntries(special as [string, string][])).toEqual({
    occurred_at: 'TIMESTAMP',
    effective_at: 'TIMESTAMP',
    received_at: 'TIMESTAMP',
    stored_at: 'TIMESTAMP',
    asn: 'BIGINT',
    person: 'BLOB',
    sealed: 'BLOB',
    automated: 'BOOLEAN',
  })
})

it('has the values, and null where there is none', async () => {
  const [first, second] = await query(
    `SELECT source, native_type, occurred_at, epoch_ms(stored_at), methods, failed_checks, other_message_ids, alerts, asn,
       mailbox_provider, hex(person), hex(sealed), bounce_type, scope, automated,
       automated_by FROM FILE`,
  )
  expect(first).toEqual([
    "it's; drop table",
    'ünïcode "\u{1F4E7}',
    '2026-11-29 12:00:00',
    String(NOW_MS + 2),
    'hmac,jwt',
    'transport',
    'm-2,m-3',
    null,
    '4200000000',
    'gmail.com',
    '07'.repeat(16).toUpperCase(),
    '00FF270A',
    'hard',
    'list:news',
    false,
    'esp',
  ])
  expect(second?.slice(2, 4)).toEqual([null, String(NOW_MS + 3)])
  expect(second?.slice(8)).toEqual(Array<null>(8).fill(null))
})

it('is one row group in SNAPPY, without a dictionary or statistics of sealed bytes, and says its version', () => {
  const { row_groups, key_value_metadata } = parquetMetadata(file.slice().buffer)
  expect(key_value_metadata).toContainEqual({ key: 'postern.schema', value: '1' })
  expect(row_groups).toHaveLength(1)
  const columns = new Map(
    row_groups[0]?.columns.map(({ meta_data }) => [meta_data?.path_in_schema[0], meta_data]),
  )
  expect([...columns.values()].every((one) => one?.codec === 'SNAPPY')).toBe(true)
  const sealed = columns.get('sealed')
  expect(sealed?.dictionary_page_offset).toBeUndefined()
  expect(sealed?.statistics).toBeUndefined()
  expect(columns.get('dt')).toBeUndefined()
})
