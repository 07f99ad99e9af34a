/** Keeps a backup of the registry, and drops those that are too old. */
import { dropOldBackups, keepBackup } from '../safe/backups.ts'
import type { Job } from './job.ts'

export const backUp: Job = {
  name: 'back_up',
  async run(reach) {
    await keepBackup(reach)
    await dropOldBackups(reach)
    return 1
  },
}
