/** The console as deployed, with bindings that `postern drill failover` can break. */
import type { ConsoleEnv } from '../../../src/console/env.ts'
import console from '../../../src/console/index.ts'
import { failing } from '../outage/bindings.ts'
import { switchedBy } from '../outage/switch.ts'

export default {
  async fetch(request, env, ctx) {
    return (
      switchedBy(request) ??
      (await console.fetch?.(request, failing(env), ctx)) ??
      new Response(null, { status: 500 })
    )
  },
} satisfies ExportedHandler<ConsoleEnv>
