/**
 * What was answered to requests that carry an `Idempotency-Key`, so that a repetition is answered and not done again. Who
 * comes first has the key to itself for a while (a lease, durable); what it answers is kept for a day. Keys and requests are
 * known by their MACs only, and answers rest sealed: the registry can read none of them.
 */

/** A request that must be done once. Both are MACs as text. */
export interface OnceRequest {
  /** Of the caller and the key. */
  readonly key: string
  /** Of all that the request says. */
  readonly fingerprint: string
  readonly atMs: number
}

export type Begun =
  /** Do it, and say how it ended under this lease. */
  | { readonly kind: 'yours'; readonly lease: string }
  | { readonly kind: 'answered'; readonly sealed: Uint8Array }
  /** The first is not done yet. */
  | { readonly kind: 'running' }
  /** The key was given to another request. */
  | { readonly kind: 'reused' }

export interface IdempotencyApi {
  beginOnce(request: OnceRequest): Promise<Begun>
  /** Keeps the answer of whoever has the lease. @param sealed null: nothing was done, the key is free again */
  endOnce(key: string, lease: string, sealed: Uint8Array | null, atMs: number): Promise<void>
}

const HOUR_MS = 3_600_000

/** How long an answer is given again. */
const ANSWER_MS = 24 * HOUR_MS

/**
 * How long the first may take. Past it whoever had the lease counts as dead, and a repetition is done: longer than any
 * route takes, and short enough to wait for after a crash.
 */
const LEASE_MS = 120_000

/** Answers that are kept; past it the oldest goes. With the largest answer (64 KiB) this bounds the table. */
const ANSWERS_MAX = 5_000

type Row = { fingerprint: string; lease: string; sealed: ArrayBuffer | null }

export class AnswersKept implements IdempotencyApi {
  readonly #sql: SqlStorage
  readonly #wakeWithin: (waitMs: number) => Promise<void>

  /** @param wakeWithin has {@link sweep} called after so long, or earlier */
  constructor(sql: SqlStorage, wakeWithin: (waitMs: number) => Promise<void>) {
    this.#sql = sql
    this.#wakeWithin = wakeWithin
    sql.exec(`
      CREATE TABLE IF NOT EXISTS once (
        key TEXT PRIMARY KEY,
        fingerprint TEXT NOT NULL,
        lease TEXT NOT NULL,
        until INTEGER NOT NULL,         -- end of the lease, then of the memory
        sealed BLOB                     -- the answer; null while there is none
      );
      CREATE INDEX IF NOT EXISTS once_until ON once (until);`)
  }

  async beginOnce({ key, fingerprint, atMs }: OnceRequest): Promise<Begun> {
    this.#forget(atMs)
    const [known] = this.#sql
      .exec<Row>('SELECT fingerprint, lease, sealed FROM once WHERE key = ?', key)
      .toArray()
    if (known !== undefined) return verdictOn(known, fingerprint)
    const lease = crypto.randomUUID()
    this.#sql.exec(
      'INSERT INTO once (key, fingerprint, lease, until, sealed) VALUES (?, ?, ?, ?, NULL)',
      key,
      fingerprint,
      lease,
      atMs + LEASE_MS,
    )
    return { kind: 'yours', lease }
  }

  async endOnce(key: string, lease: string, sealed: Uint8Array | null, atMs: number): Promise<void> {
    const sql = this.#sql
    // Whoever outlived the lease must not touch what came after.
    if (sealed === null) {
      sql.exec('DELETE FROM once WHERE key = ? AND lease = ?', key, lease)
      return
    }
    const until = atMs + ANSWER_MS
    sql.exec('UPDATE once SET sealed = ?, until = ? WHERE key = ? AND lease = ?', sealed, until, key, lease)
    sql.exec(
      `DELETE FROM once WHERE key IN (
         SELECT key FROM once WHERE sealed IS NOT NULL ORDER BY until DESC LIMIT -1 OFFSET ?)`,
      ANSWERS_MAX,
    )
    await this.#wakeWithin(ANSWER_MS)
  }

  /** Drops what is over, and has itself called again for what is left: no answer rests much longer than its day. */
  async sweep(atMs: number): Promise<void> {
    this.#forget(atMs)
    const [next] = this.#sql
      .exec<{ until: number }>('SELECT until FROM once ORDER BY until LIMIT 1')
      .toArray()
    if (next !== undefined) await this.#wakeWithin(next.until - atMs)
  }

  #forget(atMs: number): void {
    this.#sql.exec('DELETE FROM once WHERE until <= ?', atMs)
  }
}

function verdictOn({ fingerprint, sealed }: Row, presented: string): Begun {
  // Neither is a secret: whoever has the key to make one made both.
  if (fingerprint !== presented) return { kind: 'reused' }
  return sealed === null ? { kind: 'running' } : { kind: 'answered', sealed: new Uint8Array(sealed) }
}
