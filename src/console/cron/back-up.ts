/** Makes a backup of the registry and of the suppressions, and deletes old ones. */
import { dropOldBackups, keepBackup } from '../backups/backups.ts'
import { keepSuppressions } from '../backups/suppressions.ts'
import type { Job } from './job.ts'

export const backUp: Job = {
  name: 'back_up',
  async run(context) {
    const { id } = await keepBackup(context)
    await dropOldBackups(context)
    // Last: if the store is down, the sources are kept all the same.
    await keepSuppressions(context, id)
    return 1
  },
}
