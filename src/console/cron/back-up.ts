/** Keeps a backup of the registry, and drops those that are too old. */
import { dropOldBackups, keepBackup } from '../backups/backups.ts'
import type { Job } from './job.ts'

export const backUp: Job = {
  name: 'back_up',
  async run(context) {
    await keepBackup(context)
    await dropOldBackups(context)
    return 1
  },
}
