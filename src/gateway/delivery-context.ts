/** What the operator is told of a delivery besides its end. Each stage adds what it knows; `decision.ts` makes one record of it. */
import type { Level } from '../event/decision.ts'
import type { Provider } from '../providers/provider.ts'
import { type CheckRecord, EMPTY_RECORD } from './check/level.ts'

export interface DeliveryContext {
  provider?: Provider
  source?: string
  level?: Level
  /** auth methods that were attempted, by name, and those that verified the sender. */
  attempted: readonly string[]
  verified: readonly string[]
  /** The checks that are decided so far. */
  checks: CheckRecord
  /** Why the delivery was admitted without a claim. */
  degraded: string | null
  bytes: number
}

export const newDeliveryContext = (): DeliveryContext => ({
  attempted: [],
  verified: [],
  checks: EMPTY_RECORD,
  degraded: null,
  bytes: 0,
})
