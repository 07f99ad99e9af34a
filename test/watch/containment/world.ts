/** The real registry, watch and store around one clock. A test says what the store receives, and what gateways refuse. */
import { env } from 'cloudflare:workers'
import type { ContainRequest } from '../../../src/watch/incidents/incident.ts'
import type { MeasuredQueues } from '../../../src/platform/queues.ts'
import { toInstant } from '../../../src/platform/time.ts'
import { type IncidentsEnv, watchDeps } from '../../../src/watch/incidents/deps.ts'
import { Incidents } from '../../../src/watch/incidents/index.ts'
import { SYSTEM } from '../../../src/platform/system.ts'
import { SourceWatcher } from '../../../src/watch/watchers/source-watcher.ts'
import { watcherOf } from '../../../src/watch/watchers/watcher-of.ts'
import { toStore } from '../../../src/store/stored-event.ts'
import type { Store } from '../../../src/store/store.ts'
import { ClockedRegistry } from '../../registry/support.ts'
import { deliveryFacts, mailEvent } from '../../support/mail-events.ts'
import { inObject } from '../../support/objects.ts'
import { queuesWith } from '../../support/queues.ts'
import { storeBatches } from '../../support/segments.ts'
import { emptyStore } from '../../support/store.ts'
import { WHO } from '../../support/who.ts'

export const START = 29_000_000
export const SHOP = 'shop'
/** A second source, which the same object watches. */
export const NEWS =
  Array.from({ length: 200 }, (_, i) => `news-${i}`).find((name) => watcherOf(name) === watcherOf(SHOP)) ?? ''

export const ESP = '192.0.2.0/24'
export const HOSTILE = '203.0.113.0/24'
export const DOCUMENT = {
  provider: 'generic',
  secrets: { hmac: 'at least 16 characters that nobody guesses' },
}

export const block = (network: string = HOSTILE, seconds = 3_600): ContainRequest => ({
  action: 'block',
  network,
  seconds,
})

let made = 0

export class World {
  readonly registry: ClockedRegistry
  readonly logged: unknown[] = []
  /** Runs before the registry begins a containment. */
  beforeBegin: () => Promise<void> = async () => undefined
  /** The queue in which messages wait for ten minutes. */
  waitsIn: keyof MeasuredQueues | null = null
  /** The queue that does not answer. */
  silentQueue: keyof MeasuredQueues | null = null
  #incidents: Incidents | undefined
  #watcher: SourceWatcher | undefined
  #refused: { minute: number; network: string; code: string; source: string; count: number }[] = []
  readonly #state: DurableObjectState
  readonly #store: Store
  nowMs = START * 60_000 + 15_000

  constructor(state: DurableObjectState, store: Store) {
    this.#state = state
    this.#store = store
    const guards = { getByName: () => ({ learn: async () => undefined }) }
    this.registry = new ClockedRegistry(state, { MASTER_KEY: env.MASTER_KEY ?? '', GUARD: guards })
    this.registry.world.clock = this.nowMs
  }

  get minute(): number {
    return Math.floor(this.nowMs / 60_000)
  }

  /** Both objects are put to sleep. */
  evict(): void {
    this.#incidents = undefined
    this.#watcher = undefined
  }

  get incidents(): Incidents {
    if (this.#incidents !== undefined) return this.#incidents
    const bindings = {
      MASTER_KEY: env.MASTER_KEY,
      STORE: env.STORE,
      REGISTRY: {
        getByName: () => ({
          sources: this.registry.sources,
          snapshots: this.registry.snapshots,
          containments: {
            begin: async (...given: Parameters<ClockedRegistry['containments']['begin']>) => {
              await this.beforeBegin()
              return this.registry.containments.begin(...given)
            },
            lift: (...given: Parameters<ClockedRegistry['containments']['lift']>) =>
              this.registry.containments.lift(...given),
          },
        }),
      },
      REFUSALS: { getByName: () => ({ arrived: async (minute: number) => this.#arrived(minute) }) },
      ESP_ACCOUNTS: { getByName: () => ({ check: async () => null }) },
      SOURCE_WATCHERS: {
        getByName: () => (this.#watcher ??= new SourceWatcher(this.#state, {})),
      },
      DESTINATIONS: { getByName: () => ({}) },
      ...queuesWith((binding) => {
        if (binding === this.silentQueue) throw new TypeError('it does not answer')
        return binding === this.waitsIn ? { messages: 9, oldestMs: this.nowMs - 600_000 } : null
      }),
    } as unknown as IncidentsEnv
    const deps = watchDeps(this.#state, bindings, {
      ...SYSTEM,
      nowMs: () => this.nowMs,
      log: (fields) => void this.logged.push(fields),
    })
    return (this.#incidents = new Incidents(this.#state, bindings, deps))
  }

  #arrived(minute: number) {
    return { refused: this.#refused.filter((one) => one.minute === minute), duplicates: [] }
  }

  async put(name: string, document: object = DOCUMENT): Promise<void> {
    const put = await this.registry.sources.put(name, document, WHO, null)
    if (!put.ok) throw new Error(JSON.stringify(put))
  }

  /** A verified delivery that is stored now. */
  async delivered(network: string | null, source = SHOP): Promise<void> {
    made++
    const event = await mailEvent({
      type: 'email.delivered',
      nr: made,
      atMs: this.nowMs - 1_000,
      received_at: toInstant(this.nowMs),
      recipient: null,
      source,
    })
    const facts = deliveryFacts({ request_id: `req_${made}`, source, network, bytes: 200 })
    await storeBatches([[await toStore(event, facts, undefined, this.#store)]], this.nowMs)
  }

  /** As Time Travel does: the newest segments are gone, and their numbers are given again. */
  async restoreStore(segments: number): Promise<void> {
    await env.STORE.prepare('DELETE FROM segments WHERE segment > ?1').bind(segments).run()
    this.jump(1)
  }

  /** Wrong proofs that gateways refuse now. */
  attacked(network: string, count = 30, source = SHOP): void {
    this.#refused.push({ minute: this.minute, network, code: 'signature_mismatch', source, count })
  }

  /** The clock moves, and every minute that is over is watched. */
  async pass(minutes = 1): Promise<void> {
    for (let left = minutes; left > 0; left -= 1) {
      this.jump(1)
      await this.incidents.alarm()
    }
  }

  /** The clock moves, and nothing is watched. */
  jump(minutes: number): void {
    this.nowMs += minutes * 60_000
    this.registry.world.clock = this.nowMs
  }

  /** Networks that gateways refuse now. */
  async blocked(source = SHOP): Promise<string[]> {
    const measures = (await this.registry.snapshots.source(source))?.containment ?? []
    return measures.flatMap((one) =>
      one.action === 'block' && one.endsAtMs > this.nowMs ? [one.network] : [],
    )
  }

  contain = (request: ContainRequest, incident: number | null = null, source = SHOP) =>
    this.incidents.contain(source, request, incident, WHO)
}

/** A world in which the watch has begun, and `shop` and {@link NEWS} exist. */
export async function inWorld(document: object, work: (world: World) => Promise<void>): Promise<void> {
  const store = await emptyStore()
  await inObject(async (state) => {
    const world = new World(state, store)
    await world.put(SHOP, document)
    await world.put(NEWS)
    await world.incidents.alarm()
    await work(world)
  })
}
