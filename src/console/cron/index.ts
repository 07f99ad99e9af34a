/** The table of jobs. They run one after the other; if one fails, the others still run. */
import { type Log, faultName } from '../../platform/log.ts'
import { NOT_FINISHED } from '../../watch/operations/facts.ts'
import { type RequestContext, answered } from '../request-context.ts'
import { archiveAudit } from './archive-audit.ts'
import { backUp } from './back-up.ts'
import { completeErasures } from './complete-erasures.ts'
import { enforceRetention } from './enforce-retention.ts'
import { finishErasures } from './finish-erasures.ts'
import { forgetRetries } from './forget-lost-retries.ts'
import type { Job } from './job.ts'
import { listNamed } from './list-people.ts'
import { rotateSecrets } from './rotate-secrets.ts'
import { sweepLeftBehind } from './sweep.ts'
import { wakeArchive } from './wake-archive.ts'
import { wakeObjects } from './wake-objects.ts'
import { wakeWatch } from './wake-watch.ts'

/**
 * Erasures come first: a backup then has nothing of the people. Retention comes after the archive and the backup. Rotation is last: it
 * waits for ESPs, which may take long.
 */
export const JOBS: readonly Job[] = [
  completeErasures,
  finishErasures,
  archiveAudit,
  backUp,
  forgetRetries,
  wakeWatch,
  wakeArchive,
  wakeObjects,
  listNamed,
  enforceRetention,
  sweepLeftBehind,
  rotateSecrets,
]

/**
 * Tells the watch when each job begins and how it ends: what fails, and what the platform ends in the middle, is an incident.
 *
 * @throws after all jobs ran, if one failed, so that Cloudflare records the run as failed
 */
export async function runJobs(jobs: readonly Job[], context: RequestContext, log: Log): Promise<void> {
  const failed: string[] = []
  const tell = (job: string, fault: string | null) =>
    answered(context, 'incidents', () => context.incidents.noteJob(job, fault))
  for (const { name, run } of jobs) {
    await tell(name, NOT_FINISHED)
    try {
      log({ event: 'job_done', handler: name, count: await run(context) })
      await tell(name, null)
    } catch (cause) {
      failed.push(name)
      log({ event: 'job_failed', handler: name, fault: faultName(cause) })
      await tell(name, faultName(cause))
    }
  }
  if (failed.length > 0) throw new Error(`jobs failed: ${failed.join(', ')}`)
}
