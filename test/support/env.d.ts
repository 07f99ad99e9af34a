/** What `env` of `cloudflare:workers` holds inside the tests: the gateway's bindings, and the store's for the consumer. */
import type { GatewayEnv } from '../../src/gateway/env.ts'

declare global {
  namespace Cloudflare {
    interface Env extends GatewayEnv {
      readonly STORE: D1Database
      readonly MIGRATIONS: import('cloudflare:test').D1Migration[]
      readonly ADMIN_TOKEN: string
    }
  }
}
