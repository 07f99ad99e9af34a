/** Tables of the store of which a recorded state would have no row. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { TABLES } from '../../src/store/tables.ts'

/**
 * No scene has rows of them: a block of the index is 512 segments, the archive claims what is an hour old, nothing is old enough to be
 * removed, nobody is erased, nothing is old enough to be judged,
 * nobody takes a suppression policy, nobody checks addresses, and no wave of unknown addresses comes.
 */
const WITHOUT_ROWS: readonly string[] = [
  'inverted_index',
  'archive_files',
  'archive_progress',
  'address_job_rows',
  'address_jobs',
  'address_service',
  'address_verdicts',
  'history',
  'judged_progress',
  'mailbox_waves',
  'policy',
  'retention_progress',
  'erasures',
  'erasure_progress',
]

/** Where Miniflare stores the store; its name depends on the configuration file. */
const STORE = /^[0-9a-f]{64}\.sqlite$/

/** @param stateDir of a deployment that is not running */
export async function emptyTables(stateDir: string): Promise<string[]> {
  const folder = join(stateDir, 'v3/d1/miniflare-D1DatabaseObject')
  const file = (await readdir(folder)).find((name) => STORE.test(name)) ?? ''
  const database = new DatabaseSync(join(folder, file), { readOnly: true })
  const hasNoRow = (table: string): boolean =>
    database.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() === undefined
  const empty = Object.keys(TABLES).filter((table) => !WITHOUT_ROWS.includes(table) && hasNoRow(table))
  database.close()
  return empty
}
