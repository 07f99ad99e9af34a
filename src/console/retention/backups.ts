/**
 * Backups, with the suppressions and incidents beside them, and reports of drills. The newest complete one stays, however old it is: a deployment that could
 * make none for a month must not lose its last one.
 */
import { lackedBy } from '../../api/backups.ts'
import { DAY_MS, rfc3339Ms } from '../../platform/time.ts'
import { type BackupOutline, dropBackups, listBackups } from '../backups/backups.ts'
import { idOf } from '../backups/id.ts'
import { INCIDENTS_FOLDER } from '../backups/incidents.ts'
import { SUPPRESSIONS_FOLDER } from '../backups/suppressions.ts'
import { DRILLS_FOLDER } from '../drills/reports.ts'
import type { KindTask } from './kind.ts'
import { deleteOld } from './objects.ts'

/** Reports of drills: those of a year show that it was practiced. */
const REPORT_MS = 400 * DAY_MS

const isOld = ({ made_at }: Pick<BackupOutline, 'made_at'>, beforeMs: number): boolean =>
  (rfc3339Ms(made_at) ?? 0) < beforeMs

/** Without the newest one that is complete, or the newest of all if none is. */
function droppable(all: readonly BackupOutline[]): readonly BackupOutline[] {
  const kept = all.find((one) => lackedBy(one).length === 0) ?? all[0]
  return all.filter((one) => one !== kept)
}

export const backups: KindTask = {
  kind: 'backups',
  holds: 'any stops',
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
