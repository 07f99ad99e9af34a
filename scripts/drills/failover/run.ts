/** The failover drill: a deployment under load, of which one part after the other is down for a while. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { DrillReport } from '../../../src/api/drills.ts'
import type { FailoverDrill } from '../../../src/cli/checkout.ts'
import { toInstant } from '../../../src/platform/time.ts'
import { consoleAt } from '../../../src/simulator/console.ts'
import type { RuntimeOptions } from '../../local/runtime.ts'
import { network, outboundFor } from '../../local/served-urls.ts'
import { ROOT, WORKERS } from '../../workers.ts'
import type { WorkerName } from '../../../src/platform/worker-names.ts'
import { inTemporary } from '../temporary.ts'
import { archived } from './look.ts'
import { PARTS } from './parts.ts'
import { startReceiver } from './receiver.ts'
import { failoverReport } from './report.ts'
import { type Outcome, type World, saved, takeDown } from './take-down.ts'

interface Options extends FailoverDrill {
  /** How long the drill waits after an outage for what was accepted; 150 s if absent. */
  readonly patienceMs?: number
  /** Replacements for entry files, in a test. */
  readonly entries?: Partial<Record<WorkerName, string>>
}

/** Takes 15 s a part besides the outage, and up to a minute and a half for the archive. Nothing of it is left. */
export async function drillFailover(options: Options): Promise<DrillReport> {
  const { nowMs, onProgress } = options
  const beganMs = nowMs()
  const receiver = await startReceiver()
  try {
    const ADMIN_TOKEN = randomBytes(24).toString('base64url')
    const runtime: Partial<RuntimeOptions> = {
      bindings: { ADMIN_TOKEN, PRIVATE_DESTINATIONS: 'allowed', ARCHIVE_MINUTES: '1' },
      outbound: outboundFor(new Map(), (request) =>
        request.url === receiver.url ? network(request) : undefined,
      ),
      queueWaitSeconds: QUEUE_WAIT_SECONDS,
      entries: { ...ENTRIES, ...options.entries },
    }
    const masterKey = `v1:${randomBytes(32).toString('base64')}`
    return await inTemporary(masterKey, runtime, async (temporary) => {
      const console = consoleAt(temporary.runtime.url('console'), ADMIN_TOKEN)
      const world: World = {
        patienceMs: PATIENCE_MS,
        ...options,
        runtime: temporary.runtime,
        console,
        receiver,
      }
      await saved(console, '/api/destinations/drill', { url: receiver.url, start: 'oldest' })
      const outcomes: Outcome[] = []
      const parts = PARTS.filter(({ name }) => options.parts?.includes(name) ?? true)
      for (const part of parts) outcomes.push(await takeDown(part, world))
      const needsArchive = parts.some(({ archives }) => archives)
      if (needsArchive) onProgress('Archive: waits for the last file')
      const archive = needsArchive ? await archived(world) : null
      const span = { began_at: toInstant(beganMs), ended_at: toInstant(nowMs()) }
      return failoverReport({ ...options, ...span, outcomes, archive })
    })
  } finally {
    await receiver.close()
  }
}

/** As the consumer of a deployment. */
const QUEUE_WAIT_SECONDS = 2

/** Longer than the lease of a claim, which is a minute, and than the first tries of the queue. */
const PATIENCE_MS = 150_000

const ENTRIES = Object.fromEntries(
  WORKERS.map(({ name }) => [name, join(ROOT, `scripts/local/entries/failing-${name}.ts`)]),
)
