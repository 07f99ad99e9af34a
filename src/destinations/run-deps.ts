/** All that a run of a destination works with. Types only. */
import type { Log } from '../platform/log.ts'
import type { Store } from '../store/store.ts'
import type { OpenDestination } from './config.ts'
import type { Memory } from './memory/memory.ts'
import type { DisabledReason } from './pace/health.ts'
import type { Pacer } from './pace/pacer.ts'
import type { SendDeps } from './send/send.ts'

export interface RunDeps extends SendDeps {
  readonly store: Store
  readonly memory: Memory
  readonly destination: OpenDestination
  /** Whether the settings have changed since the run began. */
  readonly isStale: () => boolean
  /** From 0 up to 1. */
  readonly random: () => number
  readonly log: Log
  /** Tells that the endpoint gets nothing more until somebody resumes it. */
  readonly onDisabled: (reason: DisabledReason) => Promise<void>
  readonly pacer: Pacer
}
