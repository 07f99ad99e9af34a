/**
 * The durable half of replay memory: fingerprints in one table an hour, dropped whole when their time is over.
 * Dropping a table bills no row, deleting rows bills each; without rowid an insert bills one row and not two.
 */
import { type Bytes, toHex } from '../../platform/bytes.ts'

const HOUR_SECONDS = 3_600

export interface Remembered {
  readonly fingerprint: Bytes
  /** Digest of the body for single-use identities, else empty. */
  readonly body: Bytes
  readonly atSeconds: number
}

export class ReplayMemory {
  readonly #sql: SqlStorage
  /** Hours that have a table, oldest first. */
  #hours: number[]
  #lookup = ''

  constructor(sql: SqlStorage) {
    this.#sql = sql
    this.#hours = sql
      .exec<{ name: string }>(
        `SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'seen_[0-9]*'`,
      )
      .toArray()
      .map(({ name }) => Number(name.slice('seen_'.length)))
      .sort((a, b) => a - b)
    this.#prepare()
  }

  /** The body digest remembered with a fingerprint; undefined when it was never seen. */
  find(fingerprint: Bytes): Uint8Array | undefined {
    if (this.#lookup === '') return undefined
    const [row] = this.#sql.exec<{ body: ArrayBuffer }>(this.#lookup, fingerprint).toArray()
    return row === undefined ? undefined : new Uint8Array(row.body)
  }

  /** Writes them in one statement an hour. Already remembered ones stay as they are. */
  write(all: readonly Remembered[]): void {
    const byHour = Map.groupBy(all, ({ atSeconds }) => Math.floor(atSeconds / HOUR_SECONDS))
    for (const [hour, ones] of byHour) {
      this.#create(hour)
      const rows = ones.map(({ fingerprint, body, atSeconds }) => [
        toHex(fingerprint),
        toHex(body),
        atSeconds,
      ])
      this.#sql.exec(
        `INSERT OR IGNORE INTO seen_${hour} (fingerprint, body, at)
         SELECT unhex(value ->> 0), unhex(value ->> 1), value ->> 2 FROM json_each(?)`,
        JSON.stringify(rows),
      )
    }
  }

  /** How many were written in each second after the given one. */
  countsSince(seconds: number): { readonly atSeconds: number; readonly count: number }[] {
    const recent = this.#hours.filter((hour) => (hour + 1) * HOUR_SECONDS > seconds)
    return recent.flatMap((hour) =>
      this.#sql
        .exec<{ atSeconds: number; count: number }>(
          `SELECT at AS atSeconds, count(*) AS count FROM seen_${hour} WHERE at > ? GROUP BY at`,
          seconds,
        )
        .toArray(),
    )
  }

  /** Drops what is older than the memory; answers when the next table's time is over, in seconds. */
  drop(nowSeconds: number, memorySeconds: number): number | undefined {
    const over = (hour: number) => (hour + 1) * HOUR_SECONDS + memorySeconds
    for (const hour of this.#hours) if (over(hour) <= nowSeconds) this.#sql.exec(`DROP TABLE seen_${hour}`)
    this.#hours = this.#hours.filter((hour) => over(hour) > nowSeconds)
    this.#prepare()
    const [oldest] = this.#hours
    return oldest === undefined ? undefined : over(oldest)
  }

  #create(hour: number): void {
    if (this.#hours.includes(hour)) return
    this.#sql.exec(
      `CREATE TABLE IF NOT EXISTS seen_${hour} (fingerprint BLOB PRIMARY KEY, body BLOB NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID`,
    )
    this.#hours = [...this.#hours, hour].sort((a, b) => a - b)
    this.#prepare()
  }

  /** One statement over all tables, so that a look-up is one call however long the memory is. Newest first. */
  #prepare(): void {
    this.#lookup = this.#hours
      .toReversed()
      .map((hour) => `SELECT body FROM seen_${hour} WHERE fingerprint = ?1`)
      .join(' UNION ALL ')
  }
}
