/**
 * The audit log: lines in the registry that the archive has, then the archive's own lines and heads. The log continues from the last
 * line that was removed, so the chain still verifies.
 */
import { DAY_MS, rfc3339Ms } from '../../platform/time.ts'
import { HEADS_FOLDER, LINES_FOLDER, archivedSeq } from '../backups/audit-archive.ts'
import type { KindTask } from './kind.ts'
import { deleteOld } from './objects.ts'

export const audit: KindTask = {
  kind: 'audit',
  holds: 'any stops',
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
