/** The gateway with a meter on every binding. The entry that `wrangler.toml` names does not import this file. */
import { systemNowMs } from '../../../src/platform/clock.ts'
import { createGateway } from '../../../src/gateway/app.ts'
import type { GatewayEnv } from '../../../src/gateway/env.ts'
import { Guard as RealGuard } from '../../../src/gateway/guard/guard.ts'
import { Registry as RealRegistry } from '../../../src/registry/registry.ts'
import { Collector as RealCollector } from '../../../src/refusals/collector.ts'
import { RefusalLog as RealRefusalLog } from '../../../src/refusals/refusal-log.ts'
import { COUNTS_PATH } from '../control.ts'
import { meterLog, meteredBucket, meteredQueue } from '../meter/bindings.ts'
import { Meter } from '../meter/counts.ts'
import { meterStorage, meteredNamespace } from '../meter/object.ts'

const meter = new Meter()
meterLog(meter, 'gateway')

export class Guard extends RealGuard {
  constructor(ctx: DurableObjectState, env: unknown) {
    meterStorage(ctx, 'guard', meter)
    super(ctx, env)
  }
}

export class Registry extends RealRegistry {
  constructor(...[ctx, env]: ConstructorParameters<typeof RealRegistry>) {
    meterStorage(ctx, 'registry', meter)
    super(ctx, env)
  }
}

export class Collector extends RealCollector {
  constructor(...[ctx, env]: ConstructorParameters<typeof RealCollector>) {
    meterStorage(ctx, 'collector', meter)
    super(ctx, { ...env, REFUSALS: meteredNamespace(env.REFUSALS as GatewayEnv['REFUSALS'], 'watch', meter) })
  }
}

export class RefusalLog extends RealRefusalLog {
  constructor(...[ctx, env]: ConstructorParameters<typeof RealRefusalLog>) {
    meterStorage(ctx, 'watch', meter)
    super(ctx, env)
  }
}

const gateway = createGateway({ nowMs: systemNowMs })

/** The gateway caches by environment object, so there is one. */
let metered: GatewayEnv | undefined

export default {
  fetch(request, env, ctx) {
    if (new URL(request.url).pathname === COUNTS_PATH) return Response.json(meter.take())
    meter.add('requests', 'gateway')
    metered ??= {
      ...env,
      GUARD: meteredNamespace(env.GUARD, 'guard', meter),
      REGISTRY: meteredNamespace(env.REGISTRY, 'registry', meter),
      COLLECTORS: meteredNamespace(env.COLLECTORS, 'collector', meter),
      REFUSALS: meteredNamespace(env.REFUSALS, 'watch', meter),
      EVENTS: meteredQueue(env.EVENTS, meter),
      LARGE: meteredBucket(env.LARGE, meter),
    }
    if (gateway.fetch === undefined) throw new Error('the gateway has no fetch')
    return gateway.fetch(request, metered, ctx)
  },
} satisfies ExportedHandler<GatewayEnv>
