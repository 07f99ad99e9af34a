/** The dependencies of an erasure in the store. */
import type { Sealer } from '../../platform/seal.ts'
import type { Store } from '../store.ts'

export interface ErasureDeps {
  readonly store: Store
  /** Large deliveries, to which dead letters may point. */
  readonly large: Pick<R2Bucket, 'get' | 'put' | 'delete'>
  /** Opens and seals the contents of queue messages. */
  readonly queueSealer: Sealer
  readonly nowMs: () => number
}
