/** Accounts of the fake as `npm run deploy` of an earlier version left them, in the environment `recorded`. */
import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { gunzipSync } from 'node:zlib'
import { ROOT } from '../../../../scripts/workers.ts'
import { type FakeAccount, type FakeQueue, type Script, type Version, emptyAccount } from './account.ts'

export const RECORDED = 'recorded'

type Secrets = readonly (readonly [string, string])[]
type Named<T> = T & { readonly name: string }

interface RecordedAccount {
  readonly scripts: readonly Named<
    Omit<Script, 'secrets' | 'versions'> & {
      readonly secrets: Secrets
      readonly versions: readonly (Omit<Version, 'secrets'> & { readonly secrets: Secrets })[]
    }
  >[]
  readonly queues: readonly Named<FakeQueue>[]
  readonly buckets: readonly { readonly name: string; readonly jurisdiction: string }[]
  readonly databases: readonly {
    readonly name: string
    readonly id: string
    readonly migrations: readonly string[]
  }[]
}

export function recordedAccount(version: string): FakeAccount {
  const file = readFileSync(`${ROOT}test/scripts/deploy/accounts/${version}.json.gz`)
  const { scripts, queues, buckets, databases } = JSON.parse(gunzipSync(file).toString()) as RecordedAccount
  return {
    ...emptyAccount(),
    scripts: new Map(
      scripts.map(({ name, secrets, versions, ...script }) => [
        name,
        {
          ...script,
          secrets: new Map(secrets),
          versions: versions.map((one) => ({ ...one, secrets: new Map(one.secrets) })),
        },
      ]),
    ),
    queues: new Map(queues.map(({ name, ...queue }) => [name, queue])),
    buckets: new Map(
      buckets.map(({ name, jurisdiction }) => [name, { jurisdiction, objects: new Set<string>() }]),
    ),
    databases: new Map(
      databases.map(({ name, id, migrations }) => [
        name,
        { id, jurisdiction: undefined, sql: migrated(migrations) },
      ]),
    ),
  }
}

/** A migration that was released never changes, so today's file made the recorded database. */
function migrated(files: readonly string[]): DatabaseSync {
  const sql = new DatabaseSync(':memory:')
  sql.exec(
    'CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT UNIQUE, applied_at TEXT DEFAULT CURRENT_TIMESTAMP)',
  )
  for (const file of files) {
    sql.exec(readFileSync(`${ROOT}src/store/migrations/${file}`, 'utf8'))
    sql.prepare('INSERT INTO d1_migrations (name) VALUES (?)').run(file)
  }
  return sql
}
