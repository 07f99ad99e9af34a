/** Where the store names a person, and how often. It changes nothing. */
import type { ErasureDeps } from './erasure.ts'
import { STORE_PLACES } from './places/index.ts'
import type { Counted } from './places/place.ts'

const HELD = 'coalesce(sum(source IN (SELECT value FROM json_each(?2))), 0) AS held'

/** Rows under her own index. A lifted suppression counts, too. */
const ROWS: Readonly<Record<string, string>> = {
  key: `SELECT count(*) AS count, NULL AS firstMs, NULL AS lastMs, 0 * length(?2) AS held FROM recipients
    WHERE recipient = unhex(?1)`,
  suppressions: `SELECT count(*) AS count, min(coalesce(since, lifted_at)) AS firstMs,
      max(coalesce(as_of, lifted_at)) AS lastMs, ${HELD} FROM suppressions WHERE recipient = unhex(?1)`,
  evidence: `SELECT count(*) AS count, min(at_ms) AS firstMs, max(at_ms) AS lastMs, ${HELD} FROM (
    SELECT source, occurred_at AS at_ms FROM evidence WHERE recipient = unhex(?1)
    UNION ALL SELECT source, lifted_at FROM resubscribed WHERE recipient = unhex(?1))`,
  address_checks: `SELECT count(*) AS count, min(at_ms) AS firstMs, max(at_ms) AS lastMs, 0 * length(?2) AS held FROM (
    SELECT checked_at AS at_ms FROM address_verdicts WHERE recipient = unhex(?1) AND sealed IS NOT NULL
    UNION ALL SELECT created_at FROM address_job_rows JOIN address_jobs USING (id) WHERE recipient = unhex(?1))`,
}

/** By place: `key`, `suppressions`, `evidence`, `address_checks`, and those of `STORE_PLACES`. @param person blind index, 32 hex digits @param held sources that a hold keeps */
export async function countInStore(
  deps: ErasureDeps,
  person: string,
  held: readonly string[] = [],
): Promise<Readonly<Record<string, Counted>>> {
  const { db } = deps.store
  const rows = await db.batch<Counted>(
    Object.values(ROWS).map((sql) => db.prepare(sql).bind(person, JSON.stringify(held))),
  )
  const counts: [string, Counted][] = Object.keys(ROWS).flatMap((name, i) =>
    (rows[i]?.results ?? []).map((counted): [string, Counted] => [name, counted]),
  )
  for (const { name, count } of STORE_PLACES) counts.push([name, await count(deps, person, held)])
  return Object.fromEntries(counts)
}
