/**
 * The database for whoever cannot come back later, as a queue message does: no call takes longer than a bound, and what D1 fails for a
 * moment is tried again where that is safe. D1 stalls for 30 to 80 s at times, with all queries (ColeMurray/background-agents#561, 2026),
 * and healthy databases end calls every few hours (cloudflare/cloudflare-docs#18485, 2024).
 */
import { doubled, jittered } from '../platform/back-off.ts'
import { CallTimeout, inTime } from '../platform/in-time.ts'
import type { Log } from '../platform/log.ts'
import { batchedDb, innerOf, sqlOf } from './batched-db.ts'

export interface Bounds {
  /** How long a call may take, with all its tries. */
  readonly maxMs: number
  readonly pause: (ms: number) => Promise<void>
  /** From 0 up to 1, for jitter. */
  readonly random: () => number
  readonly log: Log
}

/** The store did not answer, or ended the call. Whether a change was made is unknown. */
export class StoreUnanswered extends Error {
  constructor(name: 'StoreTimeout' | 'StoreReset' | 'StoreOverloaded', options?: ErrorOptions) {
    super('the store did not answer', options)
    this.name = name
  }
}

/** The errors to retry. @see https://developers.cloudflare.com/d1/best-practices/retry-queries/ of 2026-08-10 */
const RESET = /Network connection lost|storage caused object to be reset|reset because its code was updated/i
/** Errors that another try makes worse. @see https://developers.cloudflare.com/d1/observability/debug-d1/ read 2026-11-25 */
const OVERLOADED =
  /D1 DB is overloaded|exceeded its (?:CPU time|memory) limit|storage operation exceeded timeout/i

const TRIES_MAX = 3
const WAIT_MS = 100
const WAIT_MAX_MS = 1_000

/**
 * Whether doing it twice is as doing it once, for its result as well. D1 retries reads by itself, twice (changelog of 2025-09-11), and
 * says so in `meta.total_attempts`; that it does so in a batch is not known. A CTE that writes is no read.
 */
export const isRepeatable = (sql: string): boolean =>
  /^\s*(?:SELECT|EXPLAIN)\b/i.test(sql) ||
  (/^\s*WITH\b/i.test(sql) && !/\b(?:INSERT|UPDATE|DELETE|REPLACE)\b/i.test(sql)) ||
  /^\s*INSERT\b.*\bDO NOTHING\s*$/is.test(sql)

/** Only what {@link batchedDb} has. @throws {StoreUnanswered} */
export function boundedDb(db: D1Database, { maxMs, pause, random, log }: Bounds): D1Database {
  async function tried<T>(statements: readonly D1PreparedStatement[]): Promise<D1Result<T>[]> {
    const mayRepeat = statements.every((statement) => isRepeatable(sqlOf(statement)))
    for (let tries = 1; ; tries++) {
      try {
        const results = await db.batch<T>(statements.map(innerOf))
        const attempts = Math.max(tries, ...results.map(({ meta }) => meta.total_attempts ?? 1))
        if (attempts > 1) log({ event: 'store_retried', attempts })
        return results
      } catch (cause) {
        const message = cause instanceof Error ? cause.message : ''
        if (OVERLOADED.test(message)) throw new StoreUnanswered('StoreOverloaded', { cause })
        if (!RESET.test(message)) throw cause
        if (!mayRepeat || tries === TRIES_MAX) throw new StoreUnanswered('StoreReset', { cause })
      }
      await pause(jittered(doubled(WAIT_MS, WAIT_MAX_MS, tries), random()))
    }
  }
  return batchedDb(db, (statements) =>
    inTime(tried<never>(statements), maxMs).catch((cause: unknown) => {
      throw cause instanceof CallTimeout ? new StoreUnanswered('StoreTimeout') : cause
    }),
  )
}

/**
 * The database for whoever asks it several times for one answer: all calls end within a time that begins with the first.
 *
 * @throws {StoreUnanswered}
 */
export function boundedTogether(db: D1Database, maxMs: number): D1Database {
  let late: Promise<never> | undefined
  return batchedDb(db, (statements) => {
    late ??= new Promise((_, reject) => {
      setTimeout(() => reject(new StoreUnanswered('StoreTimeout')), maxMs)
    })
    return Promise.race([db.batch<never>(statements.map(innerOf)), late])
  })
}
