/** Suppressions of erased people: a keyed hash with reason, scope and times. Nothing else is known of these people. */
import type { StoredReason } from './suppression-reasons.ts'
import type { Store } from './store.ts'

export interface KeptSuppression {
  /** Blind index, 32 hex digits. */
  readonly person: string
  readonly reason: StoredReason
  /** Null if it is lifted. */
  readonly sinceMs: number | null
  readonly asOfMs: number | null
  /** Null for never. */
  readonly liftedAtMs: number | null
  readonly source: string | null
  /** Null for never; absent in a backup of before 0.4. */
  readonly expiresAtMs?: number | null
}

const READ = `
  SELECT lower(hex(recipient)) AS person, reason, iif(active, since, NULL) AS sinceMs, iif(active, as_of, NULL) AS asOfMs,
    nullif(lifted_at, 0) AS liftedAtMs, iif(active, source, NULL) AS source,
    iif(active, expires_at, NULL) AS expiresAtMs
  FROM suppressions s
  WHERE (recipient, reason) > (unhex(?1), ?2) AND (active OR lifted_at > 0)
    AND NOT EXISTS (SELECT 1 FROM recipients r WHERE r.recipient = s.recipient)
  ORDER BY recipient, reason LIMIT ?3`

/** A page after one of them, lifted ones as well. */
export async function keptSuppressions(
  { db }: Pick<Store, 'db'>,
  after: Pick<KeptSuppression, 'person' | 'reason'> | undefined,
  limit: number,
): Promise<KeptSuppression[]> {
  const statement = db.prepare(READ).bind(after?.person ?? '', after?.reason ?? '', limit)
  return (await statement.all<KeptSuppression & Record<string, unknown>>()).results
}
