/**
 * Deliveries that failed and wait for their next try, those that are held behind them, and those that were given up. A row has no content, only
 * where its events are stored: so what is erased or removed from the store is gone here, too.
 */
import { type TableStorage, makeTables } from '../../platform/table-steps.ts'
import {
  COLUMNS,
  type NewWaiting,
  type OrderKey,
  type Row,
  type Waiting,
  refsJson,
  waitingOf,
} from './waiting-row.ts'

const TABLE_STEPS = [
  `CREATE TABLE waiting (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    refs TEXT NOT NULL,             -- JSON: [segment, index] of each event
    key TEXT,
    source TEXT,                    -- null for a batch of several sources
    type TEXT,                      -- null for a batch of several types
    bytes INTEGER NOT NULL,         -- about the size of its events in the store
    tries INTEGER NOT NULL,
    first_failed_at INTEGER,
    due_at INTEGER,                 -- null while it is held, and for dead letters
    scheduled_at INTEGER,           -- set once it was brought forward: when it would have been due
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
   * Adds a delivery. A held one is due at once if no earlier one with its key is waiting: an operator may have skipped that one while
   * the page with both was sent.
   */
  add(
    { id, references, key, source, type, bytes, tries, firstFailedAtMs, dueAtMs, error, status }: NewWaiting,
    nowMs: number,
  ): void {
    this.#sql.exec(
      `INSERT INTO waiting (id, refs, key, source, type, bytes, tries, first_failed_at, due_at, error, status)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      refsJson(references),
      key,
      source,
      type,
      bytes,
      tries,
      firstFailedAtMs,
      dueAtMs,
      error,
      status,
    )
    if (dueAtMs === null) this.#release(key, nowMs)
  }

  /** A try of a waiting delivery has failed. One that an operator has skipped meanwhile stays given up. */
  postpone({ seq, tries, firstFailedAtMs, dueAtMs, scheduledAtMs, error, status }: Waiting): void {
    this.#sql.exec(
      `UPDATE waiting SET tries = ?, first_failed_at = ?, due_at = ?, scheduled_at = ?, error = ?, status = ?
       WHERE seq = ? AND died_at IS NULL`,
      tries,
      firstFailedAtMs,
      dueAtMs,
      scheduledAtMs,
      error,
      status,
      seq,
    )
  }

  /** Removes a delivered row. The next one of its key becomes due. */
  remove({ seq, key }: Pick<Waiting, 'seq' | 'key'>, nowMs: number): void {
    this.#sql.exec('DELETE FROM waiting WHERE seq = ?', seq)
    this.#release(key, nowMs)
  }

  /** Its tries are used up, or an operator has skipped it. The next one of its key is due. */
  exhaust(
    {
      seq,
      key,
      tries,
      firstFailedAtMs,
      error,
      status,
    }: Pick<Waiting, 'seq' | 'key' | 'tries' | 'firstFailedAtMs' | 'error' | 'status'>,
    nowMs: number,
  ): void {
    this.#sql.exec(
      `UPDATE waiting SET tries = ?, first_failed_at = ?, due_at = NULL, scheduled_at = NULL, died_at = ?, error = ?, status = ? WHERE seq = ?`,
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

  /**
   * The keys of a person's deliveries say who they are for, so they go. Their events name nobody any more, and have no order.
   *
   * @param person blind index
   */
  forgetPerson(person: string, nowMs: number): void {
    this.#sql.exec(
      `UPDATE waiting SET key = NULL, due_at = CASE WHEN died_at IS NULL THEN coalesce(due_at, ?1) END
       WHERE key IS NOT NULL AND json_extract(key, '$[2]') = ?2`,
      nowMs,
      person,
    )
  }

  /** Due deliveries, the earliest first: one, and more up to a number and a size. */
  due(nowMs: number, limit: number, maxBytes: number): Waiting[] {
    return this.#read(
      `seq IN (
         SELECT seq FROM (
           SELECT seq, sum(bytes) OVER w - bytes AS ahead FROM (
             SELECT seq, due_at, bytes FROM waiting WHERE due_at <= ?1 ORDER BY due_at, seq LIMIT ?2)
           WINDOW w AS (ORDER BY due_at, seq))
         WHERE ahead = 0 OR ahead + bytes <= ?3)
       ORDER BY due_at, seq`,
      nowMs,
      limit,
      maxBytes,
    )
  }

  /** Any delivery that is not held, due or not. @param random from 0 up to 1 */
  any(random: number): Waiting | undefined {
    const count = this.#one('SELECT count(*) AS value FROM waiting WHERE due_at IS NOT NULL') ?? 0
    return this.#read('due_at IS NOT NULL ORDER BY seq LIMIT 1 OFFSET ?', Math.floor(random * count))[0]
  }

  /** Sources and types of which deliveries have failed and wait. */
  failingKinds(): Pick<Waiting, 'source' | 'type'>[] {
    return this.#sql
      .exec<{ source: string | null; type: string | null }>(
        'SELECT DISTINCT source, type FROM waiting WHERE due_at IS NOT NULL',
      )
      .toArray()
  }

  /** How many deliveries wait of each source. */
  countsBySource(): ReadonlyMap<string, number> {
    const rows = this.#sql.exec<{ source: string; count: number }>(
      `SELECT source, count(*) AS count FROM waiting WHERE died_at IS NULL AND source IS NOT NULL GROUP BY source`,
    )
    return new Map(rows.toArray().map(({ source, count }) => [source, count]))
  }

  /** The endpoint is well again: what would wait for more than a minute is tried now, once before its next counted try. */
  bringForward(nowMs: number): void {
    this.#sql.exec(
      'UPDATE waiting SET scheduled_at = due_at, due_at = ?1 WHERE due_at > ?1 + 60000 AND scheduled_at IS NULL',
      nowMs,
    )
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

  /** Of all, also those that were given up. */
  ids(): string[] {
    return this.#sql
      .exec<{ id: string }>('SELECT id FROM waiting')
      .toArray()
      .map(({ id }) => id)
  }

  waits(seq: number): boolean {
    return this.#read('seq = ? AND died_at IS NULL', seq).length > 0
  }

  givenUp(after: number, limit: number): Waiting[] {
    return this.#read('died_at IS NOT NULL AND seq > ? ORDER BY seq LIMIT ?', after, limit)
  }

  /** Makes waiting deliveries due. @returns how many */
  retryNow(ids: readonly string[] | null, nowMs: number): number {
    const list = ids === null ? null : JSON.stringify(ids)
    return this.#sql
      .exec(
        `UPDATE waiting SET due_at = ?1, scheduled_at = NULL WHERE due_at > ?1 AND (?2 IS NULL OR id IN (SELECT value FROM json_each(?2))) RETURNING 1`,
        nowMs,
        list,
      )
      .toArray().length
  }

  /** Deliveries that were given up go back, with all their tries. @returns how many there are */
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
      .exec<Row>(`SELECT ${COLUMNS} FROM waiting WHERE ${where}`, ...bound)
      .toArray()
      .map(waitingOf)
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
