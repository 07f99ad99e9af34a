/**
 * The newest version of each source in Redis, for guards that use Redis. The registry writes it on every change; each `admit`
 * reads it. It never decreases.
 */
import type { Redis } from '@upstash/redis/cloudflare'
import { SetupError } from '../../platform/master-key.ts'
import { redisNamespace, versionKey } from '../../platform/redis-keys.ts'
import { NO_REDIS, type RedisEnv, readRedis, redisClient } from '../../platform/redis.ts'

/** An isolate may use a cached source for a day at most (`maxStaleSeconds`). After two days no isolate has an older version. */
const EXPIRES_AFTER_SECONDS = 2 * 86_400

// KEYS: the version. ARGV: the version, its expiry (s).
const PUBLISH = `
local known = tonumber(redis.call('GET', KEYS[1]) or '0')
local version = math.max(known, tonumber(ARGV[1]))
redis.call('SET', KEYS[1], string.format('%.0f', version), 'EX', ARGV[2])
return version`

/** Stores the version, unless a newer one is stored. */
export async function publishVersion(
  redis: Redis,
  namespace: string,
  source: string,
  version: number,
): Promise<void> {
  const script = redis.createScript(PUBLISH)
  await script.exec([versionKey(namespace, source)], [String(version), String(EXPIRES_AFTER_SECONDS)])
}

/** Redis as the registry uses it. */
export interface RedisVersions {
  /** Why no source can have its guard in Redis, in one sentence. Null when Redis can be used. */
  readonly problem: string | null
  /** Rejects when Redis has not stored the version. Does nothing when Redis is not set up. */
  readonly publish: (source: string, version: number) => Promise<void>
}

/** @param registryId the registry object's own id */
export function redisVersions(env: RedisEnv, registryId: string): RedisVersions {
  try {
    const settings = readRedis(env)
    if (settings === undefined) return { problem: NO_REDIS, publish: async () => undefined }
    const redis = redisClient(settings)
    const namespace = redisNamespace(registryId)
    return {
      problem: null,
      publish: (source, version) => publishVersion(redis, namespace, source, version),
    }
  } catch (cause) {
    if (!(cause instanceof SetupError)) throw cause
    return { problem: cause.message, publish: () => Promise.reject(cause) }
  }
}
