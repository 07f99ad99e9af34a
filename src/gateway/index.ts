/** Worker 1, the gateway. Wiring only: the Worker and the Durable Objects that live in it. */
import { systemNowMs, systemPause } from '../platform/clock.ts'
import { createGateway } from './app.ts'
import { cacheApiFiles } from './authenticate/shared-files.ts'

export { Guard } from './guard/guard.ts'
export { Registry } from '../registry/registry.ts'
export { Collector } from '../refusals/collector.ts'
export { RefusalLog } from '../refusals/refusal-log.ts'

export default createGateway({
  nowMs: systemNowMs,
  hold: systemPause,
  sharedFiles: cacheApiFiles('postern-certificates'),
})
