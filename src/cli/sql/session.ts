/**
 * A DuckDB in memory with the view `events`, and nothing else to reach: once the view is there, the statement can open no other file
 * and no network, load no extension, and change none of these settings.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { COLUMNS, COLUMN_NAMES } from '../../archive/columns.ts'
import type { DuckDB } from './duckdb.ts'
import { type EventFiles, pathIn } from './event-files.ts'
import { FILES_VIEW, addPersonalColumns } from './personal.ts'

export interface Session {
  readonly connection: DuckDBConnection
  readonly close: () => Promise<void>
}

/**
 * @param personal whether the view `events` has personal columns. Then nothing is ever written to a disk.
 * @param out a further file that the session may write
 */
export async function openSession(
  { DuckDBInstance }: DuckDB,
  { folder, files }: Pick<EventFiles, 'folder' | 'files'>,
  personal: boolean,
  out?: string,
): Promise<Session> {
  // For what does not fit into memory.
  const spill = personal ? '' : await mkdtemp(join(tmpdir(), 'postern-sql-'))
  const instance = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    temp_directory: spill,
  })
  const connection = await instance.connect()
  const close = async () => {
    connection.closeSync()
    instance.closeSync()
    if (spill !== '') await rm(spill, { recursive: true, force: true })
  }
  try {
    const paths = files.map((file) => pathIn(folder, file))
    await connection.run(
      `CREATE VIEW ${FILES_VIEW} AS SELECT * FROM read_parquet(${listOf(paths)},
        hive_partitioning = true, union_by_name = true, hive_types = {'dt': DATE})
        UNION ALL BY NAME SELECT ${LATER_COLUMNS} WHERE false`,
    )
    if (personal) await addPersonalColumns(connection)
    else await connection.run(`CREATE VIEW events AS SELECT * FROM ${FILES_VIEW}`)
    const allowed = out === undefined ? paths : [...paths, out]
    for (const setting of [
      `TimeZone = 'UTC'`,
      `allowed_paths = ${listOf(allowed)}`,
      'enable_external_access = false',
      'lock_configuration = true',
    ])
      await connection.run(`SET ${setting}`)
    return { connection, close }
  } catch (cause) {
    await close()
    throw cause
  }
}

/** Columns that were added to the archive after its first one, `sealed` being the last of these: all selected files may be older. */
const LATER_COLUMNS = COLUMN_NAMES.slice(COLUMN_NAMES.indexOf('sealed') + 1)
  .map((name) => `NULL::${COLUMNS[name].type === 'BOOLEAN' ? 'BOOLEAN' : 'VARCHAR'} AS ${name}`)
  .join(', ')

/** A text in SQL. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

const listOf = (texts: readonly string[]): string => `[${texts.map(quoted).join(', ')}]`
