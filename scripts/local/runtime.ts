/**
 * Runs the three Workers in one local runtime, for `npm start`, the conformance run and the end-to-end tests. The wrangler.toml
 * files define the bindings; only the local differences are here.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Request,
  type Response,
  type V4WorkerOptions,
  Miniflare,
  NoOpLog,
  convertV4MiniflareOptions,
} from 'miniflare'
import {
  unstable_getMiniflareWorkerOptions as workerOptions,
  unstable_readConfig as readConfig,
} from 'wrangler'
import { QUEUE_BINDINGS, type QueueBinding } from '../../src/platform/queues.ts'
import { ROOT, STORE, WORKERS } from '../workers.ts'
import type { WorkerName } from '../../src/platform/worker-names.ts'
import { type StandIns, bundle } from './bundle.ts'
import { applyMigrations } from './migrations.ts'

export interface RuntimeOptions {
  /** Ports on 127.0.0.1; 0 or absent means any free port. The consumer has one only if it is listed. */
  readonly ports?: Partial<Record<WorkerName, number>>
  /** Folder of objects, database and buckets; in memory if absent. The queue is always in memory. */
  readonly stateDir?: string
  /** `MASTER_KEY`, `ADMIN_TOKEN`, and variables that the configuration files do not set. */
  readonly bindings: Readonly<Record<string, string>>
  readonly onLog: (line: LogLine) => void
  /** Answers outbound fetches of the Workers; the real network if absent. */
  readonly outbound?: (request: Request) => Promise<Response>
  /** Answers what the console asks of its binding `SAMPLES`; without it, the console offers no samples. */
  readonly samples?: (request: Request) => Promise<Response>
  /** How long the queue collects a batch, in seconds; the value of the consumer's configuration if absent. */
  readonly queueWaitSeconds?: number
  /** How long the queue waits after a batch that failed as a whole, in seconds; the configuration's value if absent. */
  readonly queueRetrySeconds?: number
  /** Absolute paths of entry files that replace those of the configurations. */
  readonly entries?: Partial<Record<WorkerName, string>>
  /** Files that are bundled instead of others. */
  readonly standIns?: StandIns
  /** Makes the modules of a Worker, the main one first; one bundle of its entry file if absent. */
  readonly modules?: (name: WorkerName, entry: string) => Promise<readonly Module[]>
}

/** An ES module, which others import as `./<name>`. */
export interface Module {
  readonly name: string
  readonly text: string
}

export interface LogLine {
  readonly level: string
  readonly message: string
}

export interface LocalRuntime {
  readonly url: (worker: WorkerName) => URL
  /** The bindings of a Worker, for inspection by a test. */
  readonly bindings: <Env>(worker: WorkerName) => Promise<Env>
  /** Sends an event to the queue of Cloudflare's Email Service, as the account's event subscription does. */
  readonly emailService: (event: unknown) => Promise<void>
  /** Evicts an object from memory. */
  readonly evict: (className: string, name: string) => Promise<void>
  /** Waits until the queues are empty, for this long at most. True if they are empty. */
  readonly drained: (withinMs: number) => Promise<boolean>
  /** Sends a request to a Worker, whether it has an address or not. The JSON of the answer. */
  readonly ask: (worker: WorkerName, headers?: Readonly<Record<string, string>>) => Promise<unknown>
  /** Does what the console does each minute. Nothing else here follows its schedule. */
  readonly minute: () => Promise<void>
  readonly close: () => Promise<void>
}

const HOST = '127.0.0.1'

/** Starts the Workers and migrates the store. Resolves when they answer. */
export async function startRuntime(options: RuntimeOptions): Promise<LocalRuntime> {
  quietTools()
  const workers = await Promise.all(
    WORKERS.map(({ name, config }) => worker(name, `${ROOT}${config}`, options)),
  )
  const listeners = signalListeners()
  // No other start may run in between: the listeners that appear here are Miniflare's.
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      workers: workers.map(({ options }) => options),
      host: HOST,
      port: 0,
      cf: false,
      log: new NoOpLog(),
      handleStructuredLogs: options.onLog,
      telemetry: { enabled: false },
      ...(options.stateDir === undefined ? {} : { resourcePersistencePath: join(options.stateDir, 'v3') }),
    }),
  )
  dropSignalListeners(listeners)
  try {
    await miniflare.ready
    const idOf = (name: WorkerName): string =>
      workers.find((worker) => worker.name === name)?.options.name ?? name
    const store = workers.find(({ name }) => name === STORE.migratedFrom)
    if (store?.migrations !== undefined) {
      await applyMigrations(
        await miniflare.getD1Database(STORE.binding, store.options.name),
        store.migrations,
      )
    }
    const urls = new Map<WorkerName, URL>()
    for (const { name, options } of workers)
      if (options.unsafeDirectSockets !== undefined)
        urls.set(name, await miniflare.unsafeGetDirectURL(options.name))
    return {
      url: (name) => {
        const url = urls.get(name)
        if (url === undefined) throw new Error(`the ${name} has no address`)
        return url
      },
      bindings: (name) => miniflare.getBindings(idOf(name)),
      emailService: async (event) => {
        const { EMAIL_SERVICE } = await miniflare.getBindings<Record<QueueBinding, Queue>>(idOf('consumer'))
        await EMAIL_SERVICE.send(event)
      },
      evict: (className, name) =>
        miniflare.unsafeEvictDurableObject(
          idOf(
            ['Archive', 'Destination', 'EspAccount', 'Incidents', 'SourceWatcher'].includes(className)
              ? 'consumer'
              : 'gateway',
          ),
          className,
          { name },
        ),
      drained: async (withinMs) => {
        const queues = await miniflare.getBindings<Record<QueueBinding, Queue>>(idOf('consumer'))
        return isDrained(
          QUEUE_BINDINGS.map((binding) => queues[binding]),
          withinMs,
        )
      },
      ask: async (name, headers = {}) => {
        const asked = await miniflare.getWorker(idOf(name))
        return (await asked.fetch('http://local/', { headers: { ...headers } })).json()
      },
      async minute() {
        const asked = await miniflare.getWorker(idOf('console'))
        await asked.scheduled({ cron: '* * * * *' })
      },
      close: () => miniflare.dispose(),
    }
  } catch (cause) {
    await miniflare.dispose()
    throw cause
  }
}

