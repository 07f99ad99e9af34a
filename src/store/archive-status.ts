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

/** Keys of one statement. */
const KEYS = 1_000

/** Of those that seemed to be missing, the ones that were not merged meanwhile. */
const STILL_MISSING = `SELECT value AS key FROM json_each(?1) j
  WHERE EXISTS (SELECT 1 FROM archive_files WHERE state = 'written' AND key = j.value)`

/** Of those that seemed to be unknown, the ones that are not being written, nor replaced and to be deleted. */
const STILL_UNKNOWN = `SELECT value AS key FROM json_each(?1) j WHERE NOT EXISTS (
  SELECT 1 FROM archive_files WHERE key = j.value
    OR (state = 'claimed' AND j.value = '${ARCHIVE_FOLDER}dt=' || dt || '/' || first_segment || '-' || last_segment || '.parquet'))`

/** Compares the table with the listing of the bucket. Both are walked in the order of their keys, so neither is held in memory. */
export async function compareArchive(
  { db }: Pick<Store, 'db'>,
  bucket: Pick<R2Bucket, 'list'>,
): Promise<ArchiveDifferences> {
  const expected = inPages((after) =>
    db
      .prepare(
        `SELECT key FROM archive_files WHERE state = 'written' AND key > ?1 ORDER BY key LIMIT ${KEYS}`,
      )
      .bind(after)
      .all<{ key: string }>()
      .then(({ results }) => results.map(({ key }) => key)),
  )
  const found = inPages((startAfter) =>
    bucket
      .list({ prefix: ARCHIVE_FOLDER, ...(startAfter === '' ? {} : { startAfter }) })
      .then(({ objects }) => objects.map(({ key }) => key)),
  )
  const missing: string[] = []
  const unknown: string[] = []
  let [wanted, there] = [await expected.next(), await found.next()]
  while (
    (!wanted.done || !there.done) &&
    missing.length < DIFFERENCES_MAX &&
    unknown.length < DIFFERENCES_MAX
  ) {
    if (there.done || (!wanted.done && wanted.value < there.value)) {
      missing.push(wanted.value ?? '')
      wanted = await expected.next()
    } else {
      if (wanted.done || there.value < wanted.value) unknown.push(there.value)
      else wanted = await expected.next()
      there = await found.next()
    }
  }
  const still = async (statement: string, keys: readonly string[]) => {
    const { results } = await db.prepare(statement).bind(JSON.stringify(keys)).all<{ key: string }>()
    return results.map(({ key }) => key)
  }
  return { missing: await still(STILL_MISSING, missing), unknown: await still(STILL_UNKNOWN, unknown) }
}

/** All keys, a page at a time. Both sides order them by their bytes, which are ASCII. */
async function* inPages(
  read: (after: string) => Promise<readonly string[]>,
): AsyncGenerator<string, undefined> {
  let after = ''
  for (;;) {
    const keys = await read(after)
    yield* keys
    const last = keys.at(-1)
    if (last === undefined) return
    after = last
  }
}
