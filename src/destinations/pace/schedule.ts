/** When a failed delivery is tried again. */
import { jittered } from '../../platform/back-off.ts'

const SECOND = 1
const MINUTE = 60
const HOUR = 3_600

/**
 * Seconds to wait before each try, as in the example of Standard Webhooks; 75.6 hours in all.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#deliverability-and-reliability
 */
const WAITS_SECONDS = [
  0,
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
] as const

export const TRIES_MAX = WAITS_SECONDS.length

const RETRY_AFTER_MAX_SECONDS = 24 * HOUR

/**
 * Milliseconds until the next try; undefined if the tries are used up.
 *
 * @param tries how many were made
 * @param retryAfterSeconds what the endpoint asked for; it lengthens the wait, up to 24 hours, and never shortens it
 * @param random from 0 up to 1
 */
export function nextTryMs(
  tries: number,
  retryAfterSeconds: number | null,
  random: number,
): number | undefined {
  const seconds = WAITS_SECONDS[tries]
  if (seconds === undefined) return undefined
  return Math.round(Math.max(1_000 * jittered(seconds, random), retryAfterMs(retryAfterSeconds)))
}

/** Milliseconds that the endpoint asked for, up to 24 hours; 0 if it asked for none. */
export const retryAfterMs = (seconds: number | null): number =>
  1_000 * Math.min(seconds ?? 0, RETRY_AFTER_MAX_SECONDS)
