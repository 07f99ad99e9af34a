/** Backups: all sources, destinations and channels with their secrets in one sealed file, what is beside it, and how to restore them. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { route } from './route.ts'

export const FORMAT = 'postern-backup'

/** Made from the time: `20261125T143000123Z`. */
export const BackupIdSchema = v.pipe(
  v.string(),
  v.regex(/^[0-9]{8}T[0-9]{9}Z$/, 'Must be the id of a backup.'),
)

const CountedSchema = v.object({
  parts: described(v.number(), 'Objects in the bucket.'),
  rows: v.number(),
  bytes: described(v.number(), 'Sealed.'),
})
/** Contents of one kind beside a backup, as they were stored. */
export type Counted = v.InferOutput<typeof CountedSchema>

/** The checksum does not cover it: an older version would refuse the file. Damage here differs from what is stored. */
const BesideSchema = v.nullable(
  v.object({ incidents: v.nullable(CountedSchema), suppressions: v.nullable(CountedSchema) }),
)

/** The file, as it is stored and downloaded. A later version may add fields. */
export const BackupFileSchema = v.object({
  format: v.literal(FORMAT),
  version: v.literal(1),
  id: BackupIdSchema,
  made_at: v.string(),
  sources: v.number(),
  /** A backup from before there were destinations has none. */
  destinations: v.optional(v.number(), 0),
  /** The same for channels. */
  channels: v.optional(v.number(), 0),
  /** Kept beside this file in the bucket. Null if they could not be kept, or in a backup from before there were incidents. */
  incidents: v.optional(v.nullable(v.number()), null),
  /** Null for a kind that could not be kept: the backup is incomplete. Null as a whole in a backup from before this was counted. */
  beside: v.optional(BesideSchema, null),
  /** Number of secrets that no configured master key opens. The backup lacks them. */
  unreadable: v.number(),
  /** Number of lines in the audit log. */
  audit_lines: v.number(),
  /** Hex, of the fields above and of the sealed bytes; see `checksumOf`. */
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  /** Base64. */
  sealed: v.string(),
  /** Base64, for `restoreIncidents`. Only in a file that is downloaded: in the bucket they are beside it. */
  incidents_sealed: v.optional(v.nullable(v.string()), null),
})
export type BackupFile = v.InferOutput<typeof BackupFileSchema>

const OutlineSchema = v.object({
  id: v.string(),
  made_at: v.string(),
  sources: v.number(),
  destinations: v.number(),
  channels: v.number(),
  incidents: described(
    v.nullable(v.number()),
    'Null if the backup has none: their object did not answer, or the backup is older than they are.',
  ),
  beside: described(
    BesideSchema,
    'What is kept beside the backup. A kind that is null could not be kept: the backup is incomplete. Null as a whole if the backup is older than these counts.',
  ),
  unreadable: described(
    v.number(),
    'Number of secrets that no configured master key opens. The backup lacks them.',
  ),
  audit_lines: v.number(),
  sha256: v.string(),
})
export type Outline = v.InferOutput<typeof OutlineSchema>

/** Kinds that a backup lacks since it was made. None of an older backup, which does not say. */
export const lackedBy = ({ beside }: Partial<Pick<Outline, 'beside'>>): string[] =>
  Object.entries(beside ?? {}).flatMap(([kind, counted]) => (counted === null ? [kind] : []))

/** Enough for 10,000 sources, sealed and in base64. */
const FILE_MAX_BYTES = 24 * 1024 * 1024

