/** Erasures in tests: a list as the registry has it, the store as rows, and restores of the database. */
import { env } from 'cloudflare:workers'
import type { Erasure, ErasureList } from '../../src/store/erasures/erasure.ts'
import type { EnsureDeps } from '../../src/store/erasures/ensure.ts'
import type { Store } from '../../src/store/store.ts'
import { queueSealer } from './queue.ts'
import { rowsOf, tablesOf } from './store.ts'

/** The registry's list. Tests add to it. */
export function erasureList(erasures: Erasure[] = []): ErasureList & { readonly all: Erasure[] } {
  return {
    all: erasures,
    newest: async () => Math.max(0, ...erasures.map(({ number }) => number)),
    after: async (number, limit) => erasures.filter((one) => one.number > number).slice(0, limit),
  }
}

export const erasureDeps = (store: Store, list: ErasureList, nowMs = () => 0): EnsureDeps => ({
  store,
  large: env.LARGE,
  queueSealer,
  nowMs,
  registry: { erasures: list },
})

/** The same store with a hook before and after each call. */
export function hooked(store: Store, hook: (when: 'before' | 'after', call: number) => Promise<void>): Store {
  let calls = 0
  const db = {
    prepare: (sql: string) => env.STORE.prepare(sql),
    async batch(statements: D1PreparedStatement[]) {
      const call = ++calls
      await hook('before', call)
      const results = await env.STORE.batch(statements)
      await hook('after', call)
      return results
    },
  } as unknown as D1Database
  return { ...store, db }
}

const columnsOf = async (table: string): Promise<string> =>
  (await rowsOf(`SELECT name FROM pragma_table_info('${table}')`)).map(({ name }) => String(name)).join(', ')

/** Remembers all rows, and brings them back as Time Travel does. */
export async function snapshot(name = 'kept'): Promise<() => Promise<void>> {
  const tables = await Promise.all(
    (await tablesOf(env.STORE)).map(async (table) => ({ table, columns: await columnsOf(table) })),
  )
  await env.STORE.batch(
    tables.flatMap(({ table, columns }) => [
      env.STORE.prepare(`DROP TABLE IF EXISTS ${name}_${table}`),
      env.STORE.prepare(`CREATE TABLE ${name}_${table} AS SELECT ${columns} FROM ${table}`),
    ]),
  )
  return async () => {
    await env.STORE.batch(
      tables.flatMap(({ table, columns }) => [
        env.STORE.prepare(`DELETE FROM ${table}`),
        env.STORE.prepare(`INSERT INTO ${table} (${columns}) SELECT ${columns} FROM ${name}_${table}`),
      ]),
    )
  }
}

/** All that names people in the store, in an order of its own, without how far the erasures are. */
export async function peopleRows(): Promise<Record<string, unknown>> {
  const queries = {
    recipients: 'SELECT hex(recipient) AS r FROM recipients ORDER BY 1',
    erasures: 'SELECT hex(person) AS p, number, erased_at, keeps_suppression FROM erasures ORDER BY number',
    evidence: 'SELECT hex(recipient) AS r, reason, event_id FROM evidence ORDER BY 1, 2, 3',
    resubscribed: 'SELECT hex(recipient) AS r, source FROM resubscribed ORDER BY 1, 2',
    suppressions:
      'SELECT hex(recipient) AS r, reason, since, as_of, lifted_at, lifted_by, event_id, source, native_type, sealed, hex(note) AS note FROM suppressions ORDER BY 1, 2',
    segments: 'SELECT segment, ids, fingerprints, contents, originals FROM segments ORDER BY segment',
    inverted_index: 'SELECT part, block, segments FROM inverted_index ORDER BY part, block',
  }
  const entries = Object.entries(queries).map(async ([name, sql]) => [name, await rowsOf(sql)] as const)
  return Object.fromEntries(await Promise.all(entries))
}
