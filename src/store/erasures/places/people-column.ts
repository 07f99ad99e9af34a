/**
 * The column `people` of quarantine, kept requests and dead letters: whom an entry names. The consumer does not search contents. An erasure and the
 * nightly job do, once for each entry, and what comes after an erasure loses its person then.
 */
import { toHex } from '../../../platform/bytes.ts'
import { type Contents, IS_NOT_WHOLE, UNOPENED, peopleIn } from '../../named-people.ts'
import type { Erasure, ErasureDeps } from '../erasure.ts'
import { newestErasures } from '../newest-of.ts'
import { readProgress } from '../progress.ts'
import { type Counted, NOT_FOUND, type StorePlace } from './place.ts'

/** A person, and until when what names them is to go. */
export type Gone = Pick<Erasure, 'person' | 'erasedAtMs'>

export interface PeopleColumn {
  readonly table: 'quarantine' | 'requests' | 'dead_letters'
  /** Column: what was received is not younger. */
  readonly time: string
  /** SQL: whether an entry `t` is older than the erasure `j`, as far as its row tells. */
  readonly isBefore: string
  /** SQL for the size of an entry. */
  readonly bytes: string
  /** Opens entries; undefined for one that no key opens. */
  readonly read: (
    deps: ErasureDeps,
    ids: readonly string[],
  ) => Promise<ReadonlyMap<string, Contents | undefined>>
  /** Removes people from entries that were received before their erasures. @returns false if one has changed meanwhile */
  readonly remove: (deps: ErasureDeps, ids: readonly string[], gone: readonly Gone[]) => Promise<boolean>
  /** Entries that are removed together. */
  readonly stepRows: number
}

/** Entries that are opened together: they are in memory. */
const TOGETHER = 50
const TOGETHER_BYTES = 4_000_000
const PAGE_ROWS = 1_000

/** The work of one entry, as bytes to search, apart from its own. */
const ENTRY_BYTES = 10_000

interface Row {
  readonly id: string
  readonly bytes: number
}

function* groupsOf(rows: readonly Row[], bytesMax: number): Generator<readonly string[]> {
  let [group, groupBytes, allBytes]: [string[], number, number] = [[], 0, 0]
  for (const { id, bytes } of rows) {
    if (group.length >= TOGETHER || (group.length > 0 && groupBytes + bytes > TOGETHER_BYTES)) {
      yield group
      if (allBytes > bytesMax) return
      ;[group, groupBytes] = [[], 0]
    }
    group.push(id)
    groupBytes += bytes
    allBytes += bytes + ENTRY_BYTES
  }
  if (group.length > 0) yield group
}

/**
 * Lists whom entries name that nobody has searched yet, the oldest ids first, and removes people from them who were erased after the entry
 * had been received. More than the bound is left for another call.
 *
 * @returns how many were listed
 */
export async function listPeople(
  deps: ErasureDeps,
  column: PeopleColumn,
  bytesMax: number,
  mayGoOn: () => boolean,
): Promise<number> {
  const { db } = deps.store
  const [page] = await db.batch<Row>([
    db.prepare(
      `SELECT id, ${column.bytes} AS bytes FROM ${column.table} WHERE people IS NULL ORDER BY id LIMIT ${PAGE_ROWS}`,
    ),
  ])
  let count = 0
  for (const ids of groupsOf(page?.results ?? [], bytesMax)) {
    if (!mayGoOn()) break
    count += await listGroup(deps, column, ids)
  }
  return count
}

async function listGroup(deps: ErasureDeps, column: PeopleColumn, ids: readonly string[]): Promise<number> {
  const { store } = deps
  const { begun } = await readProgress(store.db)
  const listed: (readonly [id: string, people: string])[] = []
  for (const [id, contents] of await column.read(deps, ids))
    listed.push([id, toHex(contents === undefined ? UNOPENED : await peopleIn(store, contents))])
  const gone = await goneOf(
    deps,
    listed.flatMap(([, people]) => indexesIn(people)),
  )
  const kept: typeof listed = []
  for (const [id, people] of listed) {
    const hers = indexesIn(people).flatMap((person) => gone.get(person) ?? [])
    if (hers.length === 0 || (await column.remove(deps, [id], hers))) kept.push([id, people])
  }
  // If an erasure has begun meanwhile, its people were not looked for. Then another call lists them.
  await store.db.batch([
    store.db
      .prepare(
        `UPDATE ${column.table} SET people = unhex(j.value ->> 1) FROM json_each(?1) j
         WHERE ${column.table}.id = j.value ->> 0 AND people IS NULL
           AND ?2 = coalesce((SELECT max(number) FROM erasures), 0)`,
      )
      .bind(JSON.stringify(kept), begun),
  ])
  return kept.length
}