interface ReadyWorker {
  readonly name: WorkerName
  readonly options: V4WorkerOptions & { name: string }
  readonly migrations: string | undefined
}

async function worker(name: WorkerName, configPath: string, options: RuntimeOptions): Promise<ReadyWorker> {
  const config = readConfig({ config: configPath })
  const { workerOptions: fromConfig, main } = workerOptions(config)
  const entry = options.entries?.[name] ?? main
  if (entry === undefined || config.name === undefined)
    throw new Error(`${configPath} needs a name and a main`)
  const port = options.ports?.[name]
  const databases: readonly { binding: string; migrations_dir?: string }[] = config.d1_databases
  const { migrations_dir } = databases.find(({ binding }) => binding === STORE.binding) ?? {}
  return {
    name,
    migrations: migrations_dir === undefined ? undefined : join(configPath, '..', migrations_dir),
    options: {
      ...fromConfig,
      name: config.name,
      rootPath: ROOT,
      modules: (await modulesOf(name, entry, options)).map((module) => ({
        type: 'ESModule',
        path: join(ROOT, module.name),
        contents: module.text,
      })),
      bindings: { ...(fromConfig['bindings'] as object), ...options.bindings },
      ...(name === 'consumer' && port === undefined
        ? {}
        : { unsafeDirectSockets: [{ host: HOST, port: port ?? 0 }] }),
      ...(name === 'console' && options.samples !== undefined
        ? { serviceBindings: { ...(fromConfig['serviceBindings'] as object), SAMPLES: options.samples } }
        : {}),
      queueConsumers: consumersOf(fromConfig['queueConsumers'], options),
      ...(options.outbound === undefined ? {} : { outboundService: options.outbound }),
    },
  }
}

async function modulesOf(
  name: WorkerName,
  entry: string,
  { modules, standIns }: RuntimeOptions,
): Promise<readonly Module[]> {
  return modules?.(name, entry) ?? [{ name: `${name}.js`, text: await bundle(entry, standIns) }]
}

const consumersOf = (consumers: unknown, { queueWaitSeconds, queueRetrySeconds }: RuntimeOptions) =>
  Object.fromEntries(
    Object.entries((consumers ?? {}) as Record<string, object>).map(([queue, consumer]) => [
      queue,
      {
        ...consumer,
        ...(queueWaitSeconds !== undefined && { maxBatchTimeout: queueWaitSeconds }),
        ...(queueRetrySeconds !== undefined && { retryDelay: queueRetrySeconds }),
      },
    ]),
  )

/** The time that a batch gets to be processed after it has left the queue. */
const BATCH_MS = 500

async function isDrained(queues: readonly Queue[], withinMs: number): Promise<boolean> {
  const untilMs = performance.now() + withinMs
  for (const queue of queues) {
    while ((await queue.metrics()).backlogCount > 0) {
      if (performance.now() > untilMs) return false
      await sleep(50)
    }
  }
  await sleep(BATCH_MS)
  return true
}

/** Disables the output of Wrangler and Miniflare. Relevant lines arrive through `onLog`. */
function quietTools(): void {
  process.env['WRANGLER_LOG'] ??= 'none'
  process.env['WRANGLER_SEND_METRICS'] ??= 'false'
  if (process.platform === 'win32') return
  // The workerd that Miniflare itself would start.
  const besideMiniflare = createRequire(createRequire(import.meta.url).resolve('miniflare'))
  process.env['POSTERN_WORKERD'] = (besideMiniflare('workerd') as { default: string }).default
  process.env['MINIFLARE_WORKERD_PATH'] = `${ROOT}scripts/local/workerd.sh`
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

const signalListeners = () => new Set(SIGNALS.flatMap((signal) => process.listeners(signal)))

/** Removes Miniflare's signal listeners, which end the process before any cleanup. The caller closes the runtime instead. */
function dropSignalListeners(keep: ReadonlySet<unknown>): void {
  for (const signal of SIGNALS)
    for (const listener of process.listeners(signal)) if (!keep.has(listener)) process.off(signal, listener)
}
