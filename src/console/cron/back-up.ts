/** Makes a backup of the registry, of the incidents and of the suppressions. Retention removes old ones. */
import { lackedBy } from '../../api/backups.ts'
import { BACKUP_JOB, keepBackup } from '../backups/backups.ts'
import type { Job } from './job.ts'

export const backUp: Job = {
  name: BACKUP_JOB,
  async run(context) {
    const lacked = lackedBy(await keepBackup(context))
    if (lacked.length > 0) throw new BackupIncomplete(`the backup lacks ${lacked.join(', ')}`)
    return 1
  },
}

/** Its name is in the log: the run counts as failed, and everything else of the backup is there. */
class BackupIncomplete extends Error {
  override readonly name = 'BackupIncomplete'
}
