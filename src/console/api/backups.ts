/** Backups: all sources, destinations and channels with their secrets in one sealed file, what is beside it, and how to restore them. */
import * as v from 'valibot'
import { fromBase64, toBase64 } from '../../platform/bytes.ts'
import {
  BackupFileSchema,
  BackupIdSchema,
  keepBackup,
  listBackups,
  readBackup,
  sealedOf,
} from '../backups/backups.ts'
import { restoreIncidents, sealedIncidents } from '../backups/incidents.ts'
import { keepSuppressions, restoreSuppressions } from '../backups/suppressions.ts'
import { notifyChannels } from '../channels.ts'
import { notifyDestination } from '../destinations.ts'
import { NO_ANSWER } from './incidents.ts'
import { problem } from '../../api/problem.ts'
import { type Route, answer, param, route } from './route.ts'

const OutlineAnswer = v.object({
  id: v.string(),
  made_at: v.string(),
  sources: v.number(),
  destinations: v.number(),
  channels: v.number(),
  incidents: v.pipe(
    v.nullable(v.number()),
    v.description(
      'Null if the backup has none: their object did not answer, or the backup is older than they are.',
    ),
  ),
  unreadable: v.pipe(
    v.number(),
    v.description('Number of secrets that no configured master key opens. The backup lacks them.'),
  ),
  audit_lines: v.number(),
  sha256: v.string(),
})

/** Enough for 10,000 sources, sealed and in base64. */
const FILE_MAX_BYTES = 24 * 1024 * 1024

const BackupId = { id: 'The id of the backup.' }

