/** Names every key of Postern in Redis: `postern:<deployment>:<source>:<what>`. */

/**
 * Prefix of all keys of this deployment: `postern:` and twelve hex digits of the id of its registry object. No other deployment
 * has that id, so two of them can share one Redis without taking each other's deliveries for copies.
 */
export const redisNamespace = (registryId: string): string => `postern:${registryId.slice(0, 12)}`

/** The claim of one delivery. */
export const claimKey = (namespace: string, source: string, fingerprint: string): string =>
  `${namespace}:${source}:claim:${fingerprint}`

/** The newest version of a source. */
export const versionKey = (namespace: string, source: string): string => `${namespace}:${source}:version`

/** Prefix of a source's quota counters. `@upstash/ratelimit` appends the guard's shard and the window. */
export const quotaPrefix = (namespace: string, source: string): string => `${namespace}:${source}:rate`
