/** Handlers of backups and of restoring. */
import { backupRoutes, lackedBy } from '../../api/backups.ts'
import { fromBase64, toBase64 } from '../../platform/bytes.ts'
import { keepBackup, listBackups, missingParts, readBackup, sealedOf } from '../backups/backups.ts'
import { restoreIncidents, sealedIncidents } from '../backups/incidents.ts'
import { restoreSuppressions, sealedSuppressions } from '../backups/suppressions.ts'
import { notifyChannels } from '../channels.ts'
import { adoptErasures } from '../people/erasure-copies.ts'
import { erasedSince } from '../people/erased-since.ts'
import { notifyDestination } from '../destinations.ts'
import { NO_ANSWER } from './incidents.ts'
import { problem } from '../../api/problem.ts'
import { note } from '../note.ts'
import { answer, bindRoutes } from './route.ts'

export const backups = bindRoutes(backupRoutes, {
  listBackups: async (_input, context) => answer({ backups: await listBackups(context) }),

  async makeBackup(_input, context) {
    return answer(await keepBackup(context), 201)
  },

  async getBackup({ params }, context) {
    const file = await readBackup(context, params.id)
    if (file === null) return UNKNOWN
    if (file === 'damaged') return DAMAGED
    // The file holds every secret, sealed. The audit log therefore names the reader before the file leaves.
    await note(context, 'backup.read', `backup/${file.id}`)
    const incidents = await sealedIncidents(context.backups, file.id)
    return answer({ ...file, incidents_sealed: incidents && toBase64(incidents) })
  },

  async getBackupSuppressions({ params: { id, part } }, context) {
    const found = await sealedSuppressions(context.backups, id, part)
    if (found === null) return UNKNOWN
    await note(context, 'backup.read', `backup/${id}`, { suppressions: Number(part) })
    return answer({ sealed: toBase64(found.sealed), parts: found.parts })
  },

  async restoreBackup({ body }, context) {
    const file = body.file ?? (body.id === undefined ? null : await readBackup(context, body.id))
    if (file === null) return UNKNOWN
    const sealed = file === 'damaged' ? undefined : await sealedOf(file)
    if (file === 'damaged' || sealed === undefined) return DAMAGED
    // A file from elsewhere has its parts elsewhere, too.
    const missing = body.file === undefined ? await missingParts(context, file) : lackedBy(file)
    if (missing.length > 0 && !body.incomplete) return incomplete(missing)
    // The registry may be a new one, which knows of no erasure yet.
    await adoptErasures(context)
    // Isolates that have asked the registry before know of none, and would answer from the database as it is.
    await context.erasures.ensure()
    const erased = await erasedSince(context, await context.registry.backups.held(sealed))
    const restored = await context.registry.backups.restore(
      sealed,
      { replace: body.replace, resume: body.resume, erased },
      context.who,
    )
    if (!restored.ok) return REFUSALS[restored.problem]
    // The object of a removed destination finds out by itself.
    const destinations = await context.registry.destinations.list()
    await Promise.all(destinations.map(({ name }) => notifyDestination(context, name)))
    await notifyChannels(context)
    const { ok: _ok, pausedChannels, ...counts } = restored
    return answer({ ...counts, paused_channels: pausedChannels, checked: file.beside !== null, missing })
  },

  async restoreSuppressions({ body: { id, part } }, context) {
    const restored = await restoreSuppressions(context, id, part)
    if (restored === 'unknown') return UNKNOWN
    if (restored === 'foreign') return REFUSALS.foreign
    const { keptLifted, ...sums } = restored
    return answer({ ...sums, kept_lifted: keptLifted })
  },

  async restoreIncidents({ body: { id, sealed: given } }, context) {
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
})

const UNKNOWN = problem('backup_unknown', 'There is no backup of this id.')

const DAMAGED = problem('backup_damaged', 'The file does not match its checksum. Nothing was changed.')

const incomplete = (missing: readonly string[]) =>
  problem(
    'backup_incomplete',
    `The backup lacks ${missing.join(', ')}. Nothing was changed. Choose another backup, or set incomplete to true to restore what is there.`,
  )

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
