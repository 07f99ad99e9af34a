/** All that an isolate or an object needs to hold back whatever an erasure has not reached yet. */
import { readMasterKeys } from '../../platform/master-key.ts'
import { sealer } from '../../platform/seal.ts'
import { SingleFlight } from '../../platform/single-flight.ts'
import type { Store } from '../store.ts'
import { completeDb } from './complete-db.ts'
import { ENSURE_MAX_MS, type EnsureDeps, ErasuresPending, ensureErased } from './ensure.ts'
import type { ErasureList } from './erasure.ts'
import { NewestNumber } from './newest-number.ts'
import { readProgress } from './progress.ts'

/** A request that waits for another one's work goes on a little after that one has ended. */
const PATIENCE_MS = ENSURE_MAX_MS + 5_000

interface GateEnv {
  readonly MASTER_KEY?: string
  readonly LARGE: R2Bucket
}

/** The gate of an object, by its bindings. */
export const gateOf = (
  env: GateEnv,
  list: GateDeps['list'],
  store: Store,
  nowMs: () => number,
): ErasureGate =>
  new ErasureGate({
    store,
    large: env.LARGE,
    queueSealer: sealer(readMasterKeys(env.MASTER_KEY), 'queue'),
    nowMs,
    list,
  })

export interface GateDeps extends Omit<EnsureDeps, 'registry'> {
  /** A new stub of the registry for each call. */
  readonly list: () => ErasureList
}

export class ErasureGate {
  readonly #deps: GateDeps
  readonly #newest: NewestNumber
  readonly #flights = new SingleFlight<boolean>(PATIENCE_MS)

  constructor(deps: GateDeps) {
    this.#deps = deps
    this.#newest = new NewestNumber(deps.list, deps.nowMs)
  }

  /** The same store, which answers only while all erasures are complete. */
  storeOf(store: Store): Store {
    const completing = { newest: () => this.#newest.number(), ensure: () => this.ensure() }
    return { ...store, db: completeDb(store.db, completing) }
  }

  /** Completes what is missing, if the newest erasure that is known is not complete. @throws {ErasuresPending} */
  async pass(): Promise<void> {
    const newest = await this.#newest.number()
    if (newest > 0 && (await readProgress(this.#deps.store.db)).through < newest) await this.ensure()
  }

  /** Completes all erasures of the registry, once for all who ask meanwhile. @throws {ErasuresPending} */
  async ensure(maxMs: number = ENSURE_MAX_MS): Promise<void> {
    const { list, ...deps } = this.#deps
    const complete = async (): Promise<boolean> => {
      await ensureErased({ ...deps, registry: { erasures: list() } }, maxMs)
      return true
    }
    if (!(await this.#flights.run('ensure', complete, false)))
      throw new ErasuresPending('another request completes the erasures')
  }
}
