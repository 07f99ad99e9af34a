/** Records of the installation itself, in the bucket `postern-backups`: the audit log and the backups. */
import { lackedBy } from '../../api/backups.ts'
import { DAY_MS, rfc3339Ms } from '../../platform/time.ts'
import { HEADS_FOLDER, LINES_FOLDER, archivedSeq } from '../backups/audit-archive.ts'
import { type BackupOutline, dropBackups, listBackups } from '../backups/backups.ts'
import { idOf } from '../backups/id.ts'
import { INCIDENTS_FOLDER } from '../backups/incidents.ts'
import { SUPPRESSIONS_FOLDER } from '../backups/suppressions.ts'
import { DRILLS_FOLDER } from '../drills/reports.ts'
import type { Kind, Part } from './kind.ts'

/**
 * The audit log: lines in the registry that the archive has, then the archive's own lines and heads. The log continues from the last
 * line that was removed, so the chain still verifies.
 */
const audit: Part = {
  setting: 'audit',
  async look({ registry, backups }, { beforeMs }) {
    return registry.audit.forget(beforeMs, await archivedSeq(backups), true)
  },
  async *forget({ registry, backups }, { beforeMs }) {
    const archived = await archivedSeq(backups)
    for (let isMore = true; isMore;) {
      const forgotten = await registry.audit.forget(beforeMs, archived, false)
      ;({ isMore } = forgotten)
      yield forgotten.count
    }
    // An object was written after its last line. So its lines are older than itself.
    await deleteOld(backups, LINES_FOLDER, ({ uploaded }) => uploaded.getTime() < beforeMs)
    await deleteOld(backups, HEADS_FOLDER, ({ key }) => {
      const dayMs = rfc3339Ms(`${key.slice(HEADS_FOLDER.length).slice(0, 10)}T00:00:00.000Z`)
      return dayMs !== undefined && dayMs + DAY_MS <= beforeMs
    })
  },
}

/** Reports of drills: those of a year show that it was practiced. */
const REPORT_MS = 400 * DAY_MS

const isOld = ({ made_at }: Pick<BackupOutline, 'made_at'>, beforeMs: number): boolean =>
  (rfc3339Ms(made_at) ?? 0) < beforeMs

/** Without the newest one that is complete, or the newest of all if none is. */
function droppable(all: readonly BackupOutline[]): readonly BackupOutline[] {
  const kept = all.find((one) => lackedBy(one).length === 0) ?? all[0]
  return all.filter((one) => one !== kept)
}

/**
 * Backups, with the suppressions and incidents beside them, and reports of drills. The newest complete one stays, however old it is: a deployment that could
 * make none for a month must not lose its last one.
 */
const backups: Part = {
  setting: 'backups',
  async look(context, { beforeMs }) {
    const all = await listBackups(context)
    const old = droppable(all).filter((one) => isOld(one, beforeMs))
    return { count: old.length, isMore: false, oldestMs: rfc3339Ms(all.at(-1)?.made_at ?? '') ?? null }
  },
  async *forget(context, { atMs, beforeMs }) {
    const all = await listBackups(context)
    const old = droppable(all).filter((one) => isOld(one, beforeMs))
    await dropBackups(
      context.backups,
      old.map(({ id }) => id),
    )
    // If the console died in the middle, these objects have no backup.
    const before = idOf(beforeMs)
    const left = new Set(all.filter((one) => !old.includes(one)).map(({ id }) => id))
    for (const folder of [SUPPRESSIONS_FOLDER, INCIDENTS_FOLDER])
      await deleteOld(context.backups, folder, ({ key }) => {
        const id = key.slice(folder.length).split('/')[0] ?? ''
        return id < before && !left.has(id)
      })
    const beforeReports = `${DRILLS_FOLDER}${idOf(atMs - REPORT_MS)}`
    await deleteOld(context.backups, DRILLS_FOLDER, ({ key }) => key < beforeReports)
    yield old.length
  },
}

/** Deletes objects of a bucket that are too old. */
async function deleteOld(
  bucket: R2Bucket,
  prefix: string,
  isOld: (object: R2Object) => boolean,
): Promise<void> {
  let cursor: string | undefined
  do {
    const page = await bucket.list({ prefix, ...(cursor === undefined ? {} : { cursor }) })
    const keys = page.objects.filter(isOld).map(({ key }) => key)
    if (keys.length > 0) await bucket.delete(keys)
    cursor = page.truncated ? page.cursor : undefined
  } while (cursor !== undefined)
}

export const records: Kind = { kind: 'records', holds: 'any stops', parts: [audit, backups] }
