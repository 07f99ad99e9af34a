/** A run of the archive: it writes files, merges them, deletes those that were replaced, and removes old events from the store. */
import { type Log, faultName } from '../platform/log.ts'
import { DAY_MS } from '../platform/time.ts'
import {
  type Claim,
  type FileBounds,
  claimSpan,
  dropClaim,
  finishClaim,
  isClaimDue,
  openClaim,
} from '../store/archive-claims.ts'
import { claimMerge, filesToSweep, removeSwept } from '../store/archive-merges.ts'
import { judgeNext } from '../store/judging.ts'
import type { Store } from '../store/store.ts'
import type { Domains } from './domains.ts'
import { deleteFile, putFile } from './put-file.ts'
import { readSpan } from './read-span.ts'
import { type HotDeps, removeHot } from './remove-hot.ts'

export interface ArchiveDeps extends HotDeps {
  readonly store: Store
  readonly bucket: Pick<R2Bucket, 'put' | 'head' | 'delete'>
  readonly domains: Pick<Domains, 'begin'>
  readonly bounds: FileBounds
  /** How long events wait for their file. @throws if the setting is malformed */
  readonly waitMs: () => number
  /** A new id for a claim. */
  readonly newClaimId: () => string
  readonly nowMs: () => number
  readonly log: Log
}

/** After that, the rest belongs to another invocation. */
const RUN_MAX_MS = 20_000

/** Steps of one kind in a run: D1 allows 1,000 statements in one invocation, and a step takes up to twenty. */
const STEPS_MAX = 12

/** A merge that fails for so long is given up: until then nothing of its day or later leaves the store. */
const MERGE_MAX_MS = DAY_MS

/** Objects of one step. */
const SWEEP_FILES = 50

/** A step of bounded size. @returns whether there may be more of it to do */
type Step<Deps = ArchiveDeps> = (deps: Deps) => Promise<boolean>

/** Events are judged first, so that files have what is known of them. */
const STEPS: readonly Step[] = [judgeNext, writeNext, mergeNext, sweep, removeHot]

/**
 * One run. If one kind of step fails, the others still run: a bucket that does not answer must not keep old events in the store.
 *
 * @returns 0 if there is more to do at once, null if only time brings more
 * @throws the first fault
 */
export const runArchive = (deps: ArchiveDeps): Promise<number | null> => runSteps(STEPS, deps)

/** A run where there is no archive. @throws what the store throws */
export const runJudging = (deps: JudgingDeps): Promise<number | null> => runSteps([judgeNext], deps)

type JudgingDeps = Parameters<typeof judgeNext>[0]

async function runSteps<Deps extends JudgingDeps>(
  steps: readonly Step<Deps>[],
  deps: Deps,
): Promise<number | null> {
  const endMs = deps.nowMs() + RUN_MAX_MS
  const faults: unknown[] = []
  let isDone = true
  for (const step of steps) {
    try {
      for (let steps = 1; await step(deps); steps++) {
        if (steps < STEPS_MAX && deps.nowMs() < endMs) continue
        isDone = false
        break
      }
    } catch (cause) {
      faults.push(cause)
    }
  }
  if (faults.length > 0) throw faults[0]
  return isDone ? null : 0
}

/** Finishes a claim, or makes a new one. */
async function writeNext(deps: ArchiveDeps): Promise<boolean> {
  const claim = (await openClaim(deps.store, 'new events')) ?? (await claimNext(deps))
  if (claim === null) return false
  await writeClaim(claim, deps)
  return true
}

async function claimNext({ store, newClaimId, nowMs, ...deps }: ArchiveDeps): Promise<Claim | null> {
  const bounds = { ...deps.bounds, waitMs: deps.waitMs() }
  const now = nowMs()
  return (await isClaimDue(store, bounds, now)) ? claimSpan(store, bounds, newClaimId(), now) : null
}

async function mergeNext(deps: ArchiveDeps): Promise<boolean> {
  const { store, bounds, newClaimId, nowMs } = deps
  const open = await openClaim(store, 'a merge')
  if (open !== null && nowMs() - open.claimedAtMs >= MERGE_MAX_MS) {
    await drop(open, deps)
    return true
  }
  const claim = open ?? (await claimMerge(store, bounds, newClaimId(), nowMs()))
  if (claim === 'none') return false
  if (claim !== 'day done') await writeClaim(claim, deps)
  return true
}

/** Reads, puts and marks. Each of these steps can be repeated, also by another writer at the same time. */
export async function writeClaim(claim: Claim, deps: ArchiveDeps): Promise<void> {
  try {
    await tryClaim(claim, deps)
  } catch (cause) {
    deps.log({ event: 'archive_claim_failed', message: nameOf(claim), fault: faultName(cause) })
    throw cause
  }
}

const nameOf = ({ firstSegment, lastSegment }: Claim): string => `${firstSegment}-${lastSegment}`

async function drop(claim: Claim, { store, nowMs, log }: ArchiveDeps): Promise<void> {
  await dropClaim(store, claim, nowMs())
  log({ event: 'archive_claim_dropped', message: nameOf(claim) })
}

async function tryClaim(claim: Claim, deps: ArchiveDeps): Promise<void> {
  const { store, bucket, domains, bounds, nowMs, log } = deps
  const beganMs = nowMs()
  const columns = await readSpan(store, domains, claim)
  const isComplete = claim.merges === 0 ? columns.events > 0 : columns.events === claim.events
  if (!isComplete) return drop(claim, deps)
  const file = columns.file({
    'postern.dt': claim.dt,
    'postern.first_segment': String(claim.firstSegment),
    'postern.last_segment': String(claim.lastSegment),
  })
  const put = await putFile(bucket, claim, file, columns.events, columns.values('id'))
  if (await finishClaim(store, claim, put, bounds, nowMs()))
    log({
      event: claim.merges === 0 ? 'archive_file_written' : 'archive_files_merged',
      message: put.key,
      count: put.events,
      bytes: put.bytes,
      duration_ms: nowMs() - beganMs,
    })
}

/** Deletes objects of files that were replaced, once no restore of the database can bring these back. */
async function sweep({ store, bucket, nowMs, log }: ArchiveDeps): Promise<boolean> {
  const files = await filesToSweep(store, SWEEP_FILES, nowMs())
  if (files.length === 0) return false
  for (const file of files) await deleteFile(bucket, file)
  await removeSwept(store, files)
  log({ event: 'archive_swept', count: files.length })
  return files.length === SWEEP_FILES
}
