/** Tells all guards of a source that it has changed. The operator gets a list of those that did not answer. */
import type { UnreachedGuard } from '../../api/sources.ts'
import type { RedisVersions } from './redis-versions.ts'

/** The guards, as the registry calls them. */
export interface Guards {
  getByName(name: string): { learn(sourceVersion: number): Promise<void> }
}

/** How long an isolate uses a cached source without asking: an unreached guard allows the old values for so long. */
const CACHE_SECONDS = 30

/** Name of all guards of a source that are in Redis: they share one stored version. */
const IN_REDIS = 'redis'

/** @param shards the larger number of guards before and after the change */
export async function notifyGuards(
  source: string,
  shards: number,
  version: number,
  guards: Guards,
  redis: Pick<RedisVersions, 'publish'>,
): Promise<UnreachedGuard[]> {
  const objects = Array.from({ length: shards }, (_, shard) => `${source}#${shard}`)
  const results = await Promise.allSettled([
    ...objects.map((name) => guards.getByName(name).learn(version)),
    redis.publish(source, version),
  ])
  return [...objects, IN_REDIS]
    .filter((_, i) => results[i]?.status === 'rejected')
    .map((guard) => ({ guard, old_value_may_live_seconds: CACHE_SECONDS }))
}
