/**
 * The durable half of replay memory. A row costs the same whatever its size, so fingerprints that are kept together are written as
 * one row: a pack. Each hour has a table of packs, which is dropped as a whole when it expires. Dropping a table bills no row.
 *
 * A pack cannot be searched, so the fingerprints of the open table are in memory too. A table is closed when its hour is over or it
 * is full: its fingerprints are sorted into hash buckets of some 256, so that a lookup reads one row a closed table.
 */
import { type Bytes, concat, fromHex, toHex } from '../../platform/bytes.ts'
import { type TableStorage, makeTables } from '../../platform/table-steps.ts'

const HOUR_SECONDS = 3_600

/** Length of a fingerprint, and of a body's digest. */
const FINGERPRINT_BYTES = 16

/** Fingerprints in memory at most: some 20 MB of the object's 128. */
const OPEN_MAX = 250_000

const FINGERPRINTS_PER_BUCKET = 256

/** The buckets of all tables are in one table, with this many ids for each. A full table needs fewer. */
const BUCKETS_PER_TABLE = 65_536

export interface Remembered {
  /** 32 hex digits. */
  readonly fingerprint: string
  /** Digest of the body for single-use identities, 32 hex digits; else empty. */
  readonly body: string
  readonly atSeconds: number
}

/** Whether a fingerprint is remembered: not at all, with this body, or with another one. */
export type Seen = 'never' | 'same' | 'other_body'

/** A closed table, by when it was opened. */
interface Closed {
  readonly openedAt: number
  readonly bucketCount: number
}

/** Tables of claims have no steps. Each is made as the version of its hour makes it, so a later version reads both forms. */
const TABLE_STEPS = ['CREATE TABLE hash_buckets (id INTEGER PRIMARY KEY, fingerprints BLOB NOT NULL)']

export class ReplayMemory {
  readonly #sql: SqlStorage
  readonly #openMax: number
  /** Oldest first. */
  #closed: Closed[] = []
  #openedAt: number | undefined
  #fingerprints = new Set<string>()

  constructor(storage: TableStorage, openMax = OPEN_MAX) {
    this.#sql = storage.sql
    this.#openMax = openMax
    makeTables(storage, 'hash_buckets', TABLE_STEPS)
    for (const openedAt of tablesIn(this.#sql)) {
      const bucketCount = bucketsOf(this.#sql, openedAt)
      if (bucketCount === undefined) this.#reopen(openedAt)
      else this.#closed.push({ openedAt, bucketCount })
    }
  }

  find(fingerprint: string, body: string): Seen {
    if (!this.#has(fingerprint)) return 'never'
    return body === '' || this.#has(bound(fingerprint, body)) ? 'same' : 'other_body'
  }

  /** Writes the claims as one row, without those that are remembered already. */
  write(all: readonly Remembered[]): void {
    const news = all.filter(({ fingerprint }) => !this.#has(fingerprint))
    if (news.length === 0) return
    const atSeconds = news.reduce((latest, { atSeconds }) => Math.max(latest, atSeconds), 0)
    const table = this.#open(atSeconds)
    const fingerprints = news.flatMap(({ fingerprint, body }) =>
      body === '' ? [fingerprint] : [fingerprint, bound(fingerprint, body)],
    )
    this.#sql.exec(
      `INSERT INTO kept_${table} (at, claims, fingerprints) VALUES (?, ?, ?)`,
      atSeconds,
      news.length,
      packed(fingerprints),
    )
    for (const fingerprint of fingerprints) this.#fingerprints.add(fingerprint)
  }

  /** How many were written in each second after the given one. */
  countsSince(seconds: number): { readonly atSeconds: number; readonly count: number }[] {
    return this.#tables()
      .filter((openedAt) => hourOf(openedAt) + HOUR_SECONDS > seconds)
      .flatMap((openedAt) =>
        this.#sql
          .exec<{ atSeconds: number; count: number }>(
            `SELECT at AS atSeconds, sum(claims) AS count FROM kept_${openedAt} WHERE slot > 0 AND at > ? GROUP BY at`,
            seconds,
          )
          .toArray(),
      )
  }

  /**
   * The end of the latest hour of single-use claims that `drop` would forget at that time, in seconds; undefined if it would
   * forget none.
   */
  singleUseOver(nowSeconds: number, memorySeconds: number): number | undefined {
    const last = this.#tables().findLast(
      (openedAt) => overAt(openedAt, memorySeconds) <= nowSeconds && hasSingleUse(this.#sql, openedAt),
    )
    return last === undefined ? undefined : hourOf(last) + HOUR_SECONDS
  }

  /** Drops expired tables. Returns when the next table expires, in seconds. */
  drop(nowSeconds: number, memorySeconds: number): number | undefined {
    const over = (openedAt: number) => overAt(openedAt, memorySeconds)
    for (const openedAt of this.#tables().filter((openedAt) => over(openedAt) <= nowSeconds)) {
      this.#sql.exec(`DROP TABLE kept_${openedAt}`)
      this.#sql.exec(
        'DELETE FROM hash_buckets WHERE id BETWEEN ? AND ?',
        bucketId(openedAt, 0),
        bucketId(openedAt, BUCKETS_PER_TABLE - 1),
      )
    }
    this.#closed = this.#closed.filter(({ openedAt }) => over(openedAt) > nowSeconds)
    if (this.#openedAt !== undefined && over(this.#openedAt) <= nowSeconds) {
      this.#openedAt = undefined
      this.#fingerprints = new Set()
    }
    const [oldest] = this.#tables()
    return oldest === undefined ? undefined : over(oldest)
  }

  #tables(): number[] {
    return [
      ...this.#closed.map(({ openedAt }) => openedAt),
      ...(this.#openedAt === undefined ? [] : [this.#openedAt]),
    ]
  }

  #has(fingerprint: string): boolean {
    if (this.#fingerprints.has(fingerprint)) return true
    if (this.#closed.length === 0) return false
    const ids = this.#closed.map(({ openedAt, bucketCount }) =>
      bucketId(openedAt, bucketOf(fingerprint, bucketCount)),
    )
    // One statement for all tables: the runtime accepts no compound SELECT of more than five parts.
    const found = this.#sql.exec(
      `SELECT 1 FROM hash_buckets WHERE id IN (SELECT value FROM json_each(?)) AND instr(fingerprints, ?) > 0`,
      JSON.stringify(ids),
      bytesOf(fingerprint),
    )
    return found.toArray().length > 0
  }

  /** The table that is open at that time; a new one if the last is full or its hour is over. */
  #open(atSeconds: number): number {
    const last = this.#openedAt
    if (last !== undefined && hourOf(atSeconds) <= hourOf(last) && this.#fingerprints.size < this.#openMax)
      return last
    if (last !== undefined) this.#close(last)
    const openedAt = Math.max(atSeconds, (this.#tables().at(-1) ?? 0) + 1)
    this.#sql.exec(
      `CREATE TABLE kept_${openedAt} (
         slot INTEGER PRIMARY KEY,  -- a pack; 0 says that the table is closed
         at INTEGER NOT NULL,       -- seconds: the latest claim of the pack
         claims INTEGER NOT NULL,   -- how many the pack holds; in slot 0 the number of buckets
         fingerprints BLOB NOT NULL       -- 16 bytes each; a claim that is bound to its body has two
       )`,
    )
    this.#openedAt = openedAt
    return openedAt
  }

  /** Sorts the open table into hash buckets. It is one turn, so all of it is durable or nothing. */
  #close(openedAt: number): void {
    const bucketCount = Math.ceil(this.#fingerprints.size / FINGERPRINTS_PER_BUCKET)
    for (const [bucket, some] of Map.groupBy(this.#fingerprints, (fingerprint) =>
      bucketOf(fingerprint, bucketCount),
    ))
      this.#sql.exec(
        'INSERT INTO hash_buckets (id, fingerprints) VALUES (?, ?)',
        bucketId(openedAt, bucket),
        packed(some),
      )
    this.#sql.exec(
      `INSERT INTO kept_${openedAt} (slot, at, claims, fingerprints) VALUES (0, 0, ?, x'')`,
      bucketCount,
    )
    this.#closed.push({ openedAt, bucketCount })
    this.#openedAt = undefined
    this.#fingerprints = new Set()
  }

