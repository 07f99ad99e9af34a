/** Worker 1, the gateway. Wiring only: the Worker and the Durable Objects that live in it. */
import { systemNowMs, systemPause } from '../platform/clock.ts'
import { inPlace } from '../platform/placement.ts'
import { Guard as GuardObject } from './guard/guard.ts'
import { Registry as RegistryObject } from '../registry/registry.ts'
import { Collector as CollectorObject } from '../refusals/collector.ts'
import { RefusalLog as RefusalLogObject } from '../refusals/refusal-log.ts'
import { createGateway } from './app.ts'
import { cacheApiFiles } from './authenticate/shared-files.ts'

export const Guard = inPlace(GuardObject)
export const Registry = inPlace(RegistryObject)
export const Collector = inPlace(CollectorObject)
export const RefusalLog = inPlace(RefusalLogObject)

export default createGateway({
  nowMs: systemNowMs,
  hold: systemPause,
  sharedFiles: cacheApiFiles('postern-certificates'),
})
