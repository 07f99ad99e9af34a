/** The gateway, whose guard objects can be broken and mended from outside: `POST /guards/broken`, `POST /guards/mended`. */
import { systemNowMs } from '../../../src/platform/clock.ts'
import { createGateway } from '../../../src/gateway/app.ts'
import type { GatewayEnv } from '../../../src/gateway/env.ts'
import type { AdmitRequest, SettleRequest } from '../../../src/gateway/guard/contract.ts'
import { Guard as RealGuard } from '../../../src/gateway/guard/guard.ts'

export { Registry } from '../../../src/registry/registry.ts'
export { RefusalLog } from '../../../src/refusals/refusal-log.ts'

let broken = false

function needMended(): void {
  if (broken) throw new Error('the guard is broken')
}

export class Guard extends RealGuard {
  override async admitAll(...call: Parameters<RealGuard['admitAll']>) {
    needMended()
    return super.admitAll(...call)
  }

  override async admit(request: AdmitRequest) {
    needMended()
    return super.admit(request)
  }

  override async settle(request: SettleRequest) {
    needMended()
    return super.settle(request)
  }

  override async learn(sourceVersion: number) {
    needMended()
    return super.learn(sourceVersion)
  }
}

const gateway = createGateway({ nowMs: systemNowMs })

export default {
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url)
    if (pathname.startsWith('/guards/')) {
      broken = pathname === '/guards/broken'
      return Response.json({ broken })
    }
    const answer = await gateway.fetch?.(request, env, ctx)
    if (answer === undefined) throw new Error('the gateway has no fetch')
    return answer
  },
} satisfies ExportedHandler<GatewayEnv>
