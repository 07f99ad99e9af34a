/**
 * Backups, with the suppressions and incidents beside them. The newest one stays, however old it is: a deployment that could make
 * none for a month must not lose its last one.
 */
import { rfc3339Ms } from '../../platform/time.ts'
import { type BackupOutline, dropBackups, listBackups } from '../backups/backups.ts'
import { idOf } from '../backups/id.ts'
import { INCIDENTS_FOLDER } from '../backups/incidents.ts'
import { SUPPRESSIONS_FOLDER } from '../backups/suppressions.ts'
import type { KindTask } from './kind.ts'
import { deleteOld } from './objects.ts'

const isOld = ({ made_at }: Pick<BackupOutline, 'made_at'>, beforeMs: number): boolean =>
  (rfc3339Ms(made_at) ?? 0) < beforeMs

export const backups: KindTask = {
  kind: 'backups',
  holds: 'any stops',
  async look(context, { beforeMs }) {
    const all = await listBackups(context)
    const old = all.slice(1).filter((one) => isOld(one, beforeMs))
    return { count: old.length, isMore: false, oldestMs: rfc3339Ms(all.at(-1)?.made_at ?? '') ?? null }
  },
  async *forget(context, { beforeMs }) {
    const [newest, ...others] = await listBackups(context)
    const old = others.filter((one) => isOld(one, beforeMs))
    await dropBackups(
      context.backups,
      old.map(({ id }) => id),
    )
    // If the console died in the middle, these objects have no backup.
    const before = idOf(beforeMs)
    for (const folder of [SUPPRESSIONS_FOLDER, INCIDENTS_FOLDER])
      await deleteOld(context.backups, folder, ({ key }) => {
        const id = key.slice(folder.length).split('/')[0] ?? ''
        return id < before && id !== newest?.id
      })
    yield old.length
  },
}
