/** Rows that a crash has left behind, and whether something is still needed. Each step may be repeated. */
import type { Store } from './store.ts'

type Db = Pick<Store, 'db'>

/** Removes bodies in quarantine that have no entry, and that nobody has written for a time. @returns how many rows */
export async function removeLostParts({ db }: Db, beforeMs: number, limit: number): Promise<number> {
  const { meta } = await db
    .prepare(
      `DELETE FROM quarantine_parts WHERE (id, part) IN (
         SELECT id, part FROM quarantine_parts p
         WHERE stored_at < ?1 AND NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.id = p.id) LIMIT ?2)`,
    )
    .bind(beforeMs, limit)
    .run()
  return meta.changes
}

/**
 * Removes marks of large deliveries whose messages no queue has any more. If a dead letter still has the message, its mark stays: an
 * operator may put the message back into the queue.
 *
 * @returns how many
 */
export async function removeOldMarks({ db }: Db, beforeMs: number, limit: number): Promise<number> {
  const { meta } = await db
    .prepare(
      `DELETE FROM large_deliveries WHERE key IN (
         SELECT key FROM large_deliveries l WHERE stored_at < ?1
           AND NOT EXISTS (SELECT 1 FROM dead_letters d WHERE d.id = replace(l.key, '/', '.')) LIMIT ?2)`,
    )
    .bind(beforeMs, limit)
    .run()
  return meta.changes
}

/** Filters out objects that a dead letter names. */
export async function unnamedObjects({ db }: Db, objects: readonly string[]): Promise<string[]> {
  const { results } = await db
    .prepare(
      `SELECT value AS object FROM json_each(?1) WHERE value NOT IN (
         SELECT envelope ->> '$.object' FROM dead_letters WHERE envelope ->> '$.kind' = 'stored')`,
    )
    .bind(JSON.stringify(objects))
    .all<{ object: string }>()
  return results.map(({ object }) => object)
}
