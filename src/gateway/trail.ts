/** What the operator is told of a delivery besides its end. Each stage adds what it knows. */
import type { Provider } from '../providers/provider.ts'

export interface Trail {
  provider?: Provider
  source?: string
  /** Methods of proof that were tried, by name. */
  tried: readonly string[]
  failedChecks: readonly string[]
  alerts: readonly string[]
  bytes: number
}

export const newTrail = (): Trail => ({ tried: [], failedChecks: [], alerts: [], bytes: 0 })
