/**
 * Keeps refused deliveries of sources whose operator asked for it. The number and size of what is kept are bounded, and all of it is
 * deleted an hour after the capture began.
 */
import {
  CAPTURE_MAX_BYTES,
  CAPTURE_MAX_DELIVERIES,
  CAPTURE_MAX_SECONDS,
  type CaptureWindow,
} from '../event/captured.ts'
import { type TableStorage, makeTables } from '../platform/table-steps.ts'

/** Of all sources together. */
const ALL_MAX_BYTES = 100 * 1_048_576

/** Facts about a captured delivery that are known without opening it. */
export interface CapturedEntry {
  readonly requestId: string
  readonly atMs: number
  readonly provider: string
  /** Why it was refused. */
  readonly code: string
  /** Size of the body. */
  readonly bytes: number
}

/** A delivery to keep. */
export interface CapturedDelivery extends CapturedEntry {
  readonly source: string
  /** The capture that it belongs to. */
  readonly startedAtMs: number
  readonly sealed: Uint8Array
}

/** A capture and what it has kept. */
export interface CaptureView extends CaptureWindow {
  /** Whether there is room for more. */
  readonly full: boolean
  /** Oldest first. */
  readonly captured: readonly CapturedEntry[]
}

export interface CapturesApi {
  /** Begins a capture. What an earlier one of the source has kept is deleted. */
  beginCapture(source: string, window: CaptureWindow): Promise<void>
  /** Deletes the capture and all that it has kept. */
  endCapture(source: string): Promise<void>
  /** Null if nothing was captured in the last hour. */
  viewCapture(source: string, atMs: number): Promise<CaptureView | null>
  readCaptured(
    source: string,
    requestId: string,
    atMs: number,
  ): Promise<(CapturedEntry & { readonly sealed: Uint8Array }) | null>
  /** For the gateway. @returns whether the capture has room for more */
  capture(delivery: CapturedDelivery): Promise<boolean>
}

type Row = { request_id: string; at: number; provider: string; code: string; bytes: number }

const TABLE_STEPS = [
  `CREATE TABLE captures (
    source TEXT PRIMARY KEY,
    started_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    delete_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE captured (
    source TEXT NOT NULL,
    request_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    provider TEXT NOT NULL,
    code TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    UNIQUE (source, request_id)
  )`,
]

export class Captures {
  readonly #sql: SqlStorage

  constructor(storage: TableStorage) {
    this.#sql = storage.sql
    makeTables(storage, 'captures', TABLE_STEPS)
  }

  begin(source: string, { startedAtMs, endsAtMs }: CaptureWindow): void {
    this.end(source)
    this.#sql.exec(
      'INSERT INTO captures (source, started_at, ends_at, delete_at) VALUES (?, ?, ?, ?)',
      source,
      startedAtMs,
      endsAtMs,
      startedAtMs + CAPTURE_MAX_SECONDS * 1_000,
    )
  }

  end(source: string): void {
    this.#sql.exec('DELETE FROM captured WHERE source = ?', source)
    this.#sql.exec('DELETE FROM captures WHERE source = ?', source)
  }

  /** Keeps the delivery if its capture runs and has room. @returns whether there is room for more */
  keep(delivery: CapturedDelivery): boolean {
    const { source, startedAtMs, requestId, atMs, provider, code, bytes, sealed } = delivery
    const window = this.#windowAt(source, atMs)
    if (window === undefined || window.startedAtMs !== startedAtMs || atMs >= window.endsAtMs) return false
    if (!this.#hasRoom(source, sealed.byteLength)) return false
    this.#sql.exec(
      `INSERT OR IGNORE INTO captured (source, request_id, at, provider, code, bytes, sealed)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      source,
      requestId,
      atMs,
      provider,
      code,
      bytes,
      sealed,
    )
    return this.#hasRoom(source, 0)
  }

  view(source: string, atMs: number): CaptureView | null {
    const window = this.#windowAt(source, atMs)
    if (window === undefined) return null
    const rows = this.#sql.exec<Row>(
      'SELECT request_id, at, provider, code, bytes FROM captured WHERE source = ? ORDER BY at, request_id',
      source,
    )
    return { ...window, full: !this.#hasRoom(source, 0), captured: rows.toArray().map(entryOf) }
  }

  read(source: string, requestId: string, atMs: number) {
    if (this.#windowAt(source, atMs) === undefined) return null
    const [row] = this.#sql
      .exec<Row & { sealed: ArrayBuffer }>(
        'SELECT * FROM captured WHERE source = ? AND request_id = ?',
        source,
        requestId,
      )
      .toArray()
    return row === undefined ? null : { ...entryOf(row), sealed: new Uint8Array(row.sealed) }
  }

  /** Deletes what is over. */
  deleteExpired(nowMs: number): void {
    const over = this.#sql
      .exec<{ source: string }>('SELECT source FROM captures WHERE delete_at <= ?', nowMs)
      .toArray()
    for (const { source } of over) this.end(source)
  }

  /** When something is to be deleted next; null if nothing is kept. */
  nextDeletionMs(): number | null {
    return this.#sql.exec<{ next: number | null }>('SELECT min(delete_at) AS next FROM captures').one().next
  }

  #windowAt(source: string, atMs: number): CaptureWindow | undefined {
    const [row] = this.#sql
      .exec<{ started_at: number; ends_at: number }>(
        'SELECT started_at, ends_at FROM captures WHERE source = ? AND delete_at > ?',
        source,
        atMs,
      )
      .toArray()
    return row === undefined ? undefined : { startedAtMs: row.started_at, endsAtMs: row.ends_at }
  }

  #hasRoom(source: string, bytes: number): boolean {
    const { count, kept, all } = this.#sql
      .exec<{ count: number; kept: number; all: number }>(
        `SELECT count(*) FILTER (WHERE source = ?1) AS count,
           coalesce(sum(length(sealed)) FILTER (WHERE source = ?1), 0) AS kept,
           coalesce(sum(length(sealed)), 0) AS "all" FROM captured`,
        source,
      )
      .one()
    return count < CAPTURE_MAX_DELIVERIES && kept + bytes <= CAPTURE_MAX_BYTES && all + bytes <= ALL_MAX_BYTES
  }
}

const entryOf = ({ request_id, at, provider, code, bytes }: Row): CapturedEntry => ({
  requestId: request_id,
  atMs: at,
  provider,
  code,
  bytes,
})
