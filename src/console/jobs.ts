/** The scheduled jobs, and the run of each night. */
import { answered, type RequestContext } from './request-context.ts'
import { MINUTE_MS } from '../platform/time.ts'
import { goOn } from './people/erase.ts'
import { adoptErasures } from './people/erasure-copies.ts'
import { archive } from './backups/audit-archive.ts'
import { lackedBy } from '../api/backups.ts'
import { BACKUP_JOB, keepBackup } from './backups/backups.ts'
import { forgetLostRetries } from '../store/retrying.ts'
import { hasDriver } from './esp-accounts.ts'
import { concurrently } from '../platform/concurrently.ts'
import { erasureDeps } from './people/deps.ts'
import { listPeople } from '../store/erasures/places/people-column.ts'
import { PEOPLE_COLUMNS } from '../store/erasures/places/index.ts'
import { forgetAddresses } from './addresses.ts'
import { enforce } from './retention/enforce.ts'
import { judgeAtNight } from './policy.ts'
import { sweep } from './retention/sweep.ts'
import type { MaintenanceReport } from '../registry/rotation/contract.ts'
import type { LogEventName } from '../platform/log-events.ts'
import { faultName, type Log } from '../platform/log.ts'
import { NOT_FINISHED } from '../watch/operations/facts.ts'

/** The scheduled jobs. */

interface Job {
  /** Name in the log, for example `back_up`. */
  readonly name: string
  /**
   * Does what is due. It is safe to run twice, and to run again after a crash.
   *
   * @returns number of items done, for the log
   */
  readonly run: (context: RequestContext) => Promise<number>
}

/** A fault whose name is in the log: the run counts as failed, and everything else of the job is done. */
const inPart = (name: string, message: string): Error => Object.assign(new Error(message), { name })

const COMPLETE_MS = 4 * MINUTE_MS

/** Completes erasures in the store, also those for which the time of a request is not enough. */
const completeErasures: Job = {
  name: 'complete_erasures',
  async run({ erasures }) {
    await erasures.ensure(COMPLETE_MS)
    return 1
  },
}

const FINISH_MS = 3 * MINUTE_MS

/** Of one run: some calls for each. */
const ERASURES_MAX = 50

/** Ends erasures of people that a crash or a fault has left unfinished, and adopts those of a registry that was lost. */
export const finishErasures: Job = {
  name: 'finish_erasures',
  async run(context) {
    const { registry, live } = context
    const untilMs = live.nowMs() + FINISH_MS
    const mayGoOn = () => live.nowMs() < untilMs
    const { damaged } = await adoptErasures(context)
    const unfinished = await registry.erasures.unfinished(ERASURES_MAX)
    let finished = 0
    for (const erasure of unfinished) {
      if (!mayGoOn() || (await goOn(context, erasure, mayGoOn)) === 'running') break
      finished++
    }
    if (damaged > 0) throw inPart('ErasureCopyDamaged', `${damaged} copies of erasures cannot be read`)
    if (finished < unfinished.length) throw inPart('ErasuresUnfinished', 'erasures are not finished')
    return finished
  },
}

/** Makes a backup of the registry, of the incidents and of the suppressions. Retention removes old ones. */
export const backUp: Job = {
  name: BACKUP_JOB,
  async run(context) {
    const lacked = lackedBy(await keepBackup(context))
    if (lacked.length > 0) throw inPart('BackupIncomplete', `the backup lacks ${lacked.join(', ')}`)
    return 1
  },
}

const AT_ONCE = 6

/**
 * Wakes the objects that run by alarms and that no other job calls: the platform may have lost an alarm (cloudflare/cloudflare-docs#18324,
 * 2024). Without one, a destination to which nothing new comes never makes its retries and probes.
 */
const wakeObjects: Job = {
  name: 'wake_objects',
  async run({ registry, refusalLog, destinations, espAccounts }) {
    const faults: unknown[] = []
    const wake = async (work: () => Promise<unknown>) => {
      await work().catch((cause: unknown) => faults.push(cause))
      return true
    }
    // Any call makes the refusal log set the alarm for what it has to delete.
    await wake(() => refusalLog.latest({ limit: 1 }))
    const all = await registry.destinations.list()
    await concurrently(all, AT_ONCE, ({ name }) => wake(() => destinations.getByName(name).wake()))
    const sources = (await registry.sources.list()).filter(hasDriver)
    await concurrently(sources, AT_ONCE, ({ name }) => wake(() => espAccounts.getByName(name).wake()))
    if (faults.length > 0) throw faults[0]
    return all.length + sources.length + 1
  },
}

