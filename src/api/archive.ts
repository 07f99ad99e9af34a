/** Archive: the events as Parquet files in a bucket, by the day on which they were stored. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { isDay } from '../platform/time.ts'
import { nextCursor, paging } from './paging.ts'
import { route } from './route.ts'

/** Registered with IANA. */
export const PARQUET_TYPE = 'application/vnd.apache.parquet'

const day = (description: string) =>
  v.optional(
    v.pipe(
      v.string(),
      v.check(isDay, 'Must be a day, such as 2026-11-25.'),
      v.description(`${description} As 2026-11-25, in UTC.`),
    ),
  )

const instantOrNull = (description: string) => described(v.nullable(v.string()), `${description} RFC 3339.`)

const ArchiveFileSchema = v.object({
  day: described(v.string(), 'The UTC day on which its events were stored.'),
  file: described(v.string(), 'Its name, which says the first and the last segment in it.'),
  events: v.number(),
  bytes: v.number(),
  sha256: described(v.string(), 'In hex.'),
})
export type ArchiveFile = v.InferOutput<typeof ArchiveFileSchema>

const CheckedSchema = v.object({
  missing: described(v.array(v.string()), 'Files that the table has and the bucket does not. At most 1,000.'),
  unknown: described(
    v.array(v.string()),
    'Objects in the bucket that the table does not have, such as files from before a restore of the database. At most 1,000. They stay until their day is too old for the retention of the archive.',
  ),
})

const ArchiveStatusSchema = v.object({
  archived_until: instantOrNull(
    'Every event that was stored before this time is in a file. Null if none is.',
  ),
  files: v.number(),
  events: described(v.number(), 'In the files.'),
  bytes: described(v.number(), 'Of the files.'),
  first_day: described(v.nullable(v.string()), 'The oldest day that has a file.'),
  last_day: v.nullable(v.string()),
  waiting: v.object({
    events: described(v.number(), 'Stored, and not in a file yet.'),
    since: instantOrNull('When the oldest of them was stored.'),
  }),
  store: v.object({
    events: described(v.number(), 'That the database still holds.'),
    since: instantOrNull('When the oldest of them was stored.'),
    bytes: described(v.number(), 'Size of the database.'),
  }),
  check: described(
    v.nullable(CheckedSchema),
    'Differences between the table of files and the bucket. Null unless check is true.',
  ),
})
export type ArchiveStatus = v.InferOutput<typeof ArchiveStatusSchema>

export const archiveRoutes = {
  getArchive: route('GET', '/api/archive', 'viewer', {
    summary: 'How far the archive is, and what the database still holds.',
    query: v.strictObject({
      check: v.optional(
        v.pipe(
          v.picklist(['true', 'false'], 'Must be true or false.'),
          v.description('Whether to compare the table of files with the listing of the bucket.'),
          v.metadata({ default: 'false' }),
        ),
        'false',
      ),
    }),
    answer: ArchiveStatusSchema,
    problems: ['archive_absent'],
  }),
  listArchiveFiles: route('GET', '/api/archive/files', 'operator', {
    summary:
      'The files of the archive by day, oldest first. Those that were merged into others are left out.',
    query: v.strictObject({
      since: day('Only of this day and later ones.'),
      until: day('Only of days before this one.'),
      ...paging,
    }),
    answer: v.object({ files: v.array(ArchiveFileSchema), next_cursor: nextCursor }),
    problems: ['archive_absent'],
  }),
  getArchiveFile: route('GET', '/api/archive/files/{day}/{file}', 'operator', {
    summary: 'The bytes of one file. Takes Range and If-Range, so that a download can go on.',
    params: { day: 'The day of the file, as in the list.', file: 'The name of the file, as in the list.' },
    bytes: PARQUET_TYPE,
    answer: described(v.string(), 'A Parquet file.'),
    problems: ['archive_absent', 'archive_file_unknown', 'archive_file_lost', 'range_invalid'],
  }),
} as const
