/** When a failed message is retried, and when it is dead-lettered. */

/**
 * Attempts before the consumer dead-letters a message with a reason, after about an hour. It is below `max_retries` in
 * wrangler.toml, so that the platform, which knows no reason, gives up only on messages that could not be dead-lettered.
 */
export const ATTEMPTS_MAX = 10

const FIRST_DELAY_SECONDS = 10
const MAX_DELAY_SECONDS = 15 * 60

/** The largest share by which a delay grows. */
const JITTER = 0.25

/**
 * Seconds to wait after this many attempts: 10, 20, 40 and so on, plus jitter, at most 900.
 *
 * @param jitter from 0 up to 1
 */
export function retryDelaySeconds(attempts: number, jitter: number): number {
  const seconds = FIRST_DELAY_SECONDS * 2 ** Math.max(0, attempts - 1)
  return Math.min(MAX_DELAY_SECONDS, Math.round(seconds * (1 + JITTER * jitter)))
}
