/** Completes erasures in the store, also those for which the time of a request is not enough. */
import { MINUTE_MS } from '../../platform/time.ts'
import type { Job } from './job.ts'

const RUN_MS = 4 * MINUTE_MS

export const completeErasures: Job = {
  name: 'complete_erasures',
  async run({ erasures }) {
    await erasures.ensure(RUN_MS)
    return 1
  },
}
