/** The state of the store: missing migrations, its size, and how much is retried, dead-lettered or in quarantine. */
import { type ArchiveBacklog, archiveBacklog, removalOfOld } from './archive-backlog.ts'
import { type RetryGroup, retryGroups } from './retrying.ts'
import { type Growth, growthOf, storeSize } from './size.ts'
import type { Store } from './store.ts'
import { MIGRATIONS } from './tables.ts'

/** Counting stops here, so that it never reads a whole table. */
export const COUNTED_MAX = 1_000

export interface StoreState {
  /** Migrations that the database lacks. */
  readonly missing: readonly string[]
  /** At most {@link COUNTED_MAX}. */
  readonly deadLetters: number
  readonly quarantined: number
  /** Largest first; of at most {@link COUNTED_MAX} messages. */
  readonly retrying: readonly RetryGroup[]
  /** Null without its tables. */
  readonly growth: Growth | null
  /** Null without an archive, too. */
  readonly archive: ArchiveBacklog | null
}

export interface KeptFor {
  /** Whether there is an archive. */
  readonly archives: boolean
  /** How long retention keeps events; null without end. */
  readonly eventDays: number | null
}

/** @throws when the database does not answer */
export async function storeState(
  { db }: Pick<Store, 'db'>,
  { archives, eventDays }: KeptFor,
  nowMs: number,
): Promise<StoreState> {
  const missing = await missingMigrations(db)
  // Without its tables there is nothing to count.
  if (missing.length > 0)
    return { missing, deadLetters: 0, quarantined: 0, retrying: [], growth: null, archive: null }
  const counted = ['dead_letters', 'quarantine'].map((table) =>
    db.prepare(`SELECT count(*) AS count FROM (SELECT 1 FROM ${table} LIMIT ${COUNTED_MAX})`),
  )
  const [[dead, kept], retrying, size, archive] = await Promise.all([
    db.batch<{ count: number }>(counted),
    retryGroups(db, nowMs, COUNTED_MAX),
    storeSize(db, nowMs),
    archives ? archiveBacklog(db) : null,
  ])
  return {
    missing,
    deadLetters: dead?.results[0]?.count ?? 0,
    quarantined: kept?.results[0]?.count ?? 0,
    retrying,
    growth: growthOf(size, removalOfOld(archive, eventDays, nowMs), nowMs),
    archive,
  }
}

/** Wrangler records in this table what it has applied. */
async function missingMigrations(db: D1Database): Promise<string[]> {
  const table = db.prepare(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'd1_migrations'`)
  if ((await table.first()) === null) return [...MIGRATIONS]
  const { results } = await db.prepare('SELECT name FROM d1_migrations').all<{ name: string }>()
  const applied = new Set(results.map(({ name }) => name))
  return MIGRATIONS.filter((name) => !applied.has(name))
}
