/** The consumer's dependencies. `index.ts` builds the real ones; tests build their own. */
import type { Log } from '../platform/log.ts'
import type { Sealer } from '../platform/seal.ts'
import type { Store } from '../store/store.ts'
import type { StoreHandler } from './handlers/handler.ts'

/** Erasures of people, as the registry lists them. */
export interface ConsumerErasures {
  /** Number of the newest one; 0 also if the registry cannot tell. It never throws. */
  readonly newest: () => Promise<number>
  /** Destroys the keys of all of them. */
  readonly begin: () => Promise<void>
}

export interface ConsumerDeps {
  readonly store: Store
  /** Holds large deliveries until their events are stored. */
  readonly large: Pick<R2Bucket, 'get' | 'put' | 'delete'>
  /** Opens contents that the gateway sealed for the queue. */
  readonly queueSealer: Sealer
  readonly storeHandlers: readonly StoreHandler[]
  /** The Worker's variables by name; a binding is not text and counts as absent. */
  readonly vars: (name: string) => string | undefined
  /** Called after a commit that stored events, so that the readers wake at once. It never throws. */
  readonly hint: () => void
  /** Called after a batch: the name of the fault if the store took none of it, null if it took something. It never throws. */
  readonly noteStore: (fault: string | null) => void
  readonly erasures: ConsumerErasures
  /** Whether events of the source were fetched from its ESP lately, or may have been. It never throws. */
  readonly isBackfilled: (source: string) => Promise<boolean>
  readonly nowMs: () => number
  /** From 0 up to 1. It spreads retries, so that messages which failed together are not retried together. */
  readonly jitter: () => number
  readonly log: Log
}
