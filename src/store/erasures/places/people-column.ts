/** The column `people` of quarantine and dead letters: lists whom entries name that nobody has looked at yet, and finds a person by it. */
import { toHex } from '../../../platform/bytes.ts'
import { type Contents, OPEN_TO_KNOW, addressesByPerson, peopleIn } from '../../named-people.ts'
import type { ErasureDeps } from '../deps.ts'
import type { Erasure } from '../erasure.ts'
import { type Counted, NOT_FOUND } from './place.ts'

export interface PeopleColumn {
  readonly table: 'quarantine' | 'dead_letters'
  /** Column: what was received is not younger. */
  readonly time: string
  /** SQL for the size of an entry. */
  readonly bytes: string
  /** Opens entries; undefined for one that no key opens. */
  readonly read: (
    deps: ErasureDeps,
    ids: readonly string[],
  ) => Promise<ReadonlyMap<string, Contents | undefined>>
}

/** Entries that are opened together: they are in memory, and searching them takes a second at most. */
const TOGETHER = 50
const TOGETHER_BYTES = 4_000_000
const PAGE_ROWS = 1_000

const MARK = `X'${toHex(OPEN_TO_KNOW)}'`

interface Row {
  readonly id: string
  readonly bytes: number
  readonly atMs: number
}

interface Entry extends Row {
  readonly contents: Contents | undefined
}

/** Entries with this condition on the column, in groups. */
async function* opened(
  deps: ErasureDeps,
  { table, time, bytes, read }: PeopleColumn,
  condition: string,
): AsyncGenerator<readonly Entry[]> {
  const select = `
    SELECT id, ${bytes} AS bytes, ${time} AS atMs FROM ${table} WHERE ${condition} AND id > ?1 ORDER BY id LIMIT ${PAGE_ROWS}`
  for (let after = ''; ;) {
    const [page] = await deps.store.db.batch<Row>([deps.store.db.prepare(select).bind(after)])
    const rows = page?.results ?? []
    for (const group of groupsOf(rows)) {
      const contents = await read(
        deps,
        group.map(({ id }) => id),
      )
      yield group.map((row) => ({ ...row, contents: contents.get(row.id) }))
    }
    if (rows.length < PAGE_ROWS) return
    after = rows.at(-1)?.id ?? after
  }
}

function* groupsOf(rows: readonly Row[]): Generator<readonly Row[]> {
  let group: Row[] = []
  let total = 0
  for (const row of rows) {
    if (group.length >= TOGETHER || (group.length > 0 && total + row.bytes > TOGETHER_BYTES)) {
      yield group
      group = []
      total = 0
    }
    group.push(row)
    total += row.bytes
  }
  if (group.length > 0) yield group
}

/** Lists whom each entry names, where nobody has looked yet. @returns false if the time was not enough */
export async function listPeople(
  deps: ErasureDeps,
  column: PeopleColumn,
  mayGoOn: () => boolean,
): Promise<boolean> {
  const { store } = deps
  for await (const entries of opened(deps, column, 'people IS NULL')) {
    const listed = entries.map(async ({ id, contents }) => [
      id,
      toHex(contents === undefined ? OPEN_TO_KNOW : await peopleIn(store, contents)),
    ])
    await store.db.batch([
      store.db
        .prepare(
          `UPDATE ${column.table} SET people = unhex(j.value ->> 1) FROM json_each(?1) j
           WHERE ${column.table}.id = j.value ->> 0 AND people IS NULL`,
        )
        .bind(JSON.stringify(await Promise.all(listed))),
    ])
    if (!mayGoOn()) return false
  }
  return true
}

/** A person, and until when what names them is wanted. */
type Wanted = Pick<Erasure, 'person' | 'erasedAtMs'>

/** As JSON, for SQL. */
const jsonOf = (wanted: readonly Wanted[]): string =>
  JSON.stringify(wanted.map(({ person, erasedAtMs }) => [person, erasedAtMs]))

/** SQL: whether a row `t` is of before an erasure `j`, and names its person. */
const isNaming = (time: string): string =>
  `(t.${time} <= j.value ->> 1 AND instr(t.people, unhex(j.value ->> 0)) > 0)`

/** Ids of entries that name one of these people, page by page. Those that have to be opened come last. */
export async function* entriesNaming(
  deps: ErasureDeps,
  column: PeopleColumn,
  wanted: readonly Wanted[],
): AsyncGenerator<readonly string[]> {
  const { db } = deps.store
  const select = `
    SELECT id FROM ${column.table} t WHERE id > ?2 AND EXISTS (SELECT 1 FROM json_each(?1) j WHERE ${isNaming(column.time)})
    ORDER BY id LIMIT ${PAGE_ROWS}`
  for (let after = ''; ;) {
    const [page] = await db.batch<{ id: string }>([db.prepare(select).bind(jsonOf(wanted), after)])
    const ids = (page?.results ?? []).map(({ id }) => id)
    if (ids.length > 0) yield ids
    if (ids.length < PAGE_ROWS) break
    after = ids.at(-1) ?? after
  }
  for await (const entries of opened(deps, column, `people = ${MARK}`)) {
    const naming: string[] = []
    for (const { id, atMs, contents } of entries) {
      if (contents === undefined) continue
      const named = await addressesByPerson(deps.store, contents)
      if (wanted.some(({ person, erasedAtMs }) => atMs <= erasedAtMs && named.has(person))) naming.push(id)
    }
    if (naming.length > 0) yield naming
  }
}

/** Until the end of all times, which SQL takes as a number. */
export const ALWAYS = Number.MAX_SAFE_INTEGER

/** Bounds the work of counting. More is left to the erasure. */
const COUNT_GROUPS_MAX = 1_000

/** Ids of entries that name a person, in order. @param person blind index, 32 hex digits */
export async function idsNaming(deps: ErasureDeps, column: PeopleColumn, person: string): Promise<string[]> {
  let groups = 0
  await listPeople(deps, column, () => ++groups < COUNT_GROUPS_MAX)
  const ids: string[] = []
  for await (const some of entriesNaming(deps, column, [{ person, erasedAtMs: ALWAYS }])) ids.push(...some)
  return ids.toSorted()
}

export async function countNaming(deps: ErasureDeps, column: PeopleColumn, person: string): Promise<Counted> {
  const ids = await idsNaming(deps, column, person)
  const { table, time } = column
  const { db } = deps.store
  const [counted] = await db.batch<Counted>([
    db
      .prepare(
        `SELECT count(*) AS count, min(${time}) AS firstMs, max(${time}) AS lastMs,
           coalesce(sum(length(people) <> 16), 0) AS others
         FROM ${table} WHERE id IN (SELECT value FROM json_each(?1))`,
      )
      .bind(JSON.stringify(ids)),
  ])
  return counted?.results[0] ?? NOT_FOUND
}

/** A statement that fails its transaction if an entry of before an erasure names its person, or if nobody has looked. */
export const failIfNaming = (
  db: D1Database,
  { table, time }: PeopleColumn,
  erasures: readonly Erasure[],
): D1PreparedStatement =>
  db
    .prepare(
      `SELECT json('somebody is left in ${table}') FROM ${table} t CROSS JOIN json_each(?1) j
       WHERE ${isNaming(time)} OR (t.people IS NULL AND t.${time} <= j.value ->> 1) LIMIT 1`,
    )
    .bind(jsonOf(erasures))
