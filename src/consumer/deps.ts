/** What the consumer may reach beyond its arguments. `index.ts` builds the real one, tests theirs. */
import type { Log } from '../platform/log.ts'
import type { Sealer } from '../platform/seal.ts'
import type { Store } from '../store/store.ts'
import type { OutsideHandler, StoreHandler, Vars } from './handlers/handler.ts'

export interface ConsumerDeps {
  readonly store: Store
  /** Where large deliveries lie until their events are stored. */
  readonly large: Pick<R2Bucket, 'get' | 'delete'>
  /** Opens what the gateway sealed for the queue. */
  readonly queueSealer: Sealer
  readonly storeHandlers: readonly StoreHandler[]
  readonly outsideHandlers: readonly OutsideHandler[]
  readonly vars: Vars
  readonly fetch: typeof fetch
  readonly nowMs: () => number
  /** From 0 up to 1: spreads retries, so that what failed together does not come back together. */
  readonly jitter: () => number
  readonly log: Log
}
