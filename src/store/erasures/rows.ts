/**
 * The rows under a person's own index: her key, suppressions, evidence and verdicts about her address. They go in one transaction, before everything else: from then
 * on nothing opens that was sealed under her key.
 */
import type { Erasure } from './erasure.ts'

/**
 * Erasures that this database has not begun. Where a row says that one has, her old key is destroyed, and a key that is there
 * now belongs to events that came later.
 */
const FRESH = `
  WITH fresh (person, number, erased_at, keeps) AS MATERIALIZED (
    SELECT unhex(j.value ->> 0), j.value ->> 1, j.value ->> 2, j.value ->> 3 FROM json_each(?1) j WHERE NOT EXISTS (
      SELECT 1 FROM erasures x WHERE x.person = unhex(j.value ->> 0) AND x.number >= j.value ->> 1))`

const OF_FRESH = 'recipient IN (SELECT person FROM fresh)'

const DESTROY: readonly string[] = [
  `${FRESH} DELETE FROM recipients WHERE ${OF_FRESH}`,
  `${FRESH} DELETE FROM evidence WHERE ${OF_FRESH}`,
  `${FRESH} DELETE FROM resubscribed WHERE ${OF_FRESH}`,
  `${FRESH} DELETE FROM address_verdicts WHERE ${OF_FRESH}`,
  `${FRESH} DELETE FROM address_job_rows WHERE ${OF_FRESH}`,
  `${FRESH} DELETE FROM suppressions WHERE recipient IN (SELECT person FROM fresh WHERE NOT keeps)`,
  `${FRESH} UPDATE suppressions SET event_id = NULL, native_type = NULL, sealed = NULL, note = NULL, lifted_by = NULL
   WHERE ${OF_FRESH}`,
  `INSERT INTO erasures (person, number, erased_at, keeps_suppression)
   ${FRESH} SELECT person, number, erased_at, keeps FROM fresh WHERE true
   ON CONFLICT (person) DO UPDATE SET number = excluded.number, keeps_suppression = excluded.keeps_suppression,
     erased_at = max(erased_at, excluded.erased_at)
   WHERE excluded.number > number`,
]

const jsonOf = (erasures: readonly Erasure[]): string =>
  JSON.stringify(
    erasures.map(({ person, number, erasedAtMs, keepsSuppression }) => [
      person,
      number,
      erasedAtMs,
      keepsSuppression ? 1 : 0,
    ]),
  )

/** One transaction. It changes nothing for erasures that have begun. */
export async function destroyKeys(db: D1Database, erasures: readonly Erasure[]): Promise<void> {
  const json = jsonOf(erasures)
  await db.batch(DESTROY.map((sql) => db.prepare(sql).bind(json)))
}

/** A statement that fails its transaction unless all of these erasures have begun. */
export const failIfNotBegun = (db: D1Database, erasures: readonly Erasure[]): D1PreparedStatement =>
  db.prepare(`${FRESH} SELECT json('an erasure has not begun: ' || number) FROM fresh`).bind(jsonOf(erasures))
