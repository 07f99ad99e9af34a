/** Removes what is too old, by the retention document. */
import { enforce } from '../retention/enforce.ts'
import type { Job } from './job.ts'

export const enforceRetention: Job = {
  name: 'enforce_retention',
  async run(context) {
    const { removed, failed } = await enforce(context)
    if (failed.length > 0) throw new KindsFailed(`retention failed for ${failed.join(', ')}`)
    return removed
  },
}

/** Its name is in the log: the run counts as failed, and all other kinds are done. */
class KindsFailed extends Error {
  override readonly name = 'KindsFailed'
}
