/**
 * Reseals the store under the newest master key. The steps are small and can be repeated, stopped, and run during normal
 * operation: a row is changed only if it still holds what was read. Every Worker must have the new key first.
 */
import { fromBase64Url, fromHex, textOf, toBase64Url, toHex, utf8 } from '../platform/bytes.ts'
import type { MasterKey } from '../platform/master-key.ts'
import { SealBroken, type Sealer, sealer } from '../platform/seal.ts'

/** A row with a sealed value. Its key is text, also if the column is a blob. */
interface Row {
  readonly key: string
  /** Hex. */
  readonly sealed: string
  /** Of a dead letter: the envelope without its sealed contents, as JSON. */
  readonly envelope?: string | null
}

interface Table {
  readonly name: string
  /** Rows of one step; fewer where rows are large. */
  readonly pageRows: number
  /** Rows after a key, in its order: `?1` is the key, `?2` how many. */
  readonly page: string
  /** Changes the row if it is still as it was read: `?1` key, `?2` hex before, `?3` hex after. */
  readonly change: string
  readonly counts: string
  readonly sealer: (sealers: Sealers, row: Row) => Sealer
  readonly associatedData: (row: Row) => string
}

interface Sealers {
  readonly people: Sealer
  readonly store: Sealer
  readonly queue: Sealer
}

const versionOf = (column: string): string => `hex(substr(${column}, 1, 1))`

const countsOf = (table: string, column: string): string =>
  `SELECT ${versionOf(column)} AS version, count(*) AS count FROM ${table} WHERE ${column} IS NOT NULL GROUP BY 1`

const TABLES: readonly Table[] = [
  {
    name: 'recipients',
    pageRows: 500,
    page: `SELECT lower(hex(recipient)) AS key, lower(hex(wrapped_key)) AS sealed FROM recipients
      WHERE recipient > unhex(?1) ORDER BY recipient LIMIT ?2`,
    change:
      'UPDATE recipients SET wrapped_key = unhex(?3) WHERE recipient = unhex(?1) AND wrapped_key = unhex(?2)',
    counts: countsOf('recipients', 'wrapped_key'),
    sealer: ({ people }) => people,
    associatedData: ({ key }) => key,
  },
  {
    name: 'quarantine',
    pageRows: 100,
    page: `SELECT id AS key, lower(hex(sealed)) AS sealed FROM quarantine WHERE id > ?1 ORDER BY id LIMIT ?2`,
    change: 'UPDATE quarantine SET sealed = unhex(?3) WHERE id = ?1 AND sealed = unhex(?2)',
    counts: countsOf('quarantine', 'sealed'),
    sealer: ({ store }) => store,
    associatedData: ({ key }) => key,
  },
  {
    name: 'quarantine_parts',
    pageRows: 4,
    // Parts are numbered within an id; ten digits keep their order as text.
    page: `SELECT id || '/' || part AS key, lower(hex(sealed)) AS sealed FROM quarantine_parts
      WHERE (id, part) > (substr(?1, 1, instr(?1 || '/', '/') - 1), CAST(substr(?1, instr(?1 || '/', '/') + 1) AS INTEGER))
      OR ?1 = '' ORDER BY id, part LIMIT ?2`,
    change: `UPDATE quarantine_parts SET sealed = unhex(?3)
      WHERE id = substr(?1, 1, instr(?1, '/') - 1) AND part = CAST(substr(?1, instr(?1, '/') + 1) AS INTEGER)
      AND sealed = unhex(?2)`,
    counts: countsOf('quarantine_parts', 'sealed'),
    sealer: ({ store }) => store,
    associatedData: ({ key }) => key,
  },
  {
    name: 'dead_letters',
    pageRows: 20,
    page: `SELECT id AS key, envelope, lower(hex(sealed)) AS sealed FROM dead_letters
      WHERE id > ?1 AND sealed IS NOT NULL ORDER BY id LIMIT ?2`,
    change: 'UPDATE dead_letters SET sealed = unhex(?3) WHERE id = ?1 AND sealed = unhex(?2)',
    counts: countsOf('dead_letters', 'sealed'),
    // The store sealed a message that was not an envelope, with the dead letter's id as associated data.
    sealer: ({ queue, store }, { envelope }) => (typeof envelope === 'string' ? queue : store),
    associatedData: ({ key, envelope }) =>
      typeof envelope === 'string' ? String((JSON.parse(envelope) as { key?: unknown }).key) : key,
  },
  {
    name: 'store_keys',
    pageRows: 10,
    page: 'SELECT name AS key, lower(hex(wrapped)) AS sealed FROM store_keys WHERE name > ?1 ORDER BY name LIMIT ?2',
    change: 'UPDATE store_keys SET wrapped = unhex(?3) WHERE name = ?1 AND wrapped = unhex(?2)',
    counts: countsOf('store_keys', 'wrapped'),
    sealer: ({ people }) => people,
    associatedData: ({ key }) => key,
  },
]

