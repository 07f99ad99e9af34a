/** A store for one test: the real D1 of the runtime, emptied. */
import { type Count, counts } from '../../src/store/counters.ts'
import { env } from 'cloudflare:workers'
import { applyD1Migrations } from 'cloudflare:test'
import { readMasterKeys } from '../../src/platform/master-key.ts'
import { type Store, openStore } from '../../src/store/store.ts'

export const MASTERS = readMasterKeys(env.MASTER_KEY)

/** The tables of the migrations. */
export async function tablesOf(db: D1Database): Promise<string[]> {
  const { results } = await db
    .prepare(`SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%STRICT%' ORDER BY name`)
    .all<{ name: string }>()
  return results.map(({ name }) => name)
}

/** The storage is new for each file: see `fresh.ts`. */
let migrated: Promise<string[]> | undefined

async function migrate(): Promise<string[]> {
  await applyD1Migrations(env.STORE, env.MIGRATIONS)
  return tablesOf(env.STORE)
}

export async function emptyStore(): Promise<Store> {
  const tables = await (migrated ??= migrate())
  await env.STORE.batch(tables.map((table) => env.STORE.prepare(`DELETE FROM ${table}`)))
  return openStore(env.STORE, MASTERS)
}

/** With the policy that an installation of before 0.4 keeps. */
export async function storeBefore04(): Promise<Store> {
  const store = await emptyStore()
  await store.db.exec('INSERT INTO policy (one, version) VALUES (1, 0)')
  return store
}

/** All rows of one query. */
export const rowsOf = async (sql: string): Promise<Record<string, unknown>[]> =>
  (await env.STORE.prepare(sql).all()).results

/** Number of rows of a table. */
export const countOf = async (table: string): Promise<number> =>
  Number((await rowsOf(`SELECT count(*) AS n FROM ${table}`))[0]?.['n'])

/** Number of stored events. */
export const storedEvents = async (): Promise<number> =>
  Number((await rowsOf('SELECT sum(json_array_length(contents)) AS n FROM segments'))[0]?.['n'])

/** All hourly counts. */
export const allCounts = async (store: Store): Promise<readonly Count[]> =>
  (await counts(store, { sinceHour: 0, limit: 1_000_000 })).counts