  #reopen(openedAt: number): void {
    this.#openedAt = openedAt
    for (const { fingerprints } of this.#sql.exec<{ fingerprints: ArrayBuffer }>(
      `SELECT fingerprints FROM kept_${openedAt}`,
    ))
      for (let at = 0; at < fingerprints.byteLength; at += FINGERPRINT_BYTES)
        this.#fingerprints.add(toHex(new Uint8Array(fingerprints, at, FINGERPRINT_BYTES)))
  }
}

const hourOf = (seconds: number): number => seconds - (seconds % HOUR_SECONDS)

/** When a table expires. */
const overAt = (openedAt: number, memorySeconds: number): number =>
  hourOf(openedAt) + HOUR_SECONDS + memorySeconds

/** The fingerprint of an identity with one body. Both are digests, so their XOR is one too. */
function bound(fingerprint: string, body: string): string {
  const other = bytesOf(body)
  return toHex(bytesOf(fingerprint).map((byte, i) => byte ^ (other[i] ?? 0)))
}

/** By its first 32 bits: digests spread evenly. */
const bucketOf = (fingerprint: string, bucketCount: number): number =>
  Number.parseInt(fingerprint.slice(0, 8), 16) % bucketCount

const bucketId = (openedAt: number, bucket: number): number => openedAt * BUCKETS_PER_TABLE + bucket

const packed = (fingerprints: readonly string[]): Bytes => concat(fingerprints.map(bytesOf))

/** @throws {TypeError} if it is not a digest */
function bytesOf(fingerprint: string): Bytes {
  const bytes = fromHex(fingerprint)
  if (bytes?.byteLength !== FINGERPRINT_BYTES) throw new TypeError('a digest must have 32 hex digits')
  return bytes
}

const tablesIn = (sql: SqlStorage): number[] =>
  sql
    .exec<{ name: string }>(`SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'kept_[0-9]*'`)
    .toArray()
    .map(({ name }) => Number(name.slice('kept_'.length)))
    .sort((a, b) => a - b)

/** A claim that is bound to its body has a second fingerprint. */
const hasSingleUse = (sql: SqlStorage, openedAt: number): boolean =>
  sql
    .exec(
      `SELECT 1 FROM kept_${openedAt} WHERE slot > 0 AND length(fingerprints) > claims * ${FINGERPRINT_BYTES} LIMIT 1`,
    )
    .toArray().length > 0

const bucketsOf = (sql: SqlStorage, openedAt: number): number | undefined =>
  sql.exec<{ claims: number }>(`SELECT claims FROM kept_${openedAt} WHERE slot = 0`).toArray()[0]?.claims
