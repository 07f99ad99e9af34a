/** Tells all who judge by a source that it has changed. The operator hears whom the news did not reach. */
import type { UnreachedGuard } from './source.ts'

/** The guards' side of a change, as far as the registry knows them. */
export interface Guards {
  getByName(name: string): { learn(sourceVersion: number): Promise<void> }
}

/** How long an isolate uses a source without asking: what a guard that was not reached may cost. */
const CACHE_SECONDS = 30

/** @param shards as many as the source has or had */
export async function announce(
  source: string,
  shards: number,
  version: number,
  guards: Guards,
): Promise<UnreachedGuard[]> {
  const names = Array.from({ length: shards }, (_, shard) => `${source}#${shard}`)
  const told = await Promise.allSettled(names.map((name) => guards.getByName(name).learn(version)))
  return names
    .filter((_, i) => told[i]?.status === 'rejected')
    .map((guard) => ({ guard, oldValueMayLiveSeconds: CACHE_SECONDS }))
}
