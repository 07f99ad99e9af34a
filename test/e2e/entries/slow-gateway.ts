/** The gateway, whose objects take long enough to answer that a sender can hang up meanwhile. */
import { Guard as RealGuard } from '../../../src/gateway/guard/guard.ts'
import { Registry as RealRegistry } from '../../../src/registry/registry.ts'
import { Snapshots } from '../../../src/registry/snapshots.ts'
import { SLOW_MS } from './slow.ts'

export { default, RefusalLog } from '../../../src/gateway/index.ts'

class SlowSnapshots extends Snapshots {
  override async source(name: string) {
    await scheduler.wait(SLOW_MS)
    return super.source(name)
  }

  override async sourceIndex(knownVersion: number) {
    await scheduler.wait(SLOW_MS)
    return super.sourceIndex(knownVersion)
  }
}

export class Registry extends RealRegistry {
  override get snapshots() {
    return Object.setPrototypeOf(super.snapshots, SlowSnapshots.prototype) as Snapshots
  }
}

export class Guard extends RealGuard {
  override async admitAll(...call: Parameters<RealGuard['admitAll']>) {
    await scheduler.wait(SLOW_MS)
    return super.admitAll(...call)
  }
}
