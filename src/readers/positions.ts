/**
 * Where the readers of one Durable Object stand: a row for each. A reader reads a page of the store, has its effect, and then moves
 * its position. If it dies before that, it reads the page again, so an effect can happen twice and is never left out.
 */
import type { ArrivalPosition } from '../store/arrival.ts'
import { type TableStorage, makeTables } from '../platform/table-steps.ts'

export interface Reading {
  readonly position: ArrivalPosition
  /** Where it ends; null for a reader that follows the store. */
  readonly until: ArrivalPosition | null
  /** Events that were removed from the store before the reader came to them. */
  readonly missed: number
}

const TABLE_STEPS = [
  `CREATE TABLE positions (
    reader TEXT PRIMARY KEY,
    segment INTEGER NOT NULL,
    done INTEGER NOT NULL,
    number INTEGER NOT NULL,
    missed INTEGER NOT NULL,
    until_segment INTEGER,
    until_done INTEGER,
    until_number INTEGER
  ) WITHOUT ROWID`,
]

/** Thrown if another instance has moved the position meanwhile. Pages read since then must be read again. */
export class PositionMoved extends Error {
  override readonly name = 'PositionMoved'
}

type Row = Record<'segment' | 'done' | 'number' | 'missed', number> & {
  until_segment: number | null
  until_done: number | null
  until_number: number | null
}

export class Positions {
  readonly #sql: SqlStorage

  constructor(storage: TableStorage) {
    this.#sql = storage.sql
    makeTables(storage, 'positions', TABLE_STEPS)
  }

  find(reader: string): Reading | undefined {
    const [row] = this.#sql.exec<Row>('SELECT * FROM positions WHERE reader = ?', reader).toArray()
    if (row === undefined) return undefined
    const { segment, done, number, missed, until_segment, until_done, until_number } = row
    return {
      position: { segment, done, number },
      until:
        until_segment === null || until_done === null || until_number === null
          ? null
          : { segment: until_segment, done: until_done, number: until_number },
      missed,
    }
  }

  names(): string[] {
    return this.#sql
      .exec<{ reader: string }>('SELECT reader FROM positions')
      .toArray()
      .map(({ reader }) => reader)
  }

  /** Starts a reader, or moves one that exists. */
  start(reader: string, position: ArrivalPosition, until: ArrivalPosition | null = null): void {
    this.#sql.exec(
      `INSERT OR REPLACE INTO positions (reader, segment, done, number, missed, until_segment, until_done, until_number)
       VALUES (?, ?, ?, ?, 0, ?, ?, ?)`,
      reader,
      position.segment,
      position.done,
      position.number,
      until?.segment ?? null,
      until?.done ?? null,
      until?.number ?? null,
    )
  }

  /**
   * Moves a position, if it is still where the reader found it. The platform runs one instance of an object, but for a moment
   * there can be two: only one of them moves.
   *
   * @throws {PositionMoved}
   */
  advance(reader: string, from: ArrivalPosition, to: ArrivalPosition, missed: number): void {
    const { rowsWritten } = this.#sql.exec(
      `UPDATE positions SET segment = ?1, done = ?2, number = ?3, missed = missed + ?4
       WHERE reader = ?5 AND segment = ?6 AND done = ?7 AND number = ?8`,
      to.segment,
      to.done,
      to.number,
      missed,
      reader,
      from.segment,
      from.done,
      from.number,
    )
    if (rowsWritten === 0) throw new PositionMoved(`another instance has moved the reader ${reader}`)
  }

  end(reader: string): void {
    this.#sql.exec('DELETE FROM positions WHERE reader = ?', reader)
  }
}
