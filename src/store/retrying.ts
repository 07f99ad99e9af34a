/** Queue messages that failed and are being retried. The queue counts none of them as waiting until their time has come. */
import type { Envelope } from '../event/envelope.ts'
import { type DeadReason, letterId } from './dead-letters.ts'
import type { Store } from './store.ts'

/** A message that was put back. */
export interface Retried {
  readonly messageId: string
  readonly envelope: Envelope | undefined
  readonly reason: DeadReason
  readonly fault?: string | undefined
  readonly attempts: number
  readonly nextAtMs: number
}

/** Messages that are retried for the same reason. */
export interface RetryGroup {
  /** Null if the messages are not envelopes. */
  readonly source: string | null
  readonly reason: DeadReason
  /** Class name of the error; null if there was none. */
  readonly fault: string | null
  readonly messages: number
  /** First failure of the oldest. */
  readonly sinceMs: number
}

/** As long as a queue keeps a message: a row that is older belongs to none. */
const LOST_AFTER_MS = 14 * 24 * 3_600_000

/**
 * Stores the messages to retry and deletes those that are done. One transaction for a batch; writes nothing if both lists are empty.
 *
 * @param settled messages that were retried before, and no longer are
 */
export async function noteRetries(
  { db }: Store,
  retried: readonly Retried[],
  settled: readonly Pick<Retried, 'messageId' | 'envelope'>[],
  nowMs: number,
): Promise<void> {
  const statements = []
  if (settled.length > 0)
    statements.push(
      db
        .prepare('DELETE FROM retrying WHERE id IN (SELECT value FROM json_each(?1))')
        .bind(JSON.stringify(settled.map(letterId))),
    )
  if (retried.length > 0)
    statements.push(
      db
        .prepare(
          `INSERT INTO retrying (id, source, reason, fault, attempts, since, next_at)
           SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, ?2, value ->> 5
           FROM json_each(?1) WHERE true
           ON CONFLICT (id) DO UPDATE SET reason = excluded.reason, fault = excluded.fault,
             attempts = excluded.attempts, next_at = excluded.next_at`,
        )
        .bind(JSON.stringify(retried.map(rowOf)), nowMs),
    )
  if (statements.length > 0) await db.batch(statements)
}

const rowOf = ({ reason, fault, attempts, nextAtMs, ...message }: Retried) => [
  letterId(message),
  message.envelope?.source ?? null,
  reason,
  fault ?? null,
  attempts,
  nextAtMs,
]

/** Largest first. @param limit of messages that are counted */
export async function retryGroups(db: D1Database, nowMs: number, limit: number): Promise<RetryGroup[]> {
  const { results } = await db
    .prepare(
      `SELECT source, reason, fault, count(*) AS messages, min(since) AS sinceMs
       FROM (SELECT * FROM retrying WHERE next_at > ?1 LIMIT ?2)
       GROUP BY source, reason, fault ORDER BY messages DESC, sinceMs LIMIT 20`,
    )
    .bind(nowMs - LOST_AFTER_MS, limit)
    .all<RetryGroup>()
  return results
}

/** Deletes rows of messages that the queue has lost. @returns how many */
export async function forgetLostRetries({ db }: Store, nowMs: number): Promise<number> {
  const { meta } = await db
    .prepare('DELETE FROM retrying WHERE next_at <= ?1')
    .bind(nowMs - LOST_AFTER_MS)
    .run()
  return meta.changes
}
