/** The stores of guards, and which of them a delivery may use: the source's first store, then its failover. */
import type { Redis } from '@upstash/redis/cloudflare'
import { SetupError } from '../../platform/master-key.ts'
import { NO_REDIS } from '../../platform/redis.ts'
import type { SourceConfig } from '../../registry/sources/document.ts'
import type { GuardApi } from './contract.ts'
import type { IsolateGuard } from './isolate.ts'
import { RedisGuard } from './redis-guard.ts'

export type StoreName = SourceConfig['guardStore']

/** Returns a new stub for every call: a stub that threw may be broken. */
export type GuardNamed = (name: string) => Pick<GuardApi, 'admit' | 'settle'>

export interface GuardStores {
  readonly object: GuardNamed
  /** Undefined if Redis is not used. */
  readonly redis: GuardNamed | undefined
  readonly isolate: IsolateGuard
}

/**
 * The stores to call, in this order; each only if the one before it is down.
 *
 * A single-use identity always uses the object. Another store does not know the tokens that were used before a failure or before
 * the setting was changed, and would admit a used one with another body.
 */
export function storesFor(
  first: StoreName,
  singleUse: boolean,
  { redis }: GuardStores,
): readonly StoreName[] {
  if (singleUse) return ['object']
  return first === 'object' && redis !== undefined ? ['object', 'redis'] : [first]
}

/** @throws {SetupError} if a source uses Redis and the gateway has none */
export function guardIn(stores: GuardStores, store: StoreName): GuardNamed {
  const guardNamed = stores[store]
  if (guardNamed !== undefined) return guardNamed
  throw new SetupError(`A source has "guardStore": "redis". ${NO_REDIS}`)
}

export const redisGuards =
  (redis: Redis, namespace: string): GuardNamed =>
  (name) =>
    new RedisGuard(redis, namespace, name)