/** Blind indexes in a column, which may have a byte before them. */
const indexesIn = (people: string): readonly string[] =>
  people.slice(people.length % 32).match(/.{32}/g) ?? []

async function goneOf(
  { store }: ErasureDeps,
  indexes: readonly string[],
): Promise<ReadonlyMap<string, Gone>> {
  const erasures = indexes.length === 0 ? [] : await newestErasures(store, [...new Set(indexes)])
  return new Map([...erasures].map(([person, { erasedAtMs }]) => [person, { person, erasedAtMs }]))
}

/** As JSON, for SQL. */
const jsonOf = (gone: readonly Gone[]): string =>
  JSON.stringify(gone.map(({ person, erasedAtMs }) => [person, erasedAtMs]))

/** SQL: whether a row `t` names the person of an erasure `j`. */
const IS_NAMING = 'instr(t.people, unhex(j.value ->> 0)) > 0'

/** Ids of entries that name one of these people, page by page. */
async function* entriesNaming(
  { store: { db } }: ErasureDeps,
  { table, isBefore }: Pick<PeopleColumn, 'table' | 'isBefore'>,
  gone: readonly Gone[],
  pageRows = PAGE_ROWS,
): AsyncGenerator<readonly string[]> {
  const select = `
    SELECT id FROM ${table} t WHERE id > ?2 AND EXISTS (SELECT 1 FROM json_each(?1) j WHERE ${isBefore} AND ${IS_NAMING})
    ORDER BY id LIMIT ${pageRows}`
  for (let after = ''; ;) {
    const [page] = await db.batch<{ id: string }>([db.prepare(select).bind(jsonOf(gone), after)])
    const ids = (page?.results ?? []).map(({ id }) => id)
    if (ids.length > 0) yield ids
    if (ids.length < pageRows) return
    after = ids.at(-1) ?? after
  }
}

/** Of one call of an erasure or a plan: some seconds at most. What is left is named, and the nightly job goes on. */
const LISTED_MAX_BYTES = 8_000_000

/** Ids of entries that name a person, in order. @param person blind index, 32 hex digits */
export async function idsNaming(deps: ErasureDeps, column: PeopleColumn, person: string): Promise<string[]> {
  await listPeople(deps, column, LISTED_MAX_BYTES, () => true)
  const ids: string[] = []
  for await (const some of entriesNaming(deps, { ...column, isBefore: 'true' }, [{ person, erasedAtMs: 0 }]))
    ids.push(...some)
  return ids
}

/** A place whose entries have the column. */
export const placeOf = (name: string, column: PeopleColumn): StorePlace => ({
  name,
  async count(deps, person, held = []) {
    const ids = await idsNaming(deps, column, person)
    const { table, time } = column
    const [counted] = await deps.store.db.batch<Counted>([
      deps.store.db
        .prepare(
          `SELECT count(*) AS count, min(${time}) AS firstMs, max(${time}) AS lastMs,
             coalesce(sum(length(people) <> 16), 0) AS others,
             coalesce(sum(source IN (SELECT value FROM json_each(?2))), 0) AS held
           FROM ${table} WHERE id IN (SELECT value FROM json_each(?1))`,
        )
        .bind(JSON.stringify(ids), JSON.stringify(held)),
    ])
    return counted?.results[0] ?? NOT_FOUND
  },
  async erase(deps, erasures, mayGoOn) {
    await listPeople(deps, column, LISTED_MAX_BYTES, mayGoOn)
    let isDone = true
    for await (const ids of entriesNaming(deps, column, erasures, column.stepRows)) {
      if (!mayGoOn()) return false
      isDone = (await column.remove(deps, ids, erasures)) && isDone
    }
    return isDone
  },
  failIfLeft: (db, erasures) =>
    db
      .prepare(
        `SELECT json('somebody is left in ${column.table}') FROM ${column.table} t CROSS JOIN json_each(?1) j
         WHERE t.${column.time} <= j.value ->> 1 AND ${IS_NAMING} LIMIT 1`,
      )
      .bind(jsonOf(erasures)),
})

/** Ids of some entries of which nobody can tell all whom they name, oldest first. */
export async function idsNotWhole(
  { db }: Pick<ErasureDeps['store'], 'db'>,
  { table, time }: PeopleColumn,
  limit: number,
): Promise<readonly string[]> {
  const query = `SELECT id FROM ${table} WHERE ${IS_NOT_WHOLE} ORDER BY ${time} LIMIT ${limit}`
  return (await db.prepare(query).all<{ id: string }>()).results.map(({ id }) => id)
}
