/** When a message that failed is retried, and when no more. */

/**
 * Tries before the consumer gives a message up itself, with a reason: about an hour. Below `max_retries` in wrangler.toml,
 * so that the platform, which knows no reason, gives up only on what could not even be buried.
 */
export const ATTEMPTS_MAX = 10

const FIRST_DELAY_SECONDS = 10
const MAX_DELAY_SECONDS = 15 * 60

/** By how much of itself a delay may grow. */
const JITTER = 0.25

/**
 * Seconds to wait after this many attempts: 10, 20, 40 and so on, spread, and never more than 900.
 *
 * @param jitter from 0 up to 1
 */
export function retryDelaySeconds(attempts: number, jitter: number): number {
  const seconds = FIRST_DELAY_SECONDS * 2 ** Math.max(0, attempts - 1)
  return Math.min(MAX_DELAY_SECONDS, Math.round(seconds * (1 + JITTER * jitter)))
}
