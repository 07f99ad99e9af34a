/**
 * Reseals the store under the newest master key. The steps are small and can be repeated, stopped, and run during normal
 * operation: a row is changed only if it still holds what was read. Every Worker must have the new key first.
 */
import { fromBase64Url, fromHex, textOf, toBase64Url, toHex, utf8 } from '../platform/bytes.ts'
import type { MasterKey } from '../platform/master-key.ts'
import { SealBroken, type Sealer, sealer } from '../platform/seal.ts'
import { type MasterSealed, type SealPurpose, type SealedRow, TABLES } from './tables.ts'

interface Resealed extends MasterSealed {
  readonly table: string
}

const RESEALED: readonly Resealed[] = Object.entries(TABLES).flatMap(([table, { underMasterKey }]) =>
  underMasterKey === undefined ? [] : [{ table, ...underMasterKey }],
)

/** Rows after the key `?1`, in its order, at most `?2`. */
const pageOf = ({ table, column, key, also }: Resealed): string =>
  `SELECT ${key.text} AS key, lower(hex(${column})) AS sealed${also === undefined ? '' : `, ${also}`} FROM ${table}
    WHERE ${key.isAfter} AND ${column} IS NOT NULL ORDER BY ${key.columns} LIMIT ?2`

/** Changes the row if it is still as it was read: `?1` key, `?2` hex before, `?3` hex after. */
const changeOf = ({ table, column, key }: Resealed): string =>
  `UPDATE ${table} SET ${column} = unhex(?3) WHERE ${key.isEqual} AND ${column} = unhex(?2)`

const countsOf = ({ table, column }: Resealed): string =>
  `SELECT hex(substr(${column}, 1, 1)) AS version, count(*) AS count FROM ${table} WHERE ${column} IS NOT NULL GROUP BY 1`

type Sealers = Readonly<Record<SealPurpose, Sealer>>

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
    'recipient-keys': sealer(masters, 'recipient-keys'),
    store: sealer(masters, 'store'),
    queue: sealer(masters, 'queue'),
  }
  const [newest] = masters
  return {
    async step(cursor) {
      const position = cursor === null ? { table: 0, key: '' } : positionOf(cursor)
      const table = position && RESEALED[position.table]
      if (position === undefined || table === undefined) return undefined
      const { results } = await db.prepare(pageOf(table)).bind(position.key, table.pageRows).all<SealedRow>()
      const done = await resealRows(db, table, results, sealers, newest.version)
      const last = results.at(-1)
      const isLastPage = results.length < table.pageRows || last === undefined
      const next = isLastPage
        ? { table: position.table + 1, key: '' }
        : { table: position.table, key: last.key }
      return { ...done, cursor: next.table < RESEALED.length ? cursorOf(next) : null }
    },
    async counts() {
      const counted = await Promise.all(
        RESEALED.map(async (one) => [one.table, await countOrNull(db, countsOf(one))] as const),
      )
      return Object.fromEntries(counted)
    },
  }
}

async function resealRows(
  db: D1Database,
  table: Resealed,
  rows: readonly SealedRow[],
  sealers: Sealers,
  newest: number,
): Promise<{ resealed: number; broken: number }> {
  let broken = 0
  const changes: D1PreparedStatement[] = []
  for (const row of rows) {
    const blob = fromHex(row.sealed)
    if (blob === undefined || blob[0] === newest) continue
    const one = sealers[table.purpose(row)]
    try {
      const sealed = await one.seal(
        await one.open(blob, table.associatedData(row)),
        table.associatedData(row),
      )
      changes.push(db.prepare(changeOf(table)).bind(row.key, row.sealed, toHex(sealed)))
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
  const match = /^([0-9]{1,2})\.(.*)$/s.exec((bytes && textOf(bytes)) ?? '')
  return match === null ? undefined : { table: Number(match[1]), key: match[2] ?? '' }
}
