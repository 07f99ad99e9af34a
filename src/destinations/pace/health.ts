/** How long a destination has had no success: when a person is warned, and when it is disabled. */
import { DAY_MS } from '../../platform/time.ts'

export interface Health {
  readonly lastSuccessAtMs: number | null
  /** Time of the first failure since the last success; null if none has failed since. */
  readonly failingSinceMs: number | null
  /** Whether that is so long ago that a person should look. */
  readonly isWarned: boolean
  readonly disabled: Disabled | null
}

export interface Disabled {
  readonly reason: DisabledReason
  readonly atMs: number
}

/** `gone`: the endpoint answered 410. `asked`: it answered `webhook-delivery: disable`. `no_success`: five days without a success. */
export type DisabledReason = 'gone' | 'asked' | 'no_success'

export const HEALTHY: Health = {
  lastSuccessAtMs: null,
  failingSinceMs: null,
  isWarned: false,
  disabled: null,
}

const WARN_AFTER_MS = DAY_MS
const DISABLE_AFTER_MS = 5 * DAY_MS

/**
 * An endpoint without a success for so long was ill. One that refuses single deliveries has successes in between. It is longer than the
 * wait before the second try of a delivery.
 */
const ILL_MS = 7_000

/** Whether a success now shows that the endpoint is well again. */
export const hasRecovered = ({ failingSinceMs }: Health, nowMs: number): boolean =>
  failingSinceMs !== null && nowMs - failingSinceMs >= ILL_MS

/** @param asked set if the endpoint accepts the delivery and asks to be disabled */
export const succeeded = (health: Health, asked: 'gone' | 'asked' | null, nowMs: number): Health => ({
  lastSuccessAtMs: nowMs,
  failingSinceMs: null,
  isWarned: false,
  disabled: health.disabled ?? (asked === null ? null : { reason: asked, atMs: nowMs }),
})

/** @param asked set if the endpoint asks to be disabled */
export function failed(health: Health, asked: 'gone' | 'asked' | null, nowMs: number): Health {
  const failingSinceMs = health.failingSinceMs ?? nowMs
  const reason = asked ?? (nowMs - failingSinceMs >= DISABLE_AFTER_MS ? 'no_success' : null)
  return {
    ...health,
    failingSinceMs,
    isWarned: nowMs - failingSinceMs >= WARN_AFTER_MS,
    disabled: health.disabled ?? (reason === null ? null : { reason, atMs: nowMs }),
  }
}
