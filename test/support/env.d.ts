/** Contents of `env` of `cloudflare:workers` inside the tests: the gateway's bindings, and the store's for the consumer. */
import type { D1Migration } from 'cloudflare:test'
import type { GatewayEnv } from '../../src/gateway/env.ts'
import type { Registry } from '../../src/registry/registry.ts'

declare global {
  namespace Cloudflare {
    interface Env extends Omit<GatewayEnv, 'REGISTRY'> {
      readonly REGISTRY: DurableObjectNamespace<Registry>
      readonly STORE: D1Database
      readonly BACKUPS: R2Bucket
      readonly ARCHIVE: R2Bucket
      readonly EMPTY: DurableObjectNamespace
      readonly MIGRATIONS: D1Migration[]
      readonly ADMIN_TOKEN: string
    }
  }
}
