/** Tells all who judge by a source that it has changed. The operator hears whom the news did not reach. */
import type { VersionsInRedis } from './redis-versions.ts'

/** The guards' side of a change, as far as the registry knows them. */
export interface Guards {
  getByName(name: string): { learn(sourceVersion: number): Promise<void> }
}

/** A guard that did not hear of a change: until then isolates that cached the old source may use it. */
export interface UnreachedGuard {
  readonly guard: string
  readonly oldValueMayLiveSeconds: number
}

/** How long an isolate uses a source without asking: what a guard that was not reached may cost. */
const CACHE_SECONDS = 30

/** Name of all guards of a source that are in Redis: they share one note of its version. */
const IN_REDIS = 'redis'

/** @param shards as many as the source has or had */
export async function announce(
  source: string,
  shards: number,
  version: number,
  guards: Guards,
  redis: Pick<VersionsInRedis, 'tell'>,
): Promise<UnreachedGuard[]> {
  const objects = Array.from({ length: shards }, (_, shard) => `${source}#${shard}`)
  const told = await Promise.allSettled([
    ...objects.map((name) => guards.getByName(name).learn(version)),
    redis.tell(source, version),
  ])
  return [...objects, IN_REDIS]
    .filter((_, i) => told[i]?.status === 'rejected')
    .map((guard) => ({ guard, oldValueMayLiveSeconds: CACHE_SECONDS }))
}
