/** The erasure of a person, as the registry lists it. */
import type { Sealer } from '../../platform/seal.ts'
import type { Store } from '../store.ts'

export interface Erasure {
  /** Erasures are applied in the order of their numbers. */
  readonly number: number
  /** Blind index, 32 hex digits. */
  readonly person: string
  /** Events that were received until then are stored without the person. */
  readonly erasedAtMs: number
  readonly keepsSuppression: boolean
}

/** The registry's list of all erasures. */
export interface ErasureList {
  /** Number of the newest erasure; 0 if there is none. */
  newest(): Promise<number>
  /** Erasures with greater numbers, in order. */
  after(number: number, limit: number): Promise<readonly Erasure[]>
}

/** The dependencies of an erasure in the store. */
export interface ErasureDeps {
  readonly store: Store
  /** Large deliveries, to which dead letters may point. */
  readonly large: Pick<R2Bucket, 'get' | 'put' | 'delete'>
  /** Opens and seals the contents of queue messages. */
  readonly queueSealer: Sealer
  readonly nowMs: () => number
}
