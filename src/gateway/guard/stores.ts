/** Where guards live, and which of them a delivery may ask: the source's first store, then the one that stands in for it. */
import type { Redis } from '@upstash/redis/cloudflare'
import { SetupError } from '../../platform/master-key.ts'
import { NO_REDIS } from '../../platform/redis.ts'
import type { SourceConfig } from '../../registry/sources/document.ts'
import type { GuardApi } from './contract.ts'
import type { IsolateGuard } from './isolate.ts'
import { RedisGuard } from './redis-guard.ts'

export type StoreName = SourceConfig['guardStore']

/** Takes a new stub for every call: one that threw may be broken. */
export type GuardNamed = (name: string) => Pick<GuardApi, 'admit' | 'settle'>

export interface GuardStores {
  readonly object: GuardNamed
  /** Undefined where Redis is not used. */
  readonly redis: GuardNamed | undefined
  readonly isolate: IsolateGuard
}

/**
 * The stores to ask, in this order; each only when the one before it is down.
 *
 * A single-use identity is always the object's, whatever the source says. Another store has not seen the tokens that were used
 * before a failure, or before the setting was changed, and would let a used one in around other bytes.
 */
export function storesFor(
  first: StoreName,
  singleUse: boolean,
  { redis }: GuardStores,
): readonly StoreName[] {
  if (singleUse) return ['object']
  return first === 'object' && redis !== undefined ? ['object', 'redis'] : [first]
}

/** @throws {SetupError} where a source asks for Redis and the gateway has none */
export function guardIn(stores: GuardStores, store: StoreName): GuardNamed {
  const guardNamed = stores[store]
  if (guardNamed !== undefined) return guardNamed
  throw new SetupError(`A source has "guardStore": "redis". ${NO_REDIS}`)
}

export const redisGuards =
  (redis: Redis, namespace: string): GuardNamed =>
  (name) =>
    new RedisGuard(redis, namespace, name)
