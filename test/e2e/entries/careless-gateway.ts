/** A gateway that answers 200 whatever happens: `postern drill failover` must notice. */
import gateway from '../../../scripts/local/entries/failing-gateway.ts'
import type { GatewayEnv } from '../../../src/gateway/env.ts'

export { Collector, Guard, RefusalLog, Registry } from '../../../scripts/local/entries/failing-gateway.ts'

export default {
  async fetch(request, env, ctx) {
    const answer = await gateway.fetch(request, env, ctx)
    return answer.ok ? answer : Response.json({ accepted: 1 })
  },
} satisfies ExportedHandler<GatewayEnv>
