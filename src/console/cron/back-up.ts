/** Makes a backup of the registry, of the incidents and of the suppressions. Retention removes old ones. */
import { keepBackup } from '../backups/backups.ts'
import { keepSuppressions } from '../backups/suppressions.ts'
import type { Job } from './job.ts'

export const backUp: Job = {
  name: 'back_up',
  async run(context) {
    const { id, incidents } = await keepBackup(context)
    // Last: if the store is down, the sources are kept all the same.
    await keepSuppressions(context, id)
    if (incidents === null) throw new IncidentsMissing('the backup was made without the incidents')
    return 1
  },
}

/** Its name is in the log: the run counts as failed, and everything else of the backup is there. */
class IncidentsMissing extends Error {
  override readonly name = 'IncidentsMissing'
}
