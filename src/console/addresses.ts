/** Checks of addresses as the API, the pages and the jobs of each minute and night make them. */
import { type Answered, type CheckDeps, checkAddresses, toFixedHosts } from '../addresses/check.ts'
import { type Job, forgetJobs, workOnJobs } from '../addresses/jobs.ts'
import { forgetVerdicts } from '../addresses/kept.ts'
import type { StoredService } from '../addresses/settings.ts'
import type { AddressJob, AddressService, Answer } from '../api/addresses.ts'
import { instantOrNull, toInstant } from '../platform/time.ts'
import type { Store } from '../store/store.ts'
import type { RequestContext } from './request-context.ts'

/** A request ends before its client gives up: calls that run then take twelve seconds more. */
const REQUEST_MS = 10_000
/** Of each minute, so that two runs rarely meet. */
const MINUTE_RUN_MS = 40_000

const depsOf = (store: Store, nowMs: () => number, forMs: number): CheckDeps => {
  const untilMs = nowMs() + forMs
  // The runtime's fetch refuses to be called as a method of another object.
  const send = toFixedHosts((input, init) => fetch(input, init), nowMs)
  return { store, send, nowMs, mayAsk: () => nowMs() < untilMs }
}

export async function checkNow(
  { store, live }: Pick<RequestContext, 'store' | 'live'>,
  addresses: readonly string[],
  noteSending: NonNullable<CheckDeps['noteSending']>,
): Promise<Answer[]> {
  const deps = { ...depsOf(store, live.nowMs, REQUEST_MS), noteSending }
  return (await checkAddresses(deps, addresses)).map(answerOf)
}

/** The run of each minute. @returns how many addresses were answered */
export const checkEachMinute = (store: Store, nowMs: () => number): Promise<number> =>
  workOnJobs(depsOf(store, nowMs, MINUTE_RUN_MS))

const FORGET_STEP = 1_000
const FORGET_STEPS = 100

/** The run of each night: verdicts that count no more, and old lists. @returns how many */
export async function forgetAddresses({
  store,
  nowMs,
}: Pick<RequestContext, 'store' | 'nowMs'>): Promise<number> {
  let sum = await forgetJobs(store, nowMs)
  for (let steps = 0; steps < FORGET_STEPS; steps++) {
    const removed = await forgetVerdicts(store, nowMs, FORGET_STEP)
    sum += removed
    if (removed < FORGET_STEP) break
  }
  return sum
}

export const answerOf = ({ suggestion, checkedAtMs, expiresAtMs, ...rest }: Answered): Answer => ({
  address: rest.address,
  verdict: rest.verdict,
  reasons: [...rest.reasons],
  flags: rest.flags,
  did_you_mean: suggestion,
  by: rest.by,
  words: [...rest.words],
  checked_at: toInstant(checkedAtMs),
  expires_at: toInstant(expiresAtMs),
  pending: rest.pending,
})

export const jobAnswer = (job: Job): AddressJob => ({
  id: job.id,
  created_at: toInstant(job.created_at),
  state: job.ended_at === null ? 'running' : job.stopped_at === null ? 'done' : 'stopped',
  addresses: job.addresses,
  done: job.done,
  verdicts: JSON.parse(job.verdicts) as AddressJob['verdicts'],
  finished_at: instantOrNull(job.ended_at),
})

export const serviceAnswer = (stored: StoredService): AddressService => {
  const { version, changedAtMs, settings, sealedKey, spentToday, failure, failedAtMs, pausedUntilMs } = stored
  return {
    version,
    changed_at: instantOrNull(changedAtMs),
    ...settings,
    has_key: sealedKey !== null,
    spent_today: spentToday,
    failure,
    failed_at: failure === null ? null : toInstant(failedAtMs),
    paused_until: pausedUntilMs === 0 ? null : toInstant(pausedUntilMs),
  }
}