export interface ResealStep {
  readonly resealed: number
  /** Rows that no key opens; they are left as they are. */
  readonly broken: number
  /** Where the next step begins; null after the last one. */
  readonly cursor: string | null
}

/** Number of sealed values by table and master key version; null for a table that could not be counted. */
export type RestingCounts = Readonly<Record<string, Readonly<Record<string, number>> | null>>

export interface ResealableStore {
  /** @param cursor of the previous step; null for the first. @returns `undefined` for an unknown cursor */
  readonly step: (cursor: string | null) => Promise<ResealStep | undefined>
  readonly counts: () => Promise<RestingCounts>
}

export function resealableStore(
  db: D1Database,
  masters: readonly [MasterKey, ...MasterKey[]],
): ResealableStore {
  const sealers: Sealers = {
    people: sealer(masters, 'recipient-keys'),
    store: sealer(masters, 'store'),
    queue: sealer(masters, 'queue'),
  }
  const [newest] = masters
  return {
    async step(cursor) {
      const position = cursor === null ? { table: 0, key: '' } : positionOf(cursor)
      const table = position && TABLES[position.table]
      if (position === undefined || table === undefined) return undefined
      const { results } = await db.prepare(table.page).bind(position.key, table.pageRows).all<Row>()
      const done = await resealRows(db, table, results, sealers, newest.version)
      const last = results.at(-1)
      const isLastPage = results.length < table.pageRows || last === undefined
      const next = isLastPage
        ? { table: position.table + 1, key: '' }
        : { table: position.table, key: last.key }
      return { ...done, cursor: next.table < TABLES.length ? cursorOf(next) : null }
    },
    async counts() {
      const counted = await Promise.all(
        TABLES.map(async ({ name, counts }) => [name, await countOrNull(db, counts)] as const),
      )
      return Object.fromEntries(counted)
    },
  }
}

async function resealRows(
  db: D1Database,
  table: Table,
  rows: readonly Row[],
  sealers: Sealers,
  newest: number,
): Promise<{ resealed: number; broken: number }> {
  let broken = 0
  const changes: D1PreparedStatement[] = []
  for (const row of rows) {
    const blob = fromHex(row.sealed)
    if (blob === undefined || blob[0] === newest) continue
    const one = table.sealer(sealers, row)
    try {
      const sealed = await one.seal(
        await one.open(blob, table.associatedData(row)),
        table.associatedData(row),
      )
      changes.push(db.prepare(table.change).bind(row.key, row.sealed, toHex(sealed)))
    } catch (cause) {
      if (!(cause instanceof SealBroken)) throw cause
      broken++
    }
  }
  if (changes.length === 0) return { resealed: 0, broken }
  const written = await db.batch(changes)
  return { resealed: written.reduce((sum, { meta }) => sum + meta.changes, 0), broken }
}

async function countOrNull(db: D1Database, sql: string): Promise<Record<string, number> | null> {
  try {
    const { results } = await db.prepare(sql).all<{ version: string; count: number }>()
    return Object.fromEntries(
      results.map(({ version, count }) => [String(Number.parseInt(version, 16)), count]),
    )
  } catch {
    // This table has too many rows to count in one query. The others are still counted.
    return null
  }
}

interface Position {
  readonly table: number
  readonly key: string
}

const cursorOf = ({ table, key }: Position): string => toBase64Url(utf8(`${table}.${key}`))

function positionOf(cursor: string): Position | undefined {
  const bytes = fromBase64Url(cursor)
  const match = /^([0-9])\.(.*)$/s.exec((bytes && textOf(bytes)) ?? '')
  return match === null ? undefined : { table: Number(match[1]), key: match[2] ?? '' }
}
