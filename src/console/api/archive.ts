/** Handlers of the archive. What is in it, the table of files says; the bucket is asked for bytes alone, and to check. */
import {
  type ArchiveFile as ArchiveFileAnswer,
  type ArchiveStatus,
  PARQUET_TYPE,
  archiveRoutes,
} from '../../api/archive.ts'
import { type Problem, problem } from '../../api/problem.ts'
import { fromBase64Url, textOf, toBase64Url, utf8 } from '../../platform/bytes.ts'
import { instantOrNull, isDay } from '../../platform/time.ts'
import { type ArchiveFile, archiveKey, archiveSums, listArchiveFiles } from '../../store/archive-files.ts'
import { compareArchive, findArchiveFile, storedNow } from '../../store/archive-status.ts'
import type { Store } from '../../store/store.ts'
import { CursorMalformed } from '../../store/cursor.ts'
import type { QueryOf } from '../../api/route.ts'
import { download } from './download.ts'
import { answer, bindRoutes } from './route.ts'

export const archive = bindRoutes(archiveRoutes, {
  async getArchive({ query }, { archive: bucket, store }) {
    if (bucket === undefined) return ABSENT
    const [status, check] = await Promise.all([
      archiveStatus(store),
      query.check === 'true' ? compareArchive(store, bucket) : null,
    ])
    return answer({ ...status, check })
  },

  async listArchiveFiles({ query }, { archive: bucket, store }) {
    return bucket === undefined ? ABSENT : answer(await archiveFiles(store, query))
  },

  async getArchiveFile({ params: { day, file } }, { archive: bucket, store }) {
    if (bucket === undefined) return ABSENT
    const found = await findArchiveFile(store, day, file)
    if (found === null) return UNKNOWN
    return download({
      type: PARQUET_TYPE,
      ...found,
      async open(range) {
        const object = await bucket.get(archiveKey(day, file), { range })
        // Another size: somebody has put another object there.
        if (object === null || object.size !== found.bytes) return LOST
        return object.body
      },
    })
  },
})

/** How far the archive is. */
export async function archiveStatus(store: Store): Promise<Omit<ArchiveStatus, 'check'>> {
  const [sums, stored] = await Promise.all([archiveSums(store), storedNow(store)])
  const { files, events, bytes, waiting, through } = sums
  return {
    archived_until: through === null ? null : instantOrNull(waiting.sinceMs ?? through.storedAtMs),
    files,
    events,
    bytes,
    first_day: sums.firstDt,
    last_day: sums.lastDt,
    waiting: { events: waiting.events, since: instantOrNull(waiting.sinceMs) },
    store: { events: stored.events, since: instantOrNull(stored.sinceMs), bytes: stored.bytes },
  }
}

/** A page of its files. @throws {CursorMalformed} */
export async function archiveFiles(
  store: Store,
  { since, until, limit, cursor }: QueryOf<typeof archiveRoutes.listArchiveFiles>,
): Promise<{ files: ArchiveFileAnswer[]; next_cursor: string | null }> {
  const found = await listArchiveFiles(store, { since, until, after: placeOf(cursor), limit: limit + 1 })
  const files = found.slice(0, limit)
  const last = files.at(-1)
  return {
    files: files.map(({ dt, key, events, bytes, sha256 }) => ({
      day: dt,
      file: key.slice(archiveKey(dt, '').length),
      events,
      bytes,
      sha256,
    })),
    next_cursor: found.length > limit && last !== undefined ? cursorOf(last) : null,
  }
}

type Place = Pick<ArchiveFile, 'dt' | 'firstSegment'>

const cursorOf = ({ dt, firstSegment }: Place): string => toBase64Url(utf8(`${dt}.${firstSegment}`))

function placeOf(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined
  const [dt = '', segment = ''] = (textOf(fromBase64Url(cursor) ?? new Uint8Array()) ?? '').split('.')
  if (!isDay(dt) || !/^\d{1,15}$/.test(segment)) throw new CursorMalformed('the cursor is malformed')
  return { dt, firstSegment: Number(segment) }
}

const ABSENT: Problem = problem(
  'archive_absent',
  'This deployment has no archive: nothing binds the bucket ARCHIVE. Deploy it again to get one.',
)

const UNKNOWN: Problem = problem(
  'archive_file_unknown',
  'The archive has no such file. If it had one, it was merged into another, or retention has removed it. List the files again.',
)

const LOST: Problem = problem(
  'archive_file_lost',
  'The bucket does not have the file, or has another one under its name. Nothing writes it again.',
)