export const backupRoutes = {
  listBackups: route('GET', '/api/backups', 'admin', {
    summary: 'Lists the backups, newest first.',
    answer: v.object({ backups: v.array(OutlineSchema) }),
  }),
  makeBackup: route('POST', '/api/backups', 'admin', {
    summary:
      'Makes a backup now, with the suppressions and incidents beside it, in addition to the one of every night.',
    again: 'Makes another backup.',
    answer: OutlineSchema,
    statuses: [201],
  }),
  getBackup: route('GET', '/api/backups/{id}', 'admin', {
    summary: 'Returns the backup as a file, to store elsewhere. Only the master key opens it.',
    params: { id: 'The id of the backup.' },
    answer: BackupFileSchema,
    problems: ['backup_unknown', 'backup_damaged'],
  }),
  getBackupSuppressions: route('GET', '/api/backups/{id}/suppressions/{part}', 'admin', {
    summary:
      'Returns one sealed part of the suppressions beside a backup, to restore them elsewhere. Only the master key opens it.',
    params: { id: 'The id of the backup.', part: 'Its number, from 0.' },
    answer: v.object({
      sealed: described(v.string(), 'Base64.'),
      parts: described(v.number(), 'Number of all parts.'),
    }),
    problems: ['backup_unknown'],
  }),
  restoreBackup: route('POST', '/api/restore', 'admin', {
    summary:
      'Restores all sources, destinations, channels and secrets of a backup, or changes nothing. First it compares what is beside the backup with its counts. restoreSuppressions and restoreIncidents restore what is beside it.',
    again: 'With replace, it restores the same again. Without, it is refused, because they exist.',
    body: v.pipe(
      v.strictObject({
        id: v.optional(described(v.string(), 'The id of a stored backup.')),
        file: v.optional(described(BackupFileSchema, 'A backup file from elsewhere, instead of id.')),
        replace: v.optional(
          described(
            v.boolean(),
            'Whether to replace all sources, destinations and channels that exist. Needs a reason.',
          ),
          false,
        ),
        resume: v.optional(
          described(
            v.boolean(),
            'Whether destinations and channels that this deployment does not have send at once. Otherwise they are paused, so that a restore to try it out sends nothing.',
          ),
          false,
        ),
        incomplete: v.optional(
          described(v.boolean(), 'Whether to restore a backup from which a part is missing: what is there.'),
          false,
        ),
      }),
      v.check(
        ({ id, file }) => (id === undefined) !== (file === undefined),
        'Must have either id or file, not both.',
      ),
    ),
    bodyMaxBytes: FILE_MAX_BYTES,
    example: { id: 'ID' },
    answer: v.object({
      checked: described(
        v.boolean(),
        'Whether the backup counts what is beside it. If not, it is older, and nobody knows whether a part is missing.',
      ),
      missing: described(
        v.array(v.string()),
        'Parts that are missing, of an incomplete backup: incidents, suppressions/0001.',
      ),
      restored: described(v.number(), 'Sources, destinations and channels.'),
      removed: described(v.number(), 'Sources, destinations and channels that the backup does not have.'),
      revived: described(
        v.array(v.object({ source: v.string(), slot: v.string(), version: v.number() })),
        'Secrets that were revoked after the backup and are used again. Revoke those that leaked. Of a destination, source is destination/ and its name; of a channel, channel/ and its name.',
      ),
      destinations: described(
        v.array(
          v.object({
            name: v.string(),
            begins: v.picklist(['where_it_was', 'at_the_restore']),
            paused: v.boolean(),
          }),
        ),
        'With which event each begins. Those that this deployment had go on where they were. A replay sends earlier events.',
      ),
      paused_channels: described(
        v.array(v.string()),
        'Channels that are told nothing until they are resumed.',
      ),
    }),
    problems: [
      'backup_unknown',
      'backup_damaged',
      'backup_foreign',
      'backup_not_understood',
      'backup_incomplete',
      'not_empty',
    ],
    isDangerous: ({ body }) => body.replace,
  }),
  restoreSuppressions: route('POST', '/api/restore/suppressions', 'admin', {
    summary:
      'Brings back suppressions of a backup in the bucket, a part a call. What was lifted here after the backup stays lifted.',
    again: 'The same: what is there is not changed.',
    body: v.strictObject({
      id: BackupIdSchema,
      part: v.optional(
        v.pipe(
          v.number(),
          v.integer(),
          v.minValue(0),
          v.maxValue(9_999),
          v.description('The next of the call before.'),
        ),
        0,
      ),
    }),
    example: { id: '20261125T021700000Z' },
    answer: v.object({
      count: described(v.number(), 'Rows of this part.'),
      added: v.number(),
      lifted: v.number(),
      kept_lifted: v.number(),
      next: described(v.nullable(v.number()), 'The part to restore next; null after the last.'),
    }),
    problems: ['backup_unknown', 'backup_foreign'],
  }),
  restoreIncidents: route('POST', '/api/restore/incidents', 'admin', {
    summary:
      'Brings back the incidents of a backup. Those that lasted then are over: what still lasts is found anew.',
    again: 'The same: what is there is not changed.',
    body: v.strictObject({
      id: described(BackupIdSchema, 'The id of the backup.'),
      sealed: v.optional(
        described(v.string(), 'incidents_sealed of a file from elsewhere. Absent: from the bucket.'),
      ),
    }),
    bodyMaxBytes: FILE_MAX_BYTES,
    example: { id: '20261125T021700000Z' },
    answer: v.object({
      restored: described(
        v.nullable(v.number()),
        'How many that were not here. Null if the backup has none.',
      ),
    }),
    problems: ['backup_unknown', 'backup_foreign', 'backup_not_understood'],
  }),
} as const
