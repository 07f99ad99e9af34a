/**
 * When a failed message is retried, and when it is dead-lettered. A message is retried in the first queue for about an hour, then
 * stored as a dead letter; if the store does not take it, for a day, and then in the dead letter queue for two weeks, which is as long as
 * Cloudflare keeps a message. `max_retries` of both queues is 100, the most that
 * the platform allows, so the delays decide how long a message lives.
 */
import { doubled } from '../platform/back-off.ts'
import type { DeadReason } from '../store/dead-letters.ts'

export interface RetryPolicy {
  /** Whether a message that failed for this reason is dead-lettered after so many attempts. */
  readonly givesUp: (attempts: number, reason: DeadReason) => boolean
  /** Attempts after which what is left to do, but is not needed, is left undone. */
  readonly attemptsMax: number
  /** Seconds to wait after this many attempts, without jitter. */
  readonly firstDelaySeconds: number
  readonly maxDelaySeconds: number
}

/** About an hour. */
export const ATTEMPTS_MAX = 10

/** A deployment makes such a message readable, so it is not given up in the first queue. */
const CURED_BY_A_DEPLOYMENT: ReadonlySet<DeadReason> = new Set(['version_unknown', 'key_version_unknown'])

export const FIRST_QUEUE: RetryPolicy = {
  attemptsMax: ATTEMPTS_MAX,
  givesUp: (attempts, reason) => attempts >= ATTEMPTS_MAX && !CURED_BY_A_DEPLOYMENT.has(reason),
  firstDelaySeconds: 10,
  maxDelaySeconds: 15 * 60,
}

/**
 * The store did not even take the message as a dead letter, or no consumer ran. So it is processed once more, and a failure
 * dead-letters it at once. The delays make a hundred attempts last longer than two weeks.
 */
export const DEAD_LETTER_QUEUE: RetryPolicy = {
  attemptsMax: 1,
  givesUp: () => true,
  firstDelaySeconds: 60,
  maxDelaySeconds: 4 * 3_600,
}

/** The largest share by which a delay grows. */
const JITTER = 0.25

/**
 * Seconds to wait after this many attempts: the first delay, doubled with each attempt, plus jitter, up to the longest.
 *
 * @param jitter from 0 up to 1
 */
export function retryDelaySeconds(
  { firstDelaySeconds, maxDelaySeconds }: Pick<RetryPolicy, 'firstDelaySeconds' | 'maxDelaySeconds'>,
  attempts: number,
  jitter: number,
): number {
  const seconds = doubled(firstDelaySeconds, maxDelaySeconds, attempts)
  return Math.min(maxDelaySeconds, Math.round(seconds * (1 + JITTER * jitter)))
}
