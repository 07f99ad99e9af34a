/** Storage of an object that watches sources: a state a source, the latest minutes, and the past of each source for charts. */
import { type TableStorage, makeTables } from '../../platform/table-steps.ts'
import type { SourceMemory } from '../source-memory.ts'
import { type MinuteRow, type SourceKey, minuteRowIn } from './minute-row.ts'
import { Past } from './past.ts'

/** More than an hour of minutes, which becomes a part of the past once it is over. */
const RECENT_ROWS = 64

/** A character takes three bytes at most, and a row of a Durable Object two million. */
const PART_CHARACTERS = 600_000

// Without a row id there is no second index to write.
const TABLE_STEPS = [
  `CREATE TABLE recent (place INTEGER NOT NULL, part INTEGER NOT NULL, number INTEGER NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (place, part)) WITHOUT ROWID`,
  `CREATE TABLE states (source TEXT NOT NULL PRIMARY KEY, number INTEGER NOT NULL, state TEXT NOT NULL,
    detectors BLOB NOT NULL) WITHOUT ROWID`,
  `CREATE TABLE past (source TEXT NOT NULL, span INTEGER NOT NULL, place INTEGER NOT NULL, minute INTEGER NOT NULL,
    points TEXT NOT NULL, PRIMARY KEY (source, span, place)) WITHOUT ROWID`,
]

/** The state of a source as it was after the recorded minute of this number. */
export interface StoredState {
  readonly [column: string]: SqlStorageValue
  readonly source: SourceKey
  readonly number: number
  /** JSON of `StoredMemory`. */
  readonly state: string
}

/** Minutes are numbered as they are recorded, since a clock may be set back. */
export interface NumberedMinute {
  readonly number: number
  readonly row: MinuteRow
}

export class Store {
  readonly past: Past
  readonly #sql: SqlStorage
  readonly #onDamaged: () => void

  /** @param onDamaged is told of a row that cannot be read, which is skipped */
  constructor(storage: TableStorage, onDamaged: () => void = () => undefined) {
    makeTables(storage, 'watcher', TABLE_STEPS)
    this.#sql = storage.sql
    this.#onDamaged = onDamaged
    this.past = new Past(storage.sql, onDamaged)
  }

  *states(): Generator<StoredState> {
    yield* this.#sql.exec<StoredState>('SELECT source, number, state FROM states')
  }

  /** Detectors are most of a row, and few are needed in a minute. */
  detectors(source: SourceKey): Uint8Array {
    const query = 'SELECT detectors FROM states WHERE source = ?'
    const [row] = this.#sql.exec<{ detectors: ArrayBuffer }>(query, source).toArray()
    return new Uint8Array(row?.detectors ?? new ArrayBuffer(0))
  }

  /** @param number of the latest recorded minute */
  putState(source: SourceKey, number: number, memory: SourceMemory): void {
    // Rows that wait are scored by it, so it comes before the state.
    const detectors = memory.encodeDetectors()
    const query = 'INSERT OR REPLACE INTO states (source, number, state, detectors) VALUES (?, ?, ?, ?)'
    this.#sql.exec(query, source, number, JSON.stringify(memory.stored), detectors)
  }

  forget(source: SourceKey): void {
    for (const table of ['states', 'past']) this.#sql.exec(`DELETE FROM ${table} WHERE source = ?`, source)
  }

  /** The number of the latest recorded minute. */
  get newest(): number {
    const query = 'SELECT max(number) AS newest FROM recent'
    return this.#sql.exec<{ newest: number | null }>(query).one().newest ?? 0
  }

  /** Recorded minutes from this number on, oldest first. */
  minutesFrom(number: number): NumberedMinute[] {
    const minutes: NumberedMinute[] = []
    const query = 'SELECT number, data FROM recent WHERE number >= ? ORDER BY number, part'
    for (const stored of this.#sql.exec<{ number: number; data: string }>(query, number)) {
      const part = minuteRowIn(stored.data)
      const last = minutes.at(-1)
      if (part === undefined) this.#onDamaged()
      else if (last?.number !== stored.number) minutes.push({ number: stored.number, row: part })
      else Object.assign(last.row.sources, part.sources)
    }
    return minutes
  }

  /** Overwrites the oldest minute. Nothing is deleted, since a deletion is billed like a write. */
  putMinute({ number, row }: NumberedMinute): void {
    const query = 'INSERT OR REPLACE INTO recent (place, part, number, data) VALUES (?, ?, ?, ?)'
    for (const [part, data] of partsOf(row).entries())
      this.#sql.exec(query, number % RECENT_ROWS, part, number, data)
  }
}

/** Only a minute in which many sources are attacked has more than one part. A part has whole sources. */
function partsOf(row: MinuteRow): string[] {
  const text = JSON.stringify(row)
  const sources = Object.entries(row.sources)
  if (text.length <= PART_CHARACTERS || sources.length < 2) return [text]
  const half = sources.length >> 1
  return [sources.slice(0, half), sources.slice(half)].flatMap((own) =>
    partsOf({ ...row, sources: Object.fromEntries(own) }),
  )
}
