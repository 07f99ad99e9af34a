/** All that an isolate or an object needs to hold back whatever an erasure has not reached yet. */
import { readMasterKeys } from '../../platform/master-key.ts'
import { sealer } from '../../platform/seal.ts'
import { SingleFlight } from '../../platform/single-flight.ts'
import type { Store } from '../store.ts'
import { ENSURE_MAX_MS, type EnsureDeps, ErasuresPending, ensureErased } from './ensure.ts'
import type { ErasureList } from './erasure.ts'
import { NewestNumber } from './newest-number.ts'
import { failIfBehind, isRefusal, readProgress } from './progress.ts'
import { batchedDb, innerOf } from '../batched-db.ts'

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

interface GateDeps extends Omit<EnsureDeps, 'registry'> {
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

/**
 * The database for whoever answers people: nothing is read from it, or written, while an erasure is missing. Each statement runs in one
 * transaction with the check, so that a restore at any moment is noticed. If it is behind, the erasures are completed first.
 */
interface Completing {
  /** Number of the newest erasure. */
  readonly newest: () => Promise<number>
  /** Completes them all. @throws {ErasuresPending} */
  readonly ensure: () => Promise<void>
}

/** The store may be restored again while it is completed. */
const TRIES_MAX = 3

/** Only what {@link batchedDb} has. */
export function completeDb(db: D1Database, { newest, ensure }: Completing): D1Database {
  async function batch<T>(outer: readonly D1PreparedStatement[]): Promise<D1Result<T>[]> {
    const statements = outer.map(innerOf)
    for (let tries = 1; ; tries++) {
      const number = await newest()
      if (number === 0) return db.batch<T>(statements)
      try {
        return (await db.batch<T>([failIfBehind(db, number), ...statements])).slice(1)
      } catch (cause) {
        if (tries === TRIES_MAX || !isRefusal(cause) || (await readProgress(db)).through >= number)
          throw cause
      }
      await ensure()
    }
  }
  return batchedDb(db, batch)
}
