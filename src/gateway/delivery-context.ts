/**
 * Facts about a delivery besides its result. `build-decision.ts` turns them into the decision record. A context never changes. Stages do
 * not see it: they return their results, and `intake.ts`, `screen.ts` and `enter.ts` pass on a new context that includes them.
 */
import type { CaptureWindow } from '../event/captured.ts'
import type { Level } from '../event/decision.ts'
import type { SetupWindow } from '../event/setup-window.ts'
import type { Provider } from '../providers/shared/provider.ts'
import { levelOf } from './accept/containment.ts'
import type { Known } from './accept/index.ts'
import { type CheckRecord, EMPTY_RECORD } from './check/record.ts'
import type { Outcome } from './outcome.ts'

export interface DeliveryContext {
  readonly provider?: Provider
  readonly source?: string
  readonly level?: Level
  /** While an operator captures refused deliveries of the source. */
  readonly capture?: CaptureWindow | undefined
  /** Until a delivery of the source was verified, if its ESP makes a first call. */
  readonly setup?: SetupWindow | undefined
  /** Names of the auth methods that were attempted, and of those that verified the sender. */
  readonly attempted: readonly string[]
  readonly verified: readonly string[]
  /** The checks that are decided so far. */
  readonly checks: CheckRecord
  /** Why the delivery was admitted without a claim. */
  readonly degraded: string | null
  readonly bytes: number
}

export const EMPTY_CONTEXT: DeliveryContext = {
  attempted: [],
  verified: [],
  checks: EMPTY_RECORD,
  degraded: null,
  bytes: 0,
}

/** The context of a delivery to this source. */
export const withSource = (
  context: DeliveryContext,
  { source, provider }: Known,
  nowMs: number,
): DeliveryContext => ({
  ...context,
  provider,
  source: source.name,
  level: levelOf(source, nowMs),
  capture: source.capture,
  setup: source.setup,
})

/** An outcome, and what is known of the delivery by then. */
export type Step<T> = Outcome<T> & { readonly context: DeliveryContext }

export const step = <T>(outcome: Outcome<T>, context: DeliveryContext): Step<T> => ({ ...outcome, context })
