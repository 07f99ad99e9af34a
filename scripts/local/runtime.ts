/**
 * The three Workers in one local runtime: what `npm start`, the conformance run and the end-to-end tests stand on.
 * The wrangler.toml files stay the only truth about bindings; here is only what differs on this machine.
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
import { EMAIL_SERVICE_QUEUE, ROOT, STORE, WORKERS, type WorkerName } from '../workers.ts'
import { type StandIns, bundle } from './bundle.ts'
import { applyMigrations } from './migrations.ts'

export interface RuntimeOptions {
  /** On 127.0.0.1; 0 or absent is any free one. The consumer has none unless it is asked for. */
  readonly ports?: Partial<Record<WorkerName, number>>
  /** Where objects, database and buckets are kept; in memory when absent. The queue is always in memory. */
  readonly stateDir?: string
  /** `MASTER_KEY`, `ADMIN_TOKEN`, and variables that the configuration files leave open. */
  readonly bindings: Readonly<Record<string, string>>
  readonly onLog: (line: LogLine) => void
  /** Answers what Workers fetch from outside; the real network when absent. */
  readonly outbound?: (request: Request) => Promise<Response>
  /** How long the queue gathers a batch, in seconds; what the consumer's configuration says when absent. */
  readonly queueWaitSeconds?: number
  /** Absolute paths of files that stand in for the entries that the configurations name. */
  readonly entries?: Partial<Record<WorkerName, string>>
  /** Files that are bundled in the place of others. */
  readonly standIns?: StandIns
}

export interface LogLine {
  readonly level: string
  readonly message: string
}

export interface LocalRuntime {
  readonly url: (worker: WorkerName) => URL
  /** The bindings of a Worker, for looking inside from a test. */
  readonly bindings: <Env>(worker: WorkerName) => Promise<Env>
  /** Writes an event into the queue that is Cloudflare's Email Service's, as the account's event subscription does. */
  readonly emailService: (event: unknown) => Promise<void>
  /** Lets an object forget what is in its memory. */
  readonly evict: (className: string, name: string) => Promise<void>
  /** Waits until the queues have nothing left, and at most so long. True when they are empty. */
  readonly drained: (withinMs: number) => Promise<boolean>
  readonly close: () => Promise<void>
}

const HOST = '127.0.0.1'

/** Stands for the event subscription, which no configuration names: on Cloudflare it writes into the queue by itself. */
const SUBSCRIPTION = 'LOCAL_EMAIL_SERVICE'

/** Starts the Workers and brings the store up to date. Resolves when they answer. */
export async function startRuntime(options: RuntimeOptions): Promise<LocalRuntime> {
  quietTools()
  const workers = await Promise.all(
    WORKERS.map(({ name, config }) => worker(name, `${ROOT}${config}`, options)),
  )
  const listeners = signalListeners()
  // No parallel start may come between: the listeners that appear here are Miniflare's.
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
        const producers = await miniflare.getBindings<Record<string, Queue>>(idOf('consumer'))
        await producers[SUBSCRIPTION]?.send(event)
      },
      evict: (className, name) => miniflare.unsafeEvictDurableObject(idOf('gateway'), className, { name }),
      drained: async (withinMs) => {
        const { EVENTS } = await miniflare.getBindings<{ EVENTS: Queue }>(idOf('gateway'))
        const producers = await miniflare.getBindings<Record<string, Queue>>(idOf('consumer'))
        return isDrained([EVENTS, producers[SUBSCRIPTION]], withinMs)
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
      modules: [
        { type: 'ESModule', path: join(ROOT, `${name}.js`), contents: await bundle(entry, options.standIns) },
      ],
      bindings: { ...(fromConfig['bindings'] as object), ...options.bindings },
      ...(name === 'consumer' && port === undefined
        ? {}
        : { unsafeDirectSockets: [{ host: HOST, port: port ?? 0 }] }),
      ...(name === 'consumer'
        ? { queueProducers: { [SUBSCRIPTION]: { queueName: EMAIL_SERVICE_QUEUE } } }
        : {}),
      ...(options.queueWaitSeconds === undefined
        ? {}
        : { queueConsumers: waiting(fromConfig['queueConsumers'], options.queueWaitSeconds) }),
      ...(options.outbound === undefined ? {} : { outboundService: options.outbound }),
    },
  }
}

const waiting = (consumers: unknown, seconds: number) =>
  Object.fromEntries(
    Object.entries((consumers ?? {}) as Record<string, object>).map(([queue, consumer]) => [
      queue,
      { ...consumer, maxBatchTimeout: seconds },
    ]),
  )

/** How long a batch that was taken from the queue is given to be written. */
const BATCH_MS = 500

async function isDrained(queues: readonly (Queue | undefined)[], withinMs: number): Promise<boolean> {
  const untilMs = performance.now() + withinMs
  for (const queue of queues) {
    while (((await queue?.metrics())?.backlogCount ?? 0) > 0) {
      if (performance.now() > untilMs) return false
      await sleep(50)
    }
  }
  await sleep(BATCH_MS)
  return true
}

/** The tools below speak for themselves unless told not to; what is worth knowing comes through `onLog`. */
function quietTools(): void {
  process.env['WRANGLER_LOG'] ??= 'none'
  process.env['WRANGLER_SEND_METRICS'] ??= 'false'
  if (process.platform === 'win32') return
  // The one that Miniflare would start itself.
  const besideMiniflare = createRequire(createRequire(import.meta.url).resolve('miniflare'))
  process.env['POSTERN_WORKERD'] = (besideMiniflare('workerd') as { default: string }).default
  process.env['MINIFLARE_WORKERD_PATH'] = `${ROOT}scripts/local/workerd.sh`
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

const signalListeners = () => new Set(SIGNALS.flatMap((signal) => process.listeners(signal)))

/** Miniflare ends the process on a signal before anything can be put in order: whoever starts it closes it instead. */
function dropSignalListeners(keep: ReadonlySet<unknown>): void {
  for (const signal of SIGNALS)
    for (const listener of process.listeners(signal)) if (!keep.has(listener)) process.off(signal, listener)
}
