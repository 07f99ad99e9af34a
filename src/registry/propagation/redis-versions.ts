/**
 * The newest version of each source, where the guards that live in Redis find it: the registry writes it on every change,
 * each `admit` reads it. It never decreases.
 */
import type { Redis } from '@upstash/redis/cloudflare'
import { SetupError } from '../../platform/master-key.ts'
import { NO_REDIS, type RedisEnv, readRedis, redisClient, redisNamespace } from '../../platform/redis.ts'

/** An isolate may use what it has cached for a day (`maxStaleSeconds`); after two, none has an older version. */
const REMEMBERED_SECONDS = 2 * 86_400

// KEYS: the version. ARGV: the version, how long it is remembered (s).
const LEARN = `
local known = tonumber(redis.call('GET', KEYS[1]) or '0')
local version = math.max(known, tonumber(ARGV[1]))
redis.call('SET', KEYS[1], string.format('%.0f', version), 'EX', ARGV[2])
return version`

export const versionKey = (namespace: string, source: string): string => `${namespace}:${source}:version`

export async function tellVersion(
  redis: Redis,
  namespace: string,
  source: string,
  version: number,
): Promise<void> {
  const script = redis.createScript(LEARN)
  await script.exec([versionKey(namespace, source)], [String(version), String(REMEMBERED_SECONDS)])
}

/** Redis as the registry knows it. */
export interface VersionsInRedis {
  /** One sentence: why no source can have its guard in Redis. Null when it can. */
  readonly problem: string | null
  /** Rejects when Redis has not heard it. Where Redis is not used nobody needs to. */
  readonly tell: (source: string, version: number) => Promise<void>
}

/** @param registryId the registry object's own id */
export function versionsInRedis(env: RedisEnv, registryId: string): VersionsInRedis {
  try {
    const settings = readRedis(env)
    if (settings === undefined) return { problem: NO_REDIS, tell: async () => undefined }
    const redis = redisClient(settings)
    const namespace = redisNamespace(registryId)
    return { problem: null, tell: (source, version) => tellVersion(redis, namespace, source, version) }
  } catch (cause) {
    if (!(cause instanceof SetupError)) throw cause
    return { problem: cause.message, tell: () => Promise.reject(cause) }
  }
}
