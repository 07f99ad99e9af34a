/**
 * Work that a destination still has with people who were erased: to tell its endpoint, and to forget what a run that was in flight at the
 * erasure has noted of them.
 */
import { textOf, utf8 } from '../../platform/bytes.ts'
import { SealBroken, type Sealer } from '../../platform/seal.ts'
import { type TableStorage, makeTables } from '../../platform/table-steps.ts'
import type { ErasedPerson } from '../api.ts'

/** News of an erasure that the endpoint does not have. */
export interface PendingErasure {
  /** Of the erasure. */
  readonly number: number
  readonly tries: number
  readonly sealed: Uint8Array
}

/** As long as attempts are kept. Then the address goes, also if the endpoint was never reached. */
const KEPT_MS = 7 * 86_400_000

const TABLE_STEPS = [
  `CREATE TABLE pending_erasures (
    number INTEGER PRIMARY KEY,     -- of the erasure
    noted_at INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    sealed BLOB NOT NULL            -- JSON of the person, with the address
  );
  CREATE TABLE forgotten (person TEXT PRIMARY KEY)    -- blind index, until the next run begins
  `,
]

const associatedData = (number: number): string => `erasure ${number}`

export class ErasureTable {
  readonly #sql: SqlStorage
  readonly #sealer: Sealer

  constructor(storage: TableStorage, sealer: Sealer) {
    this.#sql = storage.sql
    this.#sealer = sealer
    makeTables(storage, 'erasures', TABLE_STEPS)
  }

  async add(erased: ErasedPerson, nowMs: number): Promise<void> {
    const sealed = await this.#sealer.seal(utf8(JSON.stringify(erased)), associatedData(erased.number))
    this.#sql.exec(
      'INSERT OR IGNORE INTO pending_erasures (number, noted_at, tries, due_at, sealed) VALUES (?1, ?2, 0, ?2, ?3)',
      erased.number,
      nowMs,
      sealed,
    )
  }

  due(nowMs: number, limit: number): PendingErasure[] {
    return this.#read('due_at <= ?1 ORDER BY due_at, number LIMIT ?2', nowMs, limit)
  }

  /** The oldest, due or not. */
  first(): PendingErasure | undefined {
    return this.#read('1 ORDER BY number LIMIT 1')[0]
  }

  nextDueAtMs(): number | null {
    const query = 'SELECT min(due_at) AS value FROM pending_erasures'
    return this.#sql.exec<{ value: number | null }>(query).one().value
  }

  /** Undefined if it does not open any more, for instance after its master key was removed. */
  async open({ number, sealed }: PendingErasure): Promise<ErasedPerson | undefined> {
    try {
      const plain = await this.#sealer.open(sealed, associatedData(number))
      return JSON.parse(textOf(plain) ?? '') as ErasedPerson
    } catch (cause) {
      if (cause instanceof SealBroken) return undefined
      throw cause
    }
  }

  postpone(number: number, tries: number, dueAtMs: number): void {
    this.#sql.exec(
      'UPDATE pending_erasures SET tries = ?, due_at = ? WHERE number = ?',
      tries,
      dueAtMs,
      number,
    )
  }

  remove(number: number): void {
    this.#sql.exec('DELETE FROM pending_erasures WHERE number = ?', number)
  }

  /** @returns how many the endpoint was not told of in time */
  removeOld(nowMs: number): number {
    return this.#sql
      .exec('DELETE FROM pending_erasures WHERE noted_at < ? RETURNING 1', nowMs - KEPT_MS)
      .toArray().length
  }

  addForgotten(person: string): void {
    this.#sql.exec('INSERT OR IGNORE INTO forgotten (person) VALUES (?)', person)
  }

  forgotten(): string[] {
    const rows = this.#sql.exec<{ person: string }>('SELECT person FROM forgotten').toArray()
    return rows.map(({ person }) => person)
  }

  removeForgotten(person: string): void {
    this.#sql.exec('DELETE FROM forgotten WHERE person = ?', person)
  }

  #read(where: string, ...bound: SqlStorageValue[]): PendingErasure[] {
    return this.#sql
      .exec<{ number: number; tries: number; sealed: ArrayBuffer }>(
        `SELECT number, tries, sealed FROM pending_erasures WHERE ${where}`,
        ...bound,
      )
      .toArray()
      .map((row) => ({ ...row, sealed: new Uint8Array(row.sealed) }))
  }
}
