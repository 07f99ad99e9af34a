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
import { type Erased, type StoredAttempt, forgetIn } from './without-person.ts'
import { type TableStorage, makeTables } from '../../platform/table-steps.ts'

/** A batch can have 1,000. */
const EVENT_IDS_MAX = 20

export const ATTEMPTS_A_ROW = 64
const KEPT_ROWS = Math.ceil(10_000 / ATTEMPTS_A_ROW)
const KEPT_MS = 7 * 86_400_000

export const attemptOf = (
  delivery: Pick<Attempt, 'id' | 'kind'> & {
    readonly eventIds: readonly string[]
    /** Marks of those whose events they are. */
    readonly people: string
  },
  { atMs, status, milliseconds, error, response }: Sent,
  tries: number,
  outcome: Attempt['outcome'],
): StoredAttempt => ({
  id: delivery.id,
  at: toInstant(atMs),
  kind: delivery.kind,
  event_ids: delivery.eventIds.slice(0, EVENT_IDS_MAX),
  events: delivery.eventIds.length,
  try: tries,
  status,
  milliseconds,
  error,
  // The answer may quote the address, which must be deleted.
  response: delivery.kind === 'erasure' ? null : response,
  outcome,
  people: delivery.people,
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

  seal(entries: readonly StoredAttempt[]): Promise<Uint8Array> {
    return this.#sealer.seal(utf8(JSON.stringify(entries)), ASSOCIATED_DATA)
  }

  /**
   * Empty if it does not open, for instance after its master key was removed: a log that is lost is no reason to deliver
   * nothing.
   */
  async open(sealed: Uint8Array): Promise<StoredAttempt[]> {
    try {
      return JSON.parse(textOf(await this.#sealer.open(sealed, ASSOCIATED_DATA)) ?? '[]') as StoredAttempt[]
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

  /** Removes attempts that are older than a time, also those in a bundle with newer ones. @param plan only counts them */
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

  /** Removes what says something of a person. @param plan only counts it @returns the entries as they were */
  async forgetPerson(erased: Erased, plan: boolean): Promise<StoredAttempt[]> {
    const found: StoredAttempt[] = []
    for (let before = Number.MAX_SAFE_INTEGER; ;) {
      const [next] = this.before(before, 1)
      if (next === undefined) return found
      before = next.bundle
      const { kept, gone } = await forgetIn(await this.open(next.sealed), erased)
      found.push(...gone)
      if (plan || gone.length === 0) continue
      if (kept.length === 0) this.#sql.exec('DELETE FROM attempts WHERE bundle = ?', next.bundle)
      else
        this.#sql.exec('UPDATE attempts SET sealed = ? WHERE bundle = ?', await this.seal(kept), next.bundle)
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
