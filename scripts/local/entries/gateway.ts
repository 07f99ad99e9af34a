/** The gateway as deployed, and two questions of `npm start` about its end: to accept nothing more, and whether anything is left. */
import gateway from '../../../src/gateway/index.ts'
import type { GatewayEnv } from '../../../src/gateway/env.ts'
import { STOP_HEADER, type StopAnswer } from '../stop-answer.ts'

let isStopped = false
let running = 0

export { Collector, Guard, Registry, RefusalLog } from '../../../src/gateway/index.ts'

export default {
  async fetch(request, env, ctx) {
    const token = request.headers.get(STOP_HEADER)
    if (token !== null && token === env.LOCAL_STOP_TOKEN) {
      isStopped = true
      return Response.json({ running } satisfies StopAnswer)
    }
    // As while the queue is down: the sender keeps the delivery and sends it again.
    if (isStopped) return new Response(null, { status: 503, headers: { 'retry-after': '5' } })
    running += 1
    try {
      return (await gateway.fetch?.(request, env, ctx)) ?? new Response(null, { status: 500 })
    } finally {
      running -= 1
    }
  },
} satisfies ExportedHandler<GatewayEnv & { readonly LOCAL_STOP_TOKEN: string }>
