/** Reads for operators: one file of the archive, and what the database still holds. `archive-files.ts` has the rest. */
import { ARCHIVE_FOLDER, type ArchiveFile, archiveKey } from './archive-files.ts'
import type { Store } from './store.ts'

/** A complete file that was not merged into another. */
export const findArchiveFile = async (
  { db }: Pick<Store, 'db'>,
  day: string,
  file: string,
): Promise<Pick<ArchiveFile, 'bytes' | 'sha256'> | null> =>
  db
    .prepare(`SELECT bytes, sha256 FROM archive_files WHERE state = 'written' AND dt = ?1 AND key = ?2`)
    .bind(day, archiveKey(day, file))
    .first()

export interface StoredNow {
  readonly events: number
  /** When the oldest of them was stored; null if there are none. */
  readonly sinceMs: number | null
  /** Of the whole database. */
  readonly bytes: number
}

/** The sum reads an index that has the number of events of each segment. */
const STORED = `SELECT coalesce(sum(events), 0) AS events, (SELECT stored_at FROM segments ORDER BY segment LIMIT 1) AS sinceMs
  FROM segments INDEXED BY segments_by_id`

export async function storedNow({ db }: Pick<Store, 'db'>): Promise<StoredNow> {
  const { results, meta } = await db.prepare(STORED).all<Omit<StoredNow, 'bytes'>>()
  return { events: 0, sinceMs: null, ...results[0], bytes: meta.size_after }
}

/** Keys that differ between the table and the bucket, at most {@link DIFFERENCES_MAX} of each kind. */
export interface ArchiveDifferences {
  readonly missing: readonly string[]
  readonly unknown: readonly string[]
}

const DIFFERENCES_MAX = 1_000

const PAGE_KEYS = 10_000

const KEYS = `SELECT key FROM archive_files WHERE state = 'written' AND key > ?1 ORDER BY key LIMIT ${PAGE_KEYS}`

/** Of those that seemed to be missing, the ones that were not merged meanwhile. */
const STILL_MISSING = `SELECT value AS key FROM json_each(?1) j
  WHERE EXISTS (SELECT 1 FROM archive_files WHERE state = 'written' AND key = j.value)`

/** Keys of no row. A replaced file has its row until its object is deleted. A file that is being written, or was given up, has one with no key. */
const UNKNOWN = `SELECT value AS key FROM json_each(?1) j WHERE NOT EXISTS (
  SELECT 1 FROM archive_files WHERE key = j.value
    OR (key IS NULL AND j.value = '${ARCHIVE_FOLDER}dt=' || dt || '/' || first_segment || '-' || last_segment || '.parquet'))`

/** Compares the table with the listing of the bucket. The table is read first: what it has by then was put before. */
export async function compareArchive(
  { db }: Pick<Store, 'db'>,
  bucket: Pick<R2Bucket, 'list'>,
): Promise<ArchiveDifferences> {
  const keysOf = async (sql: string, bound: string): Promise<readonly string[]> => {
    const { results } = await db.prepare(sql).bind(bound).all<{ key: string }>()
    return results.map(({ key }) => key)
  }
  const missing = new Set<string>()
  for (let keys = await keysOf(KEYS, ''); keys.length > 0; keys = await keysOf(KEYS, keys.at(-1) ?? ''))
    for (const key of keys) missing.add(key)
  const unknown: string[] = []
  for (let page: R2Objects | undefined; page?.truncated !== false;) {
    page = await bucket.list({ prefix: ARCHIVE_FOLDER, ...(page?.truncated ? { cursor: page.cursor } : {}) })
    const listed = page.objects.map(({ key }) => key)
    for (const key of listed) missing.delete(key)
    if (unknown.length < DIFFERENCES_MAX) unknown.push(...(await keysOf(UNKNOWN, JSON.stringify(listed))))
  }
  const first = (keys: Iterable<string>): string[] => [...keys].slice(0, DIFFERENCES_MAX)
  return { missing: await keysOf(STILL_MISSING, JSON.stringify(first(missing))), unknown: first(unknown) }
}
