/**
 * Keeps a store whose erasures are not complete from being read: that is so after a crash, and after a restore of the database. Then
 * they are applied again before the first answer.
 */
import type { ErasureDeps, ErasureList } from './erasure.ts'
import { applyErasures } from './apply.ts'
import { readProgress } from './progress.ts'
import { destroyKeys } from './rows.ts'

/** The store is not complete yet. Ask again later. */
export class ErasuresPending extends Error {
  override readonly name = 'ErasuresPending'
}

export interface EnsureDeps extends ErasureDeps {
  readonly registry: { readonly erasures: ErasureList }
}

/** Erasures that are applied together. Each place is searched once for all of them. */
const TOGETHER = 200

/** As long as a request may take. */
export const ENSURE_MAX_MS = 15_000

/** Each round makes progress, unless the database was restored meanwhile. */
const RESTORES_MAX = 5

/**
 * Completes all erasures of the registry.
 *
 * @param maxMs how long new steps are begun
 * @throws {ErasuresPending} if the time was not enough. All that was done stays, and the next call goes on
 */
export async function ensureErased(
  { registry, ...deps }: EnsureDeps,
  maxMs: number = ENSURE_MAX_MS,
): Promise<void> {
  const endMs = deps.nowMs() + maxMs
  const mayGoOn = () => deps.nowMs() < endMs
  for (let restores = 0; restores <= RESTORES_MAX && mayGoOn();) {
    const { through } = await readProgress(deps.store.db)
    const erasures = await registry.erasures.after(through, TOGETHER)
    if (erasures.length === 0) return
    if (!(await applyErasures(deps, { through, erasures }, mayGoOn))) restores++
  }
  throw new ErasuresPending('the erasures of the store are not complete')
}

/**
 * Destroys the keys of all erasures of the registry, which is quick. Who stores events needs no more: from now on nothing is
 * sealed under a key that is to be destroyed.
 */
export async function ensureBegun({
  registry,
  store: { db },
}: Pick<EnsureDeps, 'registry' | 'store'>): Promise<void> {
  for (;;) {
    const { begun } = await readProgress(db)
    const erasures = await registry.erasures.after(begun, TOGETHER)
    if (erasures.length === 0) return
    await destroyKeys(db, erasures)
  }
}
