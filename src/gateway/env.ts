/** The gateway's bindings, and the check that its secrets are set. */
import type { Envelope } from '../event/envelope.ts'
import { type MasterKey, readMasterKeys } from '../platform/master-key.ts'
import type { RedisEnv } from '../platform/redis.ts'
import type { Registries } from '../registry/members.ts'
import type { Collector } from '../refusals/collector.ts'
import type { RefusalLog } from '../refusals/refusal-log.ts'
import type { Guard } from './guard/guard.ts'

/** Bindings as in `wrangler.toml`; a secret may be missing. */
export interface GatewayEnv extends RedisEnv {
  readonly MASTER_KEY?: string
  /** Set to `allowed` only by `npm start`: servers on the developer's machine may be asked. */
  readonly PRIVATE_DESTINATIONS?: string
  readonly GUARD: DurableObjectNamespace<Guard>
  readonly REGISTRY: Registries<'snapshots' | 'masterKeys'> & Pick<DurableObjectNamespace, 'idFromName'>
  readonly COLLECTORS: DurableObjectNamespace<Collector>
  readonly REFUSALS: DurableObjectNamespace<RefusalLog>
  readonly EVENTS: Queue<Envelope>
  readonly LARGE: R2Bucket
  readonly FAILURE_LIMITER: RateLimit
  readonly FAILURE_LIMITER_SITE: RateLimit
}

/** @throws {SetupError} with one sentence that never quotes the value */
export const masterKeysOf = (env: { readonly MASTER_KEY?: string }): readonly [MasterKey, ...MasterKey[]] =>
  readMasterKeys(env.MASTER_KEY)
