/** Entries of both lists by blind index, while they are compared. It is emptied when a sync ends, and after a day. */
import { type TableStorage, makeTables } from '../../platform/table-steps.ts'
import type { SyncCount } from '../api.ts'
import type { SyncKind } from './compare.ts'

export interface SyncRow {
  readonly person: string
  readonly reason: string
  readonly scope: string | null
  readonly kind: SyncKind
}

const STEPS = [
  `CREATE TABLE suppression_sync (
    person TEXT NOT NULL,
    scope TEXT NOT NULL,                -- empty for all mail
    reason TEXT NOT NULL,
    kind TEXT NOT NULL,
    done INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (person, scope, reason)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX suppression_sync_open ON suppression_sync (kind, person) WHERE done = 0 AND kind <> 'same'`,
]

/** Scopes and reasons that are counted apart. An ESP may have more. */
const COUNTS_MAX = 200

/** Entries of one statement: below the 2 MB that a value of SQLite may have. Some ESPs give a whole list as one page. */
const CHUNK = 1_000

export const chunksOf = <Item>(items: readonly Item[], size = CHUNK): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))

export const keyOf = ({ person, reason, scope }: Omit<SyncRow, 'kind'>): string =>
  `${person} ${reason} ${scope ?? ''}`

const NAMED = `SELECT j.value ->> 'person', coalesce(j.value ->> 'scope', ''), j.value ->> 'reason'`

export class SyncTable {
  readonly #sql: SqlStorage

  constructor(storage: TableStorage) {
    makeTables(storage, 'suppression_sync', STEPS)
    this.#sql = storage.sql
  }

  /** @returns how many were not there */
  add(rows: readonly SyncRow[]): number {
    const insert = `INSERT OR IGNORE INTO suppression_sync (person, scope, reason, kind)
      ${NAMED}, j.value ->> 'kind' FROM json_each(?) j`
    return chunksOf(rows).reduce(
      (sum, chunk) => sum + this.#sql.exec(`${insert} RETURNING 1`, JSON.stringify(chunk)).toArray().length,
      0,
    )
  }

  /** Scopes of the entries of each person. */
  scopesOf(people: readonly string[]): ReadonlyMap<string, ReadonlySet<string | null>> {
    const rows = this.#sql
      .exec<{ person: string; scope: string }>(
        'SELECT person, scope FROM suppression_sync WHERE person IN (SELECT value FROM json_each(?))',
        JSON.stringify(people),
      )
      .toArray()
    return new Map(
      [...Map.groupBy(rows, ({ person }) => person)].map(([person, ones]) => [
        person,
        new Set(ones.map(({ scope }) => scope || null)),
      ]),
    )
  }

  /** Keys of those of the rows that were found to be of a kind, and are still to be done. */
  open(rows: readonly Omit<SyncRow, 'kind'>[], kinds: readonly SyncKind[]): ReadonlySet<string> {
    const known = chunksOf(rows).flatMap((chunk) =>
      this.#sql
        .exec<{ key: string }>(
          `SELECT person || ' ' || reason || ' ' || scope AS key FROM suppression_sync
           WHERE (person, scope, reason) IN (${NAMED} FROM json_each(?) j)
             AND done = 0 AND kind IN (SELECT value FROM json_each(?))`,
          JSON.stringify(chunk),
          JSON.stringify(kinds),
        )
        .toArray(),
    )
    return new Set(known.map(({ key }) => key))
  }

  /** Some that are still to be done. */
  next(kind: SyncKind, limit: number): SyncRow[] {
    return this.#sql
      .exec<{ person: string; reason: string; scope: string }>(
        `SELECT person, reason, scope FROM suppression_sync
         WHERE kind = ? AND done = 0 AND kind <> 'same' ORDER BY person LIMIT ?`,
        kind,
        limit,
      )
      .toArray()
      .map(({ scope, ...row }) => ({ ...row, scope: scope || null, kind }))
  }

  /** @param done 1 if it took effect, 2 if it was not needed any more */
  finish(rows: readonly Omit<SyncRow, 'kind'>[], done: 1 | 2): void {
    for (const chunk of chunksOf(rows))
      this.#sql.exec(
        `UPDATE suppression_sync SET done = ? WHERE (person, scope, reason) IN (${NAMED} FROM json_each(?) j)`,
        done,
        JSON.stringify(chunk),
      )
  }

  counts(): SyncCount[] {
    return this.#sql
      .exec<SyncCount & Record<string, SqlStorageValue>>(
        `SELECT kind, reason, nullif(scope, '') AS scope, count(*) AS count, sum(done = 1) AS done
         FROM suppression_sync GROUP BY kind, reason, scope ORDER BY kind, count(*) DESC LIMIT ?`,
        COUNTS_MAX,
      )
      .toArray()
  }

  /** How many are still to be done. */
  openCount(kinds: readonly SyncKind[]): number {
    return this.#sql
      .exec<{ count: number }>(
        `SELECT count(*) AS count FROM suppression_sync
         WHERE kind IN (SELECT value FROM json_each(?)) AND done = 0 AND kind <> 'same'`,
        JSON.stringify(kinds),
      )
      .one().count
  }

  clear(): void {
    this.#sql.exec('DELETE FROM suppression_sync')
  }
}
