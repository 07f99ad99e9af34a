/**
 * The gateway of the conformance run: the real Worker, with a clock that each request sets. The entry that `wrangler.toml`
 * names does not import this file, so nobody can set the clock of a deployment.
 */
import { createGateway } from '../../src/gateway/app.ts'
import type { GatewayEnv } from '../../src/gateway/env.ts'
import { Guard as RealGuard } from '../../src/gateway/guard/guard.ts'
import { CF_HEADER, CLOCK_HEADER, SCHEME_HEADER, SENT_HEADER } from './control.ts'

export { Registry } from '../../src/registry/registry.ts'
export { Collector } from '../../src/refusals/collector.ts'
export { RefusalLog } from '../../src/refusals/refusal-log.ts'

/** The time of the current case. Cases run one at a time. */
let nowMs = 0

export class Guard extends RealGuard {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env, () => nowMs)
  }
}

export default {
  async fetch(request, env, ctx) {
    nowMs = Number(request.headers.get(CLOCK_HEADER))
    const counted = counting(env.EVENTS)
    // A new gateway for each request, so that cases do not share its caches.
    const gateway = createGateway({ nowMs: () => nowMs })
    const answer = await gateway.fetch?.(asSent(request), { ...env, EVENTS: counted.queue }, ctx)
    if (answer === undefined) throw new Error('the gateway has no fetch')
    const marked = new Response(answer.body, answer)
    marked.headers.set(SENT_HEADER, String(counted.sent()))
    return marked
  },
} satisfies ExportedHandler<GatewayEnv>

/** The request as recorded: with its own scheme, and without the control headers. */
function asSent(request: Request<unknown, IncomingRequestCfProperties>) {
  const scheme = request.headers.get(SCHEME_HEADER) ?? 'https'
  const sent = new Request(request.url.replace(/^http:/, `${scheme}:`), request)
  for (const name of [CLOCK_HEADER, SCHEME_HEADER, CF_HEADER]) sent.headers.delete(name)
  return sent
}

function counting(queue: GatewayEnv['EVENTS']) {
  let sent = 0
  const counted: GatewayEnv['EVENTS'] = {
    metrics: () => queue.metrics(),
    async send(...message) {
      const answer = await queue.send(...message)
      sent += 1
      return answer
    },
    async sendBatch(messages, options) {
      const all = [...messages]
      const answer = await queue.sendBatch(all, options)
      sent += all.length
      return answer
    },
  }
  return { queue: counted, sent: () => sent }
}
