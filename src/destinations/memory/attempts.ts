/**
 * The log of attempts: at most the latest 10,000, of the last seven days. Attempts are stored in bundles, sealed, since an answer may quote an
 * address. The bundle that is not full is part of the destination's state, so an attempt adds no row of its own.
 */
import { textOf, utf8 } from '../../platform/bytes.ts'
import type { Forgotten } from '../../platform/forgotten.ts'
import { SealBroken, type Sealer } from '../../platform/seal.ts'
import { toInstant } from '../../platform/time.ts'
import type { Attempt } from '../../api/destinations.ts'
import type { Sent } from '../send/send.ts'
import { type TableStorage, makeTables } from '../../platform/table-steps.ts'

/** A batch can have 1,000. */
const EVENT_IDS_MAX = 20

export const ATTEMPTS_A_ROW = 64
const KEPT_ROWS = Math.ceil(10_000 / ATTEMPTS_A_ROW)
const KEPT_MS = 7 * 86_400_000

export const attemptOf = (
  delivery: { readonly id: string; readonly kind: Attempt['kind']; readonly eventIds: readonly string[] },
  { atMs, status, milliseconds, error, response }: Sent,
  tries: number,
  outcome: Attempt['outcome'],
): Attempt => ({
  id: delivery.id,
  at: toInstant(atMs),
  kind: delivery.kind,
  event_ids: delivery.eventIds.slice(0, EVENT_IDS_MAX),
  events: delivery.eventIds.length,
  try: tries,
  status,
  milliseconds,
  error,
  response,
  outcome,
})

const TABLE_STEPS = [
  `CREATE TABLE attempts (
    bundle INTEGER PRIMARY KEY,
    until_at INTEGER NOT NULL,      -- time of the last one
    sealed BLOB NOT NULL            -- JSON of the attempts
  )`,
]

export class AttemptLog {
  readonly #sql: SqlStorage
  readonly #sealer: Sealer

  constructor(storage: TableStorage, sealer: Sealer) {
    this.#sql = storage.sql
    this.#sealer = sealer
    makeTables(storage, 'attempts', TABLE_STEPS)
  }

  seal(entries: readonly Attempt[]): Promise<Uint8Array> {
    return this.#sealer.seal(utf8(JSON.stringify(entries)), ASSOCIATED_DATA)
  }

  /**
   * Empty if it does not open, for instance after its master key was removed: a log that is lost is no reason to deliver
   * nothing.
   */
  async open(sealed: Uint8Array): Promise<Attempt[]> {
    try {
      return JSON.parse(textOf(await this.#sealer.open(sealed, ASSOCIATED_DATA)) ?? '[]') as Attempt[]
    } catch (cause) {
      if (cause instanceof SealBroken) return []
      throw cause
    }
  }

  /** Adds a full bundle and forgets the oldest. @param until when its last attempt was */
  add(sealed: Uint8Array, until: string): void {
    const untilMs = Date.parse(until)
    const { bundle } = this.#sql
      .exec<{ bundle: number }>(
        'INSERT INTO attempts (until_at, sealed) VALUES (?, ?) RETURNING bundle',
        untilMs,
        sealed,
      )
      .one()
    this.#sql.exec(
      'DELETE FROM attempts WHERE bundle <= ? OR (bundle < ? AND until_at < ?)',
      bundle - KEPT_ROWS,
      bundle,
      untilMs - KEPT_MS,
    )
  }

  /** Removes attempts of before a time, also those in a bundle with newer ones. @param plan only counts them */
  async forget(beforeMs: number, plan: boolean): Promise<Forgotten> {
    const { bundles } = this.#sql
      .exec<{ bundles: number }>('SELECT count(*) AS bundles FROM attempts WHERE until_at < ?', beforeMs)
      .one()
    if (!plan) this.#sql.exec('DELETE FROM attempts WHERE until_at < ?', beforeMs)
    const [mixed] = this.#sql
      .exec<{ bundle: number; sealed: ArrayBuffer }>(
        'SELECT bundle, sealed FROM attempts WHERE until_at >= ? ORDER BY bundle LIMIT 1',
        beforeMs,
      )
      .toArray()
    const entries = mixed === undefined ? [] : await this.open(new Uint8Array(mixed.sealed))
    const kept = entries.filter(({ at }) => Date.parse(at) >= beforeMs)
    if (mixed !== undefined && !plan && kept.length < entries.length)
      this.#sql.exec('UPDATE attempts SET sealed = ? WHERE bundle = ?', await this.seal(kept), mixed.bundle)
    const [first] = this.#sql
      .exec<{ until_at: number }>('SELECT until_at FROM attempts ORDER BY bundle LIMIT 1')
      .toArray()
    const keptMs = kept[0] === undefined ? null : Date.parse(kept[0].at)
    return {
      count: bundles * ATTEMPTS_A_ROW + entries.length - kept.length,
      isMore: false,
      oldestMs: plan && bundles > 0 ? (first?.until_at ?? null) : (keptMs ?? first?.until_at ?? null),
    }
  }

  /** Bundles before a number, newest first. */
  before(bundle: number, limit: number): { readonly bundle: number; readonly sealed: Uint8Array }[] {
    return this.#sql
      .exec<{ bundle: number; sealed: ArrayBuffer }>(
        'SELECT bundle, sealed FROM attempts WHERE bundle < ? ORDER BY bundle DESC LIMIT ?',
        bundle,
        limit,
      )
      .toArray()
      .map((row) => ({ bundle: row.bundle, sealed: new Uint8Array(row.sealed) }))
  }
}

const ASSOCIATED_DATA = 'attempts'
