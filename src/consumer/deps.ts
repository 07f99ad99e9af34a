/** The consumer's dependencies. `index.ts` builds the real ones; tests build their own. */
import type { Log } from '../platform/log.ts'
import type { Sealer } from '../platform/seal.ts'
import type { Store } from '../store/store.ts'
import type { OutsideHandler, StoreHandler, Vars } from './handlers/handler.ts'

export interface ConsumerDeps {
  readonly store: Store
  /** Holds large deliveries until their events are stored. */
  readonly large: Pick<R2Bucket, 'get' | 'delete'>
  /** Opens contents that the gateway sealed for the queue. */
  readonly queueSealer: Sealer
  readonly storeHandlers: readonly StoreHandler[]
  readonly outsideHandlers: readonly OutsideHandler[]
  readonly vars: Vars
  readonly fetch: typeof fetch
  readonly nowMs: () => number
  /** From 0 up to 1. It spreads retries, so that messages which failed together are not retried together. */
  readonly jitter: () => number
  readonly log: Log
}
