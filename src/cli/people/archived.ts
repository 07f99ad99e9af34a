/** Finds one person's events in pulled files of the archive, and opens them in memory. */
import { resolve } from 'node:path'
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'
import * as v from 'valibot'
import { COLUMN_NAMES } from '../../archive/columns.ts'
import { type MailEvent, MailEventSchema } from '../../event/mail-event.ts'
import { instantOrNull, toInstant } from '../../platform/time.ts'
import { nothingPersonal } from '../../store/personal.ts'
import { type PullResult, pull } from '../archive/pull.ts'
import type { Terminal } from '../command.ts'
import type { Api } from '../connection/api.ts'
import { progress } from '../out/progress.ts'
import { damagedAmong, isOfFiles } from '../sql/damaged.ts'
import { type DuckDB, loadDuckDB } from '../sql/duckdb.ts'
import { type EventFiles, findEventFiles } from '../sql/event-files.ts'
import { FILES_VIEW, bytesOf, openSealed } from '../sql/personal.ts'
import { openSession } from '../sql/session.ts'
import { Stop } from '../stop.ts'

/** Files on this machine, complete and whole. */
export interface PulledFiles {
  readonly duckdb: DuckDB
  readonly found: EventFiles
}

/** Brings the folder up to date. @throws {Stop} if a file is missing or damaged: the answer would not be complete */
export async function pulledFiles(api: Api, dir: string, terminal: Terminal): Promise<PulledFiles> {
  const duckdb = await loadDuckDB()
  const folder = resolve(dir)
  const seen = progress(terminal, 'Files')
  const result = await pull(api, folder, {}, (files) => seen.at(files)).finally(() => seen.done())
  const found = await findEventFiles(folder, {})
  const wrong = [...INCOMPLETE.flatMap((name) => result[name]), ...found.damaged]
  if (wrong.length > 0)
    throw new Stop(
      'no',
      'archive_incomplete',
      'Files of the archive are missing or damaged, so its answer would not be complete.',
      [
        ...wrong,
        'Details: postern archive pull, and archive status --check. Without --dir the archive is left out.',
      ],
    )
  return { duckdb, found }
}

const INCOMPLETE = ['damaged', 'missing', 'foreign', 'refused'] as const satisfies (keyof PullResult)[]

export interface Pseudonymous {
  /** 32 hex digits. */
  readonly pseudonym: string
  /** Base64. */
  readonly key: string
  readonly address: string
}

/** @param pseudonym 32 hex digits @returns how many events, and of which time */
export const countArchived = (files: PulledFiles, pseudonym: string) =>
  asking(files, async (connection) => {
    const sql = `SELECT count(DISTINCT id)::INTEGER, epoch_ms(min(effective_at))::DOUBLE, epoch_ms(max(effective_at))::DOUBLE
      FROM ${FILES_VIEW} WHERE ${isOf(pseudonym)}`
    const [row = []] = (await connection.runAndReadAll(sql)).getRows()
    const [count, sinceMs, untilMs] = row as (number | null)[]
    return { count: count ?? 0, since: instantOrNull(sinceMs ?? null), until: instantOrNull(untilMs ?? null) }
  })

/** Events of the person. One that this key does not open is older than an erasure, and left out. */
export const readArchived = (files: PulledFiles, person: Pseudonymous): Promise<MailEvent[]> =>
  asking(files, async (connection) => {
    const key = { key: Buffer.from(person.key, 'base64'), address: person.address }
    const sql = `SELECT ${COLUMNS.join(', ')}, epoch_ms(occurred_at)::DOUBLE, epoch_ms(received_at)::DOUBLE, other_message_ids, sealed
      FROM ${FILES_VIEW} WHERE ${isOf(person.pseudonym)}`
    const events: MailEvent[] = []
    for await (const rows of (await connection.stream(sql)).yieldRows())
      for (const row of rows) {
        const event = eventOf(row, key)
        if (event !== undefined) events.push(event)
      }
    return events
  })

/** Hex digits alone can come into a statement. */
function isOf(pseudonym: string): string {
  if (!/^[0-9a-f]{32}$/.test(pseudonym)) throw new TypeError('a pseudonym is not 32 hex digits')
  return `person = unhex('${pseudonym}')`
}

/** Columns of the archive that have the name and the value of their field. */
const COLUMNS = COLUMN_NAMES.filter(
  (name) =>
    Object.hasOwn(MailEventSchema.entries, name) &&
    !['occurred_at', 'received_at', 'other_message_ids'].includes(name),
)

function eventOf(
  row: readonly DuckDBValue[],
  key: { readonly key: Uint8Array; readonly address: string },
): MailEvent | undefined {
  const texts = Object.fromEntries(COLUMNS.map((name, i) => [name, row[i]]))
  const [occurredMs, receivedMs, otherIds, sealed] = row.slice(COLUMNS.length)
  const personal = sealed === null ? undefined : openSealed(key, String(texts['id']), bytesOf(sealed))
  if (personal === undefined) return undefined
  const parsed = v.safeParse(MailEventSchema, {
    ...texts,
    ...nothingPersonal(),
    ...personal,
    occurred_at: instantOrNull(occurredMs as number | null),
    received_at: toInstant(Number(receivedMs)),
    other_message_ids: typeof otherIds === 'string' ? otherIds.split(',') : [],
  })
  return parsed.success ? parsed.output : undefined
}

/** Nothing of what is read goes to a disk. */
async function asking<T>(
  { duckdb, found }: PulledFiles,
  ask: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const { connection, close } = await openSession(duckdb, found, true)
  try {
    return await ask(connection)
  } catch (cause) {
    if (!isOfFiles(cause)) throw cause
    const damaged = await damagedAmong(duckdb, found)
    throw damaged.length === 0
      ? cause
      : new Stop('no', 'file_damaged', 'A file of the archive is damaged.', damaged)
  } finally {
    await close()
  }
}
