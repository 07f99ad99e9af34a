/** The gateway as deployed, with bindings that `postern drill failover` can break. */
import { Registry as DeployedRegistry } from '../../../src/registry/registry.ts'
import type { RegistryEnv } from '../../../src/registry/env.ts'
import type { GatewayEnv } from '../../../src/gateway/env.ts'
import gateway from '../../../src/gateway/index.ts'
import { failing } from '../outage/bindings.ts'
import { switchedBy } from '../outage/switch.ts'

export { Collector, Guard, RefusalLog } from '../../../src/gateway/index.ts'

export class Registry extends DeployedRegistry {
  constructor(ctx: DurableObjectState, env: RegistryEnv) {
    super(ctx, failing(env))
  }
}

export default {
  async fetch(request, env, ctx) {
    return (
      switchedBy(request) ??
      (await gateway.fetch?.(request, failing(env), ctx)) ??
      new Response(null, { status: 500 })
    )
  },
} satisfies ExportedHandler<GatewayEnv>
