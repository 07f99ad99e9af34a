/**
 * Files as the archive writes them, with many events, made by DuckDB itself: to archive so many would take an hour. Each message is
 * sent, delivered or bounced, and opened and clicked some hours later. The sealed column is empty, since no statement reads it.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { COLUMN_NAMES, type ColumnName } from '../src/archive/columns.ts'
import { FILE_MAX_EVENTS } from '../src/store/archive-claims.ts'

/** As many as a full file of the archive has. */
export const EVENTS_A_FILE = FILE_MAX_EVENTS
const DAYS = 30
const FIRST_MS = Date.UTC(2026, 9, 1)
const STAGES = 4

/** Opens and clicks are in the file of messages that were sent so many files later. */
const LATER_FILES = 3

/** The id of a message that was sent in the first file, however many there are. */
export const SOME_MESSAGE = 'message-19000@mail.example.com'

/** SQL over `nr`, the number of a message, `stage`, what has happened to it, and `at_ms`. */
const VALUES: Partial<Record<ColumnName, string>> = {
  id: `printf('%012x', at_ms) || md5(nr || '/' || stage)`,
  source: `['shop', 'news', 'crm'][nr % 3 + 1]`,
  provider: `'sendgrid'`,
  type: `CASE WHEN stage = 1 AND nr % 40 = 0 THEN 'email.bounced' WHEN stage = 3 AND nr % 1000 = 7 THEN 'email.spam_reported'
    WHEN stage = 3 AND nr % 300 = 11 THEN 'email.unsubscribed'
    ELSE ['email.sent', 'email.delivered', 'email.opened', 'email.clicked'][stage + 1] END`,
  native_type: `['processed', 'delivered', 'open', 'click'][stage + 1]`,
  occurred_at: `make_timestamp_ms(at_ms)`,
  effective_at: `make_timestamp_ms(at_ms)`,
  received_at: `make_timestamp_ms(at_ms + 1500)`,
  stored_at: `make_timestamp_ms(at_ms + 4000)`,
  message_id: `'message-' || nr || '@mail.example.com'`,
  provider_event_id: `md5('provider' || nr || '/' || stage)`,
  campaign_id: `'campaign-' || (nr // 20000 * 5 + nr % 5)`,
  bounce_type: `CASE WHEN stage = 1 AND nr % 40 = 0 THEN if(nr % 3 = 0, 'hard', 'soft') END`,
  smtp_code: `CASE WHEN stage = 1 AND nr % 40 = 0 THEN if(nr % 3 = 0, '550', '451') END`,
  request_id: `md5('request' || nr // 25 || '/' || stage)`,
  methods: `'ecdsa'`,
  network: `'203.0.113.0/24'`,
  asn: `11377`,
  mailbox_provider: `['gmail.com', 'outlook.com', 'yahoo.com', 'icloud.com', 'gmx.de', 'other'][(hash(nr // 25) % 6)::BIGINT + 1]`,
  person: `unhex(md5('person' || nr // 25))`,
  sealed: `NULL::BLOB`,
}

const COLUMNS = COLUMN_NAMES.map((name) => `${VALUES[name] ?? 'NULL::VARCHAR'} AS ${name}`).join(', ')

/** SQL: when it happened. A message is delivered seconds after it is sent, and opened within a day. */
const AT = (firstMs: number, messages: number, spanMs: number, firstNr: number): string => `
  ${firstMs} + ((nr - ${firstNr}) * ${spanMs}) // ${messages} + [0, (hash(nr) % 90000)::BIGINT, 3600000 + (hash(nr) % 70000000)::BIGINT, 3700000 + (hash(nr) % 70000000)::BIGINT][stage + 1]`

/** @returns the number of events */
export async function writeEventFiles(
  connection: DuckDBConnection,
  folder: string,
  events: number,
): Promise<number> {
  const files = Math.max(1, Math.round(events / EVENTS_A_FILE))
  const perFile = Math.min(events, EVENTS_A_FILE)
  const messages = perFile / STAGES
  const spanMs = (DAYS * 86_400_000) / files
  for (let file = 0; file < files; file++) {
    const firstMs = Math.floor(FIRST_MS + file * spanMs)
    const day = join(folder, `dt=${new Date(firstMs).toISOString().slice(0, 10)}`)
    await mkdir(day, { recursive: true })
    const stages = (of: number, list: string): string => {
      const from = (of + LATER_FILES) * messages
      const at = AT(Math.floor(FIRST_MS + of * spanMs), messages, Math.floor(spanMs), from)
      return `SELECT nr, stage, ${at} AS at_ms FROM range(${from}, ${from + messages}) r(nr), (SELECT unnest([${list}]) AS stage)`
    }
    await connection.run(
      `COPY (SELECT ${COLUMNS} FROM (${stages(file, '0, 1')} UNION ALL ${stages(file - LATER_FILES, '2, 3')}) ORDER BY at_ms)
       TO '${join(day, `${file * 400 + 1}-${file * 400 + 400}.parquet`)}' (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE ${EVENTS_A_FILE})`,
    )
  }
  return files * perFile
}
