/**
 * Opens the personal part of events on this machine, in memory. The keys are asked for page by page, and only those of people in the
 * selected files stay; neither they nor what they open is written to a disk.
 */
import { createDecipheriv } from 'node:crypto'
import type { DuckDBAppender, DuckDBConnection, DuckDBListType, DuckDBValue } from '@duckdb/node-api'
import { peopleRoutes } from '../../api/people.ts'
import type { AnswerOf } from '../../api/route.ts'
import { parseJsonText } from '../../platform/json.ts'
import type { Personal } from '../../store/personal.ts'
import type { Api, More } from '../connection/api.ts'

/** The view over the files, with `dt` from the names of their folders. */
export const FILES_VIEW = 'archived_events'

interface Key {
  readonly key: Uint8Array
  readonly address: string
}

/** Makes the view `events` with the personal columns, which are null until they are opened. */
export async function addPersonalColumns(connection: DuckDBConnection): Promise<void> {
  await connection.run(`CREATE TABLE personal (id VARCHAR, recipient VARCHAR, reason VARCHAR, url VARCHAR, user_agent VARCHAR,
    client_ip VARCHAR, tags VARCHAR[], metadata JSON)`)
  await connection.run(
    `CREATE VIEW events AS SELECT e.*, p.* EXCLUDE (id) FROM ${FILES_VIEW} e LEFT JOIN personal p USING (id)`,
  )
}

/** Fills them. A person without a key reads as null. */
export const openPersonal =
  (api: Pick<Api, 'call'>, more: More, progress: (people: number) => void) =>
  async (connection: DuckDBConnection): Promise<void> => {
    const keys = await keysOf(await peopleIn(connection), api, more, progress)
    const appender = await connection.createAppender('personal')
    const result = await connection.stream(
      `SELECT id, person, sealed FROM ${FILES_VIEW} WHERE person IS NOT NULL AND sealed IS NOT NULL`,
    )
    for await (const rows of result.yieldRows())
      for (const [id, person, sealed] of rows) {
        const key = keys.get(hexOf(person))
        const opened = key === undefined ? undefined : openSealed(key, String(id), bytesOf(sealed))
        if (opened !== undefined) append(appender, String(id), opened)
      }
    appender.closeSync()
  }

async function peopleIn(connection: DuckDBConnection): Promise<ReadonlySet<string>> {
  const result = await connection.stream(`SELECT DISTINCT person FROM ${FILES_VIEW} WHERE person IS NOT NULL`)
  const people = new Set<string>()
  for await (const rows of result.yieldRows()) for (const [person] of rows) people.add(hexOf(person))
  return people
}

/** The keys of these people. The first page is what the audit log has. */
async function keysOf(
  people: ReadonlySet<string>,
  api: Pick<Api, 'call'>,
  more: More,
  progress: (people: number) => void,
): Promise<ReadonlyMap<string, Key>> {
  const keys = new Map<string, Key>()
  let seen = 0
  let cursor: string | undefined
  do {
    const page: AnswerOf<typeof peopleRoutes.readPeopleKeys> = await api.call(peopleRoutes.readPeopleKeys, {
      body: cursor === undefined ? {} : { cursor },
      ...more,
    })
    for (const { person, key, address } of page.people)
      if (people.has(person)) keys.set(person, { key: Buffer.from(key, 'base64'), address })
    progress((seen += page.people.length))
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined)
  return keys
}

const IV_BYTES = 12
const TAG_BYTES = 16

/** As `store/personal.ts` seals it. Undefined if it was sealed before the person was erased: a later event gave them another key. */
export function openSealed({ key, address }: Key, id: string, blob: Uint8Array): Personal | undefined {
  try {
    const opening = createDecipheriv('aes-256-gcm', key, blob.subarray(0, IV_BYTES), {
      authTagLength: TAG_BYTES,
    })
    opening.setAAD(Buffer.from(id))
    opening.setAuthTag(blob.subarray(-TAG_BYTES))
    const plain = Buffer.concat([opening.update(blob.subarray(IV_BYTES, -TAG_BYTES)), opening.final()])
    return { recipient: address, ...(parseJsonText(plain.toString('utf8')) as Personal) }
  } catch {
    return undefined
  }
}

const TEXTS = ['recipient', 'reason', 'url', 'user_agent', 'client_ip'] as const

function append(appender: DuckDBAppender, id: string, personal: Personal): void {
  appender.appendVarchar(id)
  for (const name of TEXTS) {
    const text = personal[name]
    if (typeof text === 'string') appender.appendVarchar(text)
    else appender.appendNull()
  }
  appender.appendList(personal.tags ?? [], appender.columnType(TEXTS.length + 1) as DuckDBListType)
  appender.appendVarchar(JSON.stringify(personal.metadata ?? {}))
  appender.endRow()
}

export const bytesOf = (value: DuckDBValue | undefined): Uint8Array =>
  (value as { readonly bytes: Uint8Array }).bytes

const hexOf = (value: DuckDBValue | undefined): string => Buffer.from(bytesOf(value)).toString('hex')
