/** The table of erasures. A person's address rests sealed until her erasure is finished. */
import { type Bytes, textOf, utf8 } from '../../platform/bytes.ts'
import type { Sealer } from '../../platform/seal.ts'
import { type TableStorage, makeTables } from '../../platform/table-steps.ts'
import { unlessUnreadable } from '../rotation/sealed.ts'
import type { Erasure, ErasureRecord, UnfinishedErasure } from './erasure.ts'

type Row = {
  number: number
  person: string
  erased_at: number
  keeps_suppression: number
  finished_at: number | null
  certificate: string | null
  sealed_address: ArrayBuffer | null
}

type SealedRow = { number: number; sealed_address: ArrayBuffer }

const TABLE_STEPS = [
  `CREATE TABLE erasures (
    number INTEGER PRIMARY KEY,
    person TEXT NOT NULL,                -- blind index
    erased_at INTEGER NOT NULL,
    keeps_suppression INTEGER NOT NULL,
    finished_at INTEGER,                 -- null while it runs
    certificate TEXT,                    -- JWS
    sealed_address BLOB                  -- null once it is finished
  );
  CREATE INDEX erasures_of_person ON erasures (person, number);
  CREATE INDEX erasures_unfinished ON erasures (number) WHERE finished_at IS NULL`,
]

/** SQL: sealed under another version of the master key than the one given in hex. */
const UNDER_OTHER = 'sealed_address IS NOT NULL AND hex(substr(sealed_address, 1, 1)) <> ?'

export class ErasureTable {
  readonly #sql: SqlStorage

  constructor(storage: TableStorage) {
    this.#sql = storage.sql
    makeTables(storage, 'erasures', TABLE_STEPS)
  }

  /** 0 if there is none. */
  newest(): number {
    return this.#sql.exec<{ newest: number }>('SELECT coalesce(max(number), 0) AS newest FROM erasures').one()
      .newest
  }

  /** In the order of their numbers. */
  after(number: number, limit: number): Erasure[] {
    return this.#rows('number > ? ORDER BY number LIMIT ?', number, limit).map(erasureOf)
  }

  /** Newest first. */
  before(number: number, limit: number): ErasureRecord[] {
    return this.#rows('number < ? ORDER BY number DESC LIMIT ?', number, limit).map(recordOf)
  }

  find(number: number): ErasureRecord | undefined {
    return this.#rows('number = ?', number).map(recordOf)[0]
  }

  /** Newest first. */
  of(person: string): ErasureRecord[] {
    return this.#rows('person = ? ORDER BY number DESC', person).map(recordOf)
  }

  /** In the order of their numbers. */
  unfinished(limit: number, sealer: Sealer): Promise<UnfinishedErasure[]> {
    return this.#opened(this.#rows('finished_at IS NULL ORDER BY number LIMIT ?', limit), sealer)
  }

  async unfinishedOf(person: string, sealer: Sealer): Promise<UnfinishedErasure | undefined> {
    const rows = this.#rows('person = ? AND finished_at IS NULL ORDER BY number LIMIT 1', person)
    return (await this.#opened(rows, sealer))[0]
  }

  sealAddress(number: number, address: string, sealer: Sealer): Promise<Bytes> {
    return sealer.seal(utf8(address), associatedDataOf(number))
  }

  /** Adds one, unless its number is there. @returns whether it was added */
  add({ number, person, erasedAtMs, keepsSuppression }: Erasure, sealedAddress: Bytes | null): boolean {
    const { rowsWritten } = this.#sql.exec(
      `INSERT INTO erasures (number, person, erased_at, keeps_suppression, sealed_address)
       VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      number,
      person,
      erasedAtMs,
      keepsSuppression ? 1 : 0,
      sealedAddress,
    )
    return rowsWritten > 0
  }

  finish(number: number, certificate: string, finishedAtMs: number): void {
    this.#sql.exec(
      'UPDATE erasures SET finished_at = ?, certificate = ?, sealed_address = NULL WHERE number = ?',
      finishedAtMs,
      certificate,
      number,
    )
  }

  /** Sealed addresses, by the version of the master key. */
  addressesByVersion(): readonly (readonly [version: number, count: number])[] {
    return this.#sql
      .exec<{ version: string; count: number }>(
        `SELECT hex(substr(sealed_address, 1, 1)) AS version, count(*) AS count FROM erasures
         WHERE sealed_address IS NOT NULL GROUP BY 1`,
      )
      .toArray()
      .map(({ version, count }) => [Number.parseInt(version, 16), count])
  }

  /** Reseals addresses that are sealed under another version of the master key. */
  async reseal(
    sealer: Sealer,
    newestHex: string,
    limit: number,
  ): Promise<{ readonly resealed: number; readonly broken: number }> {
    let [resealed, broken] = [0, 0]
    const query = `SELECT number, sealed_address FROM erasures WHERE ${UNDER_OTHER} ORDER BY number`
    for (const { number, sealed_address } of this.#sql.exec<SealedRow>(query, newestHex).toArray()) {
      if (resealed >= limit) break
      const plain = await unlessUnreadable(() => open(number, sealed_address, sealer))
      if (plain === 'secret_unreadable') {
        broken++
        continue
      }
      const sealed = await sealer.seal(plain, associatedDataOf(number))
      // The erasure may have ended while the address was opened. Then the address is deleted.
      const update = 'UPDATE erasures SET sealed_address = ? WHERE number = ? AND sealed_address IS NOT NULL'
      this.#sql.exec(update, sealed, number)
      resealed++
    }
    return { resealed, broken }
  }

  #rows(where: string, ...values: readonly (string | number)[]): Row[] {
    return this.#sql.exec<Row>(`SELECT * FROM erasures WHERE ${where}`, ...values).toArray()
  }

  #opened(rows: readonly Row[], sealer: Sealer): Promise<UnfinishedErasure[]> {
    return Promise.all(
      rows.map(async (row) => {
        const { number, sealed_address: sealed } = row
        const plain = sealed && (await unlessUnreadable(() => open(number, sealed, sealer)))
        const address = plain === null || plain === 'secret_unreadable' ? null : (textOf(plain) ?? null)
        return { ...erasureOf(row), address }
      }),
    )
  }
}

const associatedDataOf = (number: number): string => `erasure/${number}/address`

const open = (number: number, sealed: ArrayBuffer, sealer: Sealer): Promise<Bytes> =>
  sealer.open(new Uint8Array(sealed), associatedDataOf(number))

const erasureOf = ({ number, person, erased_at, keeps_suppression }: Row): Erasure => ({
  number,
  person,
  erasedAtMs: erased_at,
  keepsSuppression: keeps_suppression === 1,
})

const recordOf = (row: Row): ErasureRecord => ({
  ...erasureOf(row),
  finishedAtMs: row.finished_at,
  certificate: row.certificate,
})
