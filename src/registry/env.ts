/** Bindings and variables that the platform hands to the registry. */
import type { RedisEnv } from '../platform/redis.ts'
import type { Guards } from './propagation/notify-guards.ts'

export interface RegistryEnv extends RedisEnv {
  readonly MASTER_KEY?: string
  readonly GUARD: Guards
  /** `allowed` in a local installation: destinations may be in private networks. */
  readonly PRIVATE_DESTINATIONS?: string
}