export const backups: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/backups',
    id: 'listBackups',
    summary: 'Lists the backups, newest first.',
    role: 'admin',
    answer: v.object({ backups: v.array(OutlineAnswer) }),
    handler: async (_input, context) => answer({ backups: await listBackups(context) }),
  }),
  route({
    method: 'POST',
    path: '/api/backups',
    id: 'makeBackup',
    summary:
      'Makes a backup now, with the suppressions and incidents beside it, in addition to the one of every night.',
    role: 'admin',
    again: 'Makes another backup.',
    answer: OutlineAnswer,
    statuses: [201],
    async handler(_input, context) {
      const made = await keepBackup(context)
      await keepSuppressions(context, made.id)
      return answer(made, 201)
    },
  }),
  route({
    method: 'GET',
    path: '/api/backups/{id}',
    id: 'getBackup',
    summary: 'Returns the backup as a file, to store elsewhere. Only the master key opens it.',
    role: 'admin',
    params: BackupId,
    answer: BackupFileSchema,
    problems: ['backup_unknown', 'backup_damaged'],
    async handler({ params }, context) {
      const file = await readBackup(context, param(params, 'id'))
      if (file === null) return UNKNOWN
      if (file === 'damaged') return DAMAGED
      // The file holds every secret, sealed. The audit log therefore names the reader before the file leaves.
      const target = `backup/${file.id}`
      await context.registry.note({ action: 'backup.read', target, before: null, after: null }, context.who)
      const incidents = await sealedIncidents(context.backups, file.id)
      return answer({ ...file, incidents_sealed: incidents && toBase64(incidents) })
    },
  }),
  route({
    method: 'POST',
    path: '/api/restore',
    id: 'restoreBackup',
    summary:
      'Restores all sources, destinations, channels and secrets of a backup, or changes nothing. restoreSuppressions and restoreIncidents restore what is beside it.',
    role: 'admin',
    again: 'With replace, it restores the same again. Without, it is refused, because they exist.',
    body: v.pipe(
      v.strictObject({
        id: v.optional(v.pipe(v.string(), v.description('The id of a stored backup.'))),
        file: v.optional(
          v.pipe(BackupFileSchema, v.description('A backup file from elsewhere, instead of id.')),
        ),
        replace: v.optional(
          v.pipe(
            v.boolean(),
            v.description(
              'Whether to replace all sources, destinations and channels that exist. Needs a reason.',
            ),
          ),
          false,
        ),
        resume: v.optional(
          v.pipe(
            v.boolean(),
            v.description(
              'Whether destinations and channels that this deployment does not have send at once. Otherwise they are paused, so that a restore to try it out sends nothing.',
            ),
          ),
          false,
        ),
      }),
      v.check(
        ({ id, file }) => (id === undefined) !== (file === undefined),
        'Must have either id or file, not both.',
      ),
    ),
    bodyMaxBytes: FILE_MAX_BYTES,
    answer: v.object({
      restored: v.pipe(v.number(), v.description('Sources, destinations and channels.')),
      removed: v.pipe(
        v.number(),
        v.description('Sources, destinations and channels that the backup does not have.'),
      ),
      revived: v.pipe(
        v.array(v.object({ source: v.string(), slot: v.string(), version: v.number() })),
        v.description(
          'Secrets that were revoked after the backup and are used again. Revoke those that leaked. Of a destination, source is destination/ and its name; of a channel, channel/ and its name.',
        ),
      ),
      destinations: v.pipe(
        v.array(
          v.object({
            name: v.string(),
            begins: v.picklist(['where_it_was', 'at_the_restore']),
            paused: v.boolean(),
          }),
        ),
        v.description(
          'With which event each begins. Those that this deployment had go on where they were. A replay sends earlier events.',
        ),
      ),
      paused_channels: v.pipe(
        v.array(v.string()),
        v.description('Channels that are told nothing until they are resumed.'),
      ),
    }),
    problems: ['backup_unknown', 'backup_damaged', 'backup_foreign', 'backup_not_understood', 'not_empty'],
    isDangerous: ({ body }) => body.replace,
    async handler({ body }, context) {
      const file = body.file ?? (body.id === undefined ? null : await readBackup(context, body.id))
      if (file === null) return UNKNOWN
      const sealed = file === 'damaged' ? undefined : await sealedOf(file)
      if (sealed === undefined) return DAMAGED
      const restored = await context.registry.restore(
        sealed,
        { replace: body.replace, resume: body.resume },
        context.who,
      )
      if (!restored.ok) return REFUSALS[restored.problem]
      // The object of a removed destination finds out by itself.
      const destinations = await context.registry.destinations()
      await Promise.all(destinations.map(({ name }) => notifyDestination(context, name)))
      await notifyChannels(context)
      return answer({
        restored: restored.restored,
        removed: restored.removed,
        revived: restored.revived.map(({ source, slot, version }) => ({ source, slot, version })),
        destinations: restored.destinations.map(({ name, begins, paused }) => ({ name, begins, paused })),
        paused_channels: [...restored.pausedChannels],
      })
    },
  }),
  route({
    method: 'POST',
    path: '/api/restore/suppressions',
    id: 'restoreSuppressions',
    summary:
      'Brings back suppressions of a backup in the bucket, a part a call. What was lifted here after the backup stays lifted.',
    role: 'admin',
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
    answer: v.object({
      count: v.pipe(v.number(), v.description('Rows of this part.')),
      added: v.number(),
      lifted: v.number(),
      kept_lifted: v.number(),
      next: v.pipe(v.nullable(v.number()), v.description('The part to restore next; null after the last.')),
    }),
    problems: ['backup_unknown', 'backup_foreign'],
    async handler({ body: { id, part } }, context) {
      const restored = await restoreSuppressions(context, id, part)
      if (restored === 'unknown') return UNKNOWN
      if (restored === 'foreign') return REFUSALS.foreign
      const { keptLifted, ...sums } = restored
      return answer({ ...sums, kept_lifted: keptLifted })
    },
  }),
  route({
    method: 'POST',
    path: '/api/restore/incidents',
    id: 'restoreIncidents',
    summary:
      'Brings back the incidents of a backup. Those that lasted then are over: what still lasts is found anew.',
    role: 'admin',
    again: 'The same: what is there is not changed.',
    body: v.strictObject({
      id: v.pipe(BackupIdSchema, v.description('The id of the backup.')),
      sealed: v.optional(
        v.pipe(
          v.string(),
          v.description('incidents_sealed of a file from elsewhere. Absent: from the bucket.'),
        ),
      ),
    }),
    bodyMaxBytes: FILE_MAX_BYTES,
    answer: v.object({
      restored: v.pipe(
        v.nullable(v.number()),
        v.description('How many that were not here. Null if the backup has none.'),
      ),
    }),
    problems: ['backup_unknown', 'backup_foreign', 'backup_not_understood'],
    async handler({ body: { id, sealed: given } }, context) {
      if (given === undefined && (await readBackup(context, id)) === null) return UNKNOWN
      const sealed =
        given === undefined
          ? await sealedIncidents(context.backups, id)
          : (fromBase64(given) ?? new Uint8Array())
      if (sealed === null) return answer({ restored: null })
      const restored = await restoreIncidents(context, id, sealed)
      if (restored === undefined) return NO_ANSWER
      if (restored === 'foreign' || restored === 'not_understood') return REFUSALS[restored]
      return answer({ restored })
    },
  }),
]

const UNKNOWN = problem('backup_unknown', 'There is no backup of this id.')

const DAMAGED = problem('backup_damaged', 'The file does not match its checksum. Nothing was changed.')

const REFUSALS = {
  foreign: problem(
    'backup_foreign',
    'The backup was altered, or sealed with a master key that is not configured here. Nothing was changed.',
  ),
  not_understood: problem(
    'backup_not_understood',
    'The backup was made by another version of Postern. Nothing was changed.',
  ),
  not_empty: problem(
    'not_empty',
    'Sources, destinations or channels exist already. Nothing was changed. To remove them, set replace to true.',
  ),
} as const