/** Of one run for each table. */
const LIST_MS = MINUTE_MS
/** A call lists a thousand entries at most. D1 takes 1,000 statements of an invocation, and a call makes some eighty. */
const LIST_CALLS = 5
const CALL_MAX_BYTES = 50_000_000

/** Searches what came to quarantine and dead letters for people: an erasure then finds them by a list, and who was erased before goes. */
const listNamed: Job = {
  name: 'list_people',
  async run(context) {
    let listed = 0
    for (const column of PEOPLE_COLUMNS) {
      const untilMs = context.live.nowMs() + LIST_MS
      const mayGoOn = () => context.live.nowMs() < untilMs
      for (let calls = 0; calls < LIST_CALLS && mayGoOn(); calls++) {
        const some = await listPeople(erasureDeps(context), column, CALL_MAX_BYTES, mayGoOn)
        if (some === 0) break
        listed += some
      }
    }
    return listed
  },
}

/** Removes what is too old, by the retention document. */
export const enforceRetention: Job = {
  name: 'enforce_retention',
  async run(context) {
    const { removed, failed } = await enforce(context)
    if (failed.length > 0) throw inPart('KindsFailed', `retention failed for ${failed.join(', ')}`)
    return removed
  },
}

/** Rotates due secrets, deletes expired ones, and logs those that need an operator. */
export const rotateSecrets: Job = {
  name: 'rotate_secrets',
  async run({ registry, who, log }) {
    let changed = 0
    for (let after: string | null = ''; after !== null;) {
      const page: Awaited<ReturnType<typeof registry.secrets.rotateDue>> = await registry.secrets.rotateDue(
        after,
        who,
      )
      for (const report of page.reports) {
        log({
          event: eventOf(report),
          source: report.source,
          slot: report.slot,
          outcome: report.state,
          ...(report.problem === null ? {} : { code: report.problem }),
        })
      }
      changed += page.swept + page.reports.filter(({ version }) => version !== null).length
      after = page.next
    }
    return changed
  },
}

/** The name of the log event tells the operator what to do. */
function eventOf({ state, version }: MaintenanceReport): LogEventName {
  if (state === 'waiting') return 'secret_waiting'
  if (state === 'installing') return 'secret_not_installed'
  return version === null ? 'secret_due' : 'secret_rotated'
}

/**
 * The table of jobs. They run one after the other; if one fails, the others still run. Erasures come first: a backup then has nothing of
 * the people. Retention comes after the archive and the backup. Rotation is last: it waits for ESPs, which may take long.
 */
export const JOBS: readonly Job[] = [
  completeErasures,
  finishErasures,
  /** Copies the new lines and the head of the audit log out of the registry. A change in the registry cannot alter the copy. */
  { name: 'archive_audit', run: archive },
  backUp,
  /** Judges everybody by a suppression policy that was taken, where the time of requests was not enough. */
  { name: 'judge_policy', run: judgeAtNight },
  /** Removes verdicts about addresses that count no more, and lists that ended long ago. */
  { name: 'forget_addresses', run: forgetAddresses },
  /** Forgets retries of messages that the queue no longer has: somebody purged it, or the two weeks are over for which it keeps them. */
  { name: 'forget_lost_retries', run: ({ store, nowMs }) => forgetLostRetries(store, nowMs) },
  /** Wakes the watch if it does not run: no event may have come yet, or the platform has lost its alarm. */
  {
    name: 'wake_watch',
    async run({ incidents }) {
      await incidents.wake()
      return 1
    },
  },
  /** Wakes the object that writes the archive if it does not run: no event may have come yet, or the platform has lost its alarm. */
  {
    name: 'wake_archive',
    async run({ archiver }) {
      await archiver?.wake()
      return archiver === undefined ? 0 : 1
    },
  },
  wakeObjects,
  listNamed,
  enforceRetention,
  /** Removes rows and objects that crashes have left behind. */
  { name: 'sweep', run: sweep },
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
