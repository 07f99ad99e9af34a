/**
 * Deliveries that failed and wait for their next try, those that are held behind them, and dead letters. A row has no content, only
 * where its events are stored: so what is erased or removed from the store is gone here, too.
 */
import type { EventReference } from '../../store/arrival.ts'
import { type TableStorage, makeTables } from '../../platform/table-steps.ts'

/** Several events of one message and recipient have the same key. Null where the order does not matter. */
export type OrderKey = string | null

export interface Delivery {
  /** The value of `webhook-id`. */
  readonly id: string
  readonly references: readonly EventReference[]
  readonly key: OrderKey
}

/** A delivery that failed. */
export interface Waiting extends Delivery {
  readonly seq: number
  readonly tries: number
  /** Null for one that has not been tried: it is held behind an earlier one of its key. */
  readonly firstFailedAtMs: number | null
  readonly dueAtMs: number | null
  readonly error: string | null
  readonly status: number | null
}

export type NewWaiting = Omit<Waiting, 'seq'>

export interface DeadLetter extends Omit<Waiting, 'dueAtMs'> {
  readonly diedAtMs: number
}

type Row = {
  seq: number
  id: string
  refs: string
  key: OrderKey
  tries: number
  first_failed_at: number | null
  due_at: number | null
  died_at: number | null
  error: string | null
  status: number | null
}

const TABLE_STEPS = [
  `CREATE TABLE waiting (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    refs TEXT NOT NULL,             -- JSON: [segment, index] of each event
    key TEXT,
    tries INTEGER NOT NULL,
    first_failed_at INTEGER,
    due_at INTEGER,                 -- null while it is held, and for dead letters
    died_at INTEGER,                -- set for dead letters
    error TEXT,
    status INTEGER
  );
  CREATE INDEX waiting_due ON waiting (due_at) WHERE due_at IS NOT NULL;
  CREATE INDEX waiting_key ON waiting (key) WHERE key IS NOT NULL AND died_at IS NULL;
  CREATE INDEX waiting_dead ON waiting (died_at) WHERE died_at IS NOT NULL`,
]

export class WaitingTable {
  readonly #sql: SqlStorage

  constructor(storage: TableStorage) {
    this.#sql = storage.sql
    makeTables(storage, 'waiting', TABLE_STEPS)
  }

