/** The gateway, whose objects take long enough to answer that a sender can hang up meanwhile. */
import type { AdmitRequest } from '../../../src/gateway/guard/contract.ts'
import { Guard as RealGuard } from '../../../src/gateway/guard/guard.ts'
import { Registry as RealRegistry } from '../../../src/registry/registry.ts'

export { default, Watch } from '../../../src/gateway/index.ts'

const SLOW_MS = 300

export class Registry extends RealRegistry {
  override async load(name: string) {
    await scheduler.wait(SLOW_MS)
    return super.load(name)
  }

  override async roster(knownVersion: number) {
    await scheduler.wait(SLOW_MS)
    return super.roster(knownVersion)
  }
}

export class Guard extends RealGuard {
  override async admit(request: AdmitRequest) {
    await scheduler.wait(SLOW_MS)
    return super.admit(request)
  }
}
