/** The table of jobs, and how they run: one after the other, and none is kept back by another that fails. */
import { type Log, faultName } from '../../platform/log.ts'
import type { RequestContext } from '../request-context.ts'
import { archiveAudit } from './archive-audit.ts'
import { backUp } from './back-up.ts'
import type { Job } from './job.ts'
import { rotateSecrets } from './rotate-secrets.ts'

/** What waits for ESPs comes last: it may take long. */
export const JOBS: readonly Job[] = [archiveAudit, backUp, rotateSecrets]

/** @throws when a job failed, once all had their turn, so that the platform notes the run as failed */
export async function runJobs(jobs: readonly Job[], context: RequestContext, log: Log): Promise<void> {
  const failed: string[] = []
  for (const { name, run } of jobs) {
    try {
      log({ event: 'job_done', handler: name, count: await run(context) })
    } catch (cause) {
      failed.push(name)
      log({ event: 'job_failed', handler: name, fault: faultName(cause) })
    }
  }
  if (failed.length > 0) throw new Error(`jobs failed: ${failed.join(', ')}`)
}