  /**
   * One that is held is due if nothing of its key waits any more: an operator may have skipped that while the page with both was
   * sent.
   */
  add(
    { id, references, key, tries, firstFailedAtMs, dueAtMs, error, status }: NewWaiting,
    nowMs: number,
  ): void {
    this.#sql.exec(
      `INSERT INTO waiting (id, refs, key, tries, first_failed_at, due_at, error, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      refsJson(references),
      key,
      tries,
      firstFailedAtMs,
      dueAtMs,
      error,
      status,
    )
    if (dueAtMs === null) this.#release(key, nowMs)
  }

  /** A try of a waiting delivery has failed. One that an operator has skipped meanwhile stays a dead letter. */
  postpone({ seq, tries, firstFailedAtMs, dueAtMs, error, status }: Waiting): void {
    this.#sql.exec(
      'UPDATE waiting SET tries = ?, first_failed_at = ?, due_at = ?, error = ?, status = ? WHERE seq = ? AND died_at IS NULL',
      tries,
      firstFailedAtMs,
      dueAtMs,
      error,
      status,
      seq,
    )
  }

  /** It was delivered. The next one of its key is due. */
  remove({ seq, key }: Pick<Waiting, 'seq' | 'key'>, nowMs: number): void {
    this.#sql.exec('DELETE FROM waiting WHERE seq = ?', seq)
    this.#release(key, nowMs)
  }

  /** Its tries are used up, or an operator has skipped it. The next one of its key is due. */
  exhaust(
    { seq, key, tries, firstFailedAtMs, error, status }: Omit<Waiting, 'dueAtMs'>,
    nowMs: number,
  ): void {
    this.#sql.exec(
      `UPDATE waiting SET tries = ?, first_failed_at = ?, due_at = NULL, died_at = ?, error = ?, status = ? WHERE seq = ?`,
      tries,
      firstFailedAtMs,
      nowMs,
      error,
      status,
      seq,
    )
    this.#release(key, nowMs)
  }

  #release(key: OrderKey, nowMs: number): void {
    if (key === null) return
    this.#sql.exec(
      `UPDATE waiting SET due_at = ?1 WHERE seq = (SELECT min(seq) FROM waiting WHERE key = ?2 AND died_at IS NULL)
         AND due_at IS NULL`,
      nowMs,
      key,
    )
  }

  /** Due deliveries, the earliest first. */
  due(nowMs: number, limit: number): Waiting[] {
    return this.#read('due_at <= ? ORDER BY due_at, seq LIMIT ?', nowMs, limit)
  }

  /** The delivery that a probe sends, due or not. */
  earliest(): Waiting | undefined {
    return this.#read('due_at IS NOT NULL ORDER BY seq LIMIT 1')[0]
  }

  nextDueAtMs(): number | null {
    return this.#one('SELECT min(due_at) AS value FROM waiting WHERE due_at IS NOT NULL')
  }

  /** Keys among these behind which further deliveries are held. */
  heldKeys(keys: readonly string[]): ReadonlySet<string> {
    const rows = this.#sql.exec<{ key: string }>(
      'SELECT DISTINCT key FROM waiting WHERE died_at IS NULL AND key IN (SELECT value FROM json_each(?))',
      JSON.stringify(keys),
    )
    return new Set(rows.toArray().map(({ key }) => key))
  }

  /** `blockedSinceMs`: when the oldest delivery has failed first behind which others are held. */
  counts(): { readonly waiting: number; readonly dead: number; readonly blockedSinceMs: number | null } {
    return {
      waiting: this.#one('SELECT count(*) AS value FROM waiting WHERE died_at IS NULL') ?? 0,
      dead: this.#one('SELECT count(*) AS value FROM waiting WHERE died_at IS NOT NULL') ?? 0,
      blockedSinceMs: this.#one(
        `SELECT min(first_failed_at) AS value FROM waiting w WHERE key IS NOT NULL AND died_at IS NULL AND EXISTS (
           SELECT 1 FROM waiting held WHERE held.key = w.key AND held.died_at IS NULL AND held.due_at IS NULL)`,
      ),
    }
  }

  /** Waiting deliveries after a sequence number, without those that are held. */
  list(after: number, limit: number): (Waiting & { readonly blocked: number })[] {
    return this.#read('due_at IS NOT NULL AND seq > ? ORDER BY seq LIMIT ?', after, limit).map((one) => ({
      ...one,
      blocked:
        one.key === null
          ? 0
          : (this.#one(
              'SELECT count(*) AS value FROM waiting WHERE key = ? AND died_at IS NULL AND due_at IS NULL',
              one.key,
            ) ?? 0),
    }))
  }

  find(id: string): Waiting | undefined {
    return this.#read('id = ? AND died_at IS NULL AND due_at IS NOT NULL LIMIT 1', id)[0]
  }

  deadLetters(after: number, limit: number): DeadLetter[] {
    return this.#dead('died_at IS NOT NULL AND seq > ? ORDER BY seq LIMIT ?', after, limit)
  }

  /** Makes waiting deliveries due. @returns how many */
  retryNow(ids: readonly string[] | null, nowMs: number): number {
    const list = ids === null ? null : JSON.stringify(ids)
    return this.#sql
      .exec(
        `UPDATE waiting SET due_at = ?1 WHERE due_at > ?1 AND (?2 IS NULL OR id IN (SELECT value FROM json_each(?2))) RETURNING 1`,
        nowMs,
        list,
      )
      .toArray().length
  }

  /** Dead letters go back, with all their tries. @returns how many there are */
  redrive({ ids, sinceMs, untilMs }: RedriveFilter, nowMs: number, isPlan: boolean): number {
    const where = `died_at IS NOT NULL AND died_at >= ?1 AND died_at < ?2 AND (?3 IS NULL OR id IN (SELECT value FROM json_each(?3)))`
    const bound = [sinceMs, untilMs, ids === null ? null : JSON.stringify(ids)] as const
    const count = this.#one(`SELECT count(*) AS value FROM waiting WHERE ${where}`, ...bound) ?? 0
    if (!isPlan && count > 0) {
      this.#sql.exec(
        `UPDATE waiting SET tries = 0, first_failed_at = NULL, died_at = NULL, error = NULL, status = NULL, due_at = ?4
         WHERE ${where}`,
        ...bound,
        nowMs,
      )
      this.#holdBack()
    }
    return count
  }

  /** Of each key only the earliest is due. */
  #holdBack(): void {
    this.#sql.exec(
      `UPDATE waiting SET due_at = NULL WHERE due_at IS NOT NULL AND key IS NOT NULL AND seq > (
         SELECT min(earlier.seq) FROM waiting earlier WHERE earlier.key = waiting.key AND earlier.died_at IS NULL)`,
    )
  }

  #read(where: string, ...bound: SqlStorageValue[]): Waiting[] {
    return this.#sql
      .exec<Row>(`SELECT * FROM waiting WHERE ${where}`, ...bound)
      .toArray()
      .map(waitingOf)
  }

  #dead(where: string, ...bound: SqlStorageValue[]): DeadLetter[] {
    const rows = this.#sql.exec<Row>(`SELECT * FROM waiting WHERE ${where}`, ...bound).toArray()
    return rows.map((row) => ({ ...waitingOf(row), diedAtMs: row.died_at ?? 0 }))
  }

  #one(query: string, ...bound: SqlStorageValue[]): number | null {
    return this.#sql.exec<{ value: number | null }>(query, ...bound).one().value
  }
}

export interface RedriveFilter {
  /** Null for all. */
  readonly ids: readonly string[] | null
  /** Of the time when it died. */
  readonly sinceMs: number
  readonly untilMs: number
}

const refsJson = (references: readonly EventReference[]): string =>
  JSON.stringify(references.map(({ segment, index }) => [segment, index]))

const waitingOf = (row: Row): Waiting => ({
  seq: row.seq,
  id: row.id,
  references: (JSON.parse(row.refs) as [number, number][]).map(([segment, index]) => ({ segment, index })),
  key: row.key,
  tries: row.tries,
  firstFailedAtMs: row.first_failed_at,
  dueAtMs: row.due_at,
  error: row.error,
  status: row.status,
})
