/** The Workers that are measured: the real ones, with entries of the benchmark if a group needs to look inside. */
import { randomBytes } from 'node:crypto'
import { type Console, consoleAt, problemOf } from '../src/simulator/console.ts'
import { type LocalRuntime, type RuntimeOptions, startRuntime } from '../scripts/local/runtime.ts'
import { ROOT } from '../scripts/workers.ts'

export interface World {
  readonly runtime: LocalRuntime
  readonly console: Console
  readonly adminToken: string
  readonly gateway: URL
  readonly put: (source: string, document: object) => Promise<void>
}

export const ENTRIES = `${ROOT}bench/entries/`

/** A consumer that does nothing, so that the gateway is measured without the store. */
export const IDLE_CONSUMER = `${ENTRIES}idle-consumer.ts`

/** Running runtimes. They ignore the signals that end this process, so stopping a run would leave them behind. */
const up = new Set<LocalRuntime>()

let watching = false
function closeOnSignals(): void {
  if (watching) return
  watching = true
  const end = () =>
    void Promise.allSettled([...up].map((runtime) => runtime.close())).then(() => process.exit(1))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end)
}

export async function openWorld(options: Partial<RuntimeOptions> = {}): Promise<World> {
  const adminToken = randomBytes(24).toString('base64url')
  const runtime = await startRuntime({
    ports: { gateway: 0, console: 0, consumer: 0 },
    onLog: () => undefined,
    ...options,
    bindings: {
      MASTER_KEY: `v1:${randomBytes(32).toString('base64')}`,
      ADMIN_TOKEN: adminToken,
      GATEWAY_URL: 'https://hooks.example.test',
      ...options.bindings,
    },
  })
  closeOnSignals()
  up.add(runtime)
  const close = async (): Promise<void> => {
    up.delete(runtime)
    await runtime.close()
  }
  const console = consoleAt(runtime.url('console'), adminToken)
  return {
    runtime: { ...runtime, close },
    console,
    adminToken,
    gateway: runtime.url('gateway'),
    async put(source, document) {
      const answer = await console.put(`/api/sources/${source}`, document)
      if (answer.status !== 201) throw new Error(`${source} was not saved: ${problemOf(answer)}`)
    },
  }
}

/** Opens worlds, runs the work in them, and always closes them. */
export async function within<T>(worlds: readonly Promise<World>[], work: (worlds: World[]) => Promise<T>) {
  const opened = await Promise.allSettled(worlds)
  try {
    return await work(
      opened.map((world) => {
        if (world.status === 'rejected') throw world.reason
        return world.value
      }),
    )
  } finally {
    for (const world of opened) if (world.status === 'fulfilled') await world.value.runtime.close()
  }
}
