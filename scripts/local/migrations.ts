/** Migrates the local store to the newest version, and records applied migrations in the same table as Wrangler. */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { unstable_splitSqlQuery as statementsOf } from 'wrangler'

/** The part of D1's interface that is used here. */
interface Database {
  prepare(sql: string): Statement
  batch(statements: Statement[]): Promise<unknown>
}
interface Statement {
  bind(...values: unknown[]): Statement
  all(): Promise<{ results: unknown[] }>
  run(): Promise<unknown>
}

/**
 * Applies the migrations that are new to this database, ordered by name. Each is applied in one transaction.
 *
 * @param folder absolute path of the `*.sql` files
 */
export async function applyMigrations(database: Database, folder: string): Promise<void> {
  await database
    .prepare(
      'CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)',
    )
    .run()
  const { results } = await database.prepare('SELECT name FROM d1_migrations').all()
  const applied = new Set(results.map((row) => (row as { name: string }).name))
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted()
  for (const name of names.filter((name) => !applied.has(name))) {
    const sql = await readFile(join(folder, name), 'utf8')
    await database.batch([
      ...statementsOf(sql).map((statement) => database.prepare(statement)),
      database.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name),
    ])
  }
}
