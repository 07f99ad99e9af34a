/**
 * Stored answers to requests with an `Idempotency-Key`: a repeated request gets the same answer and is not run again. The first
 * request gets a durable lease on the key; its answer is kept for a day. Keys and requests are stored as MACs and answers are
 * sealed, so the registry can read none of them.
 */
import { RpcTarget } from 'cloudflare:workers'
import { type TableStorage, makeTables } from '../platform/table-steps.ts'
import { HOUR_MS } from '../platform/time.ts'

/** A request that must run once. Its texts are MACs. */
export interface OnceRequest {
  /** Of the caller and the key. */
  readonly key: string
  /** Of the whole request. */
  readonly fingerprint: string
  /** Of the caller. Absent from a console that is older than this object. */
  readonly caller?: string
  readonly atMs: number
}

export type Begun =
  /** Run the request, then call `end` with this lease. */
  | { readonly kind: 'acquired'; readonly lease: string }
  | { readonly kind: 'answered'; readonly sealed: Uint8Array }
  /** The first request has not ended yet. */
  | { readonly kind: 'running' }
  /** The key was used for another request. */
  | { readonly kind: 'reused' }

/** How long an answer is kept. */
const ANSWER_MS = 24 * HOUR_MS

/**
 * How long the first request may take. After that it counts as crashed, and a repeated request runs. Longer than any route takes,
 * and short enough to wait for after a crash.
 */
const LEASE_MS = 120_000

/**
 * Answers that are kept. The oldest of the caller who has most is deleted first, so nobody pushes out those of others. With 64 KiB
 * for the largest answer this limits the size of the table.
 */
const ANSWERS_MAX = 5_000

type Row = { fingerprint: string; lease: string; sealed: ArrayBuffer | null }

const TABLE_STEPS = [
  `CREATE TABLE idempotency_keys (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    lease TEXT NOT NULL,
    expires_at INTEGER NOT NULL,    -- end of the lease, then of the answer
    sealed BLOB                     -- the answer; null while there is none
  );
  CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at)`,
  `ALTER TABLE idempotency_keys ADD COLUMN caller TEXT`,
]

export class Idempotency extends RpcTarget {
  readonly #sql: SqlStorage
  readonly #wakeWithin: (waitMs: number) => Promise<void>

  /** @param wakeWithin calls {@link deleteExpiredKeys} after this time or earlier */
  constructor(storage: TableStorage, wakeWithin: (waitMs: number) => Promise<void>) {
    super()
    this.#sql = storage.sql
    this.#wakeWithin = wakeWithin
    makeTables(storage, 'idempotency_keys', TABLE_STEPS)
  }

  async begin({ key, fingerprint, caller, atMs }: OnceRequest): Promise<Begun> {
    deleteExpiredKeys(this.#sql, atMs)
    const [known] = this.#sql
      .exec<Row>('SELECT fingerprint, lease, sealed FROM idempotency_keys WHERE key = ?', key)
      .toArray()
    if (known !== undefined) return stateOf(known, fingerprint)
    const lease = crypto.randomUUID()
    this.#sql.exec(
      'INSERT INTO idempotency_keys (key, fingerprint, caller, lease, expires_at, sealed) VALUES (?, ?, ?, ?, ?, NULL)',
      key,
      fingerprint,
      caller ?? null,
      lease,
      atMs + LEASE_MS,
    )
    return { kind: 'acquired', lease }
  }

  /** Stores the answer of the lease holder. @param sealed null if the request changed nothing: the key is free again */
  async end(key: string, lease: string, sealed: Uint8Array | null, atMs: number): Promise<void> {
    const sql = this.#sql
    // After the end of the lease another request may have the key: `lease` must match.
    if (sealed === null) {
      sql.exec('DELETE FROM idempotency_keys WHERE key = ? AND lease = ?', key, lease)
      return
    }
    const expiresAtMs = atMs + ANSWER_MS
    sql.exec(
      'UPDATE idempotency_keys SET sealed = ?, expires_at = ? WHERE key = ? AND lease = ?',
      sealed,
      expiresAtMs,
      key,
      lease,
    )
    sql.exec(
      `DELETE FROM idempotency_keys WHERE key IN (
         SELECT key FROM idempotency_keys WHERE sealed IS NOT NULL
         ORDER BY row_number() OVER (PARTITION BY caller ORDER BY expires_at DESC), expires_at DESC LIMIT -1 OFFSET ?)`,
      ANSWERS_MAX,
    )
    await this.#wakeWithin(ANSWER_MS)
  }
}

/** @returns milliseconds until the next key expires; null if there is none */
export function deleteExpiredKeys(sql: SqlStorage, atMs: number): number | null {
  sql.exec('DELETE FROM idempotency_keys WHERE expires_at <= ?', atMs)
  const { next } = sql
    .exec<{ next: number | null }>('SELECT min(expires_at) AS next FROM idempotency_keys')
    .one()
  return next === null ? null : next - atMs
}

function stateOf({ fingerprint, sealed }: Row, presented: string): Begun {
  // Neither is a secret: both were computed with the same key.
  if (fingerprint !== presented) return { kind: 'reused' }
  return sealed === null ? { kind: 'running' } : { kind: 'answered', sealed: new Uint8Array(sealed) }
}
