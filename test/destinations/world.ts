/** A destination in tests: the real store, the real storage of an object, a fake endpoint and a clock that the test moves. */
import type { DeliveryFacts } from '../../src/event/envelope.ts'
import { env } from 'cloudflare:workers'
import { runInDurableObject } from 'cloudflare:test'
import { eventFilter } from '../../src/event/filter/filter.ts'
import { systemNowMs } from '../../src/platform/clock.ts'
import type { LogFields } from '../../src/platform/log.ts'
import { sealer } from '../../src/platform/seal.ts'
import type { OpenDestination } from '../../src/destinations/config.ts'
import { Memory } from '../../src/destinations/memory/memory.ts'
import { Pacer } from '../../src/destinations/pace/pacer.ts'
import { MAIN } from '../../src/destinations/readers.ts'
import { Run } from '../../src/destinations/run.ts'
import { Deadlines } from '../../src/outbound/deadlines.ts'
import { DestinationConfigSchema } from '../../src/registry/destinations/document.ts'
import type { DestinationConfig } from '../../src/registry/destinations/document.ts'
import { ARRIVAL_START, arrivalEnd } from '../../src/store/arrival.ts'
import type { Store } from '../../src/store/store.ts'
import * as v from 'valibot'
import { consumeEvents, consumerDeps } from '../support/consumer.ts'
import { type SimulatedEvent, NOON_MS, mailEvent } from '../support/mail-events.ts'
import { MASTERS, emptyStore } from '../support/store.ts'

export interface Received {
  readonly id: string
  readonly headers: Headers
  readonly text: string
  readonly atMs: number
  /** Ids of the events in it. */
  readonly eventIds: string[]
}

export type Endpoint = (received: Received) => Response | Promise<Response>

export const KEY = new Uint8Array(32).fill(9)

export class World {
  readonly store: Store
  readonly received: Received[] = []
  readonly lines: LogFields[] = []
  readonly disabled: string[] = []
  nowMs = NOON_MS + 3 * 86_400_000
  host: 'public' | 'private' | 'no_answer' = 'public'
  endpoint: Endpoint = () => new Response('ok')
  config: DestinationConfig
  isStale = false
  #made = 0
  #pacer: Pacer | undefined
  readonly #object = env.EMPTY.getByName(crypto.randomUUID())

  private constructor(store: Store, config: Partial<DestinationConfig>) {
    this.store = store
    this.config = { ...v.parse(DestinationConfigSchema, { url: 'https://app.example.com/hook' }), ...config }
  }

  static async open(config: Partial<DestinationConfig> = {}): Promise<World> {
    const world = new World(await emptyStore(), config)
    await world.inside((memory) => memory.save(() => memory.positions.start(MAIN, ARRIVAL_START)))
    return world
  }

  /** Stores events, each call a transaction of its own. The last one's number is in the request id. @returns their ids, in the order of arrival */
  async happen(
    count: number,
    of: Partial<SimulatedEvent> = {},
    facts: Partial<DeliveryFacts> = {},
  ): Promise<string[]> {
    const events = await Promise.all(
      Array.from({ length: count }, () =>
        mailEvent({ type: 'email.delivered', atMs: NOON_MS + this.#made, nr: ++this.#made, ...of }),
      ),
    )
    const deps = consumerDeps(this.store, { nowMs: () => this.nowMs })
    await consumeEvents(deps, events, undefined, { request_id: `req_${this.#made}`, ...facts })
    return events.map(({ id }) => id)
  }

  /** A run of an object that has just been started: nothing is in its memory. */
  run(): Promise<number | null> {
    return this.inside((memory) => this.runWith(memory))
  }

  /** Runs until nothing is due any more, moving the clock, at most so often. */
  async runAll(runs = 50): Promise<void> {
    for (let i = 0; i < runs; i++) {
      const waitMs = await this.run()
      if (waitMs === null) return
      this.nowMs += waitMs
    }
  }

  /** Adds waiting deliveries that are not due for a year. Their events are not stored. */
  fill(count: number, source = 'filler'): Promise<void> {
    return this.inside(async ({ waiting }) => {
      for (let nr = 0; nr < count; nr++)
        waiting.add(
          {
            id: `${source}-${nr}`,
            references: [{ segment: 1_000_000, index: nr }],
            key: null,
            source,
            type: 'email.delivered',
            bytes: 1_000,
            tries: 3,
            firstFailedAtMs: this.nowMs,
            dueAtMs: this.nowMs + 366 * 86_400_000,
            error: 'The endpoint answered 400.',
            status: 400,
          },
          this.nowMs,
        )
    })
  }

  inside<T>(work: (memory: Memory) => Promise<T>): Promise<T> {
    return runInDurableObject(this.#object, async (_, { storage }) => {
      const memory = new Memory(storage, sealer(MASTERS, 'attempts'))
      await memory.load()
      return work(memory)
    })
  }

  runWith(memory: Memory): Promise<number | null> {
    const filter = this.config.filter ?? {}
    const destination: OpenDestination = {
      name: 'app',
      config: this.config,
      createdAtMs: 1,
      hostname: new URL(this.config.url).hostname,
      filter,
      matches: eventFilter(filter),
      headers: { 'x-tenant': 'shop' },
      keys: [{ kind: 'v1', key: KEY }],
    }
    const nowMs = () => this.nowMs
    this.#pacer ??= new Pacer(this.config.rate_per_second, nowMs, async (ms) => void (this.nowMs += ms))
    return new Run({
      store: this.store,
      memory,
      destination,
      fetch: (_input, init) => this.#answer(init ?? {}),
      checkHost: async () => this.host,
      allowPrivate: false,
      deadlines: new Deadlines(systemNowMs),
      nowMs,
      random: () => 0.5,
      isStale: () => this.isStale,
      log: (fields) => void this.lines.push(fields),
      onDisabled: async (reason) => void this.disabled.push(reason),
      pacer: this.#pacer,
    }).all()
  }

  /** Log lines of attempts. */
  attempts(): LogFields[] {
    return this.lines.filter(({ event }) => event === 'delivery_attempted')
  }

  async backlog(): Promise<number> {
    const end = await arrivalEnd(this.store)
    return this.inside(async ({ positions }) => end.number - (positions.find(MAIN)?.position.number ?? 0))
  }

  ids(): string[] {
    return this.received.flatMap(({ eventIds }) => eventIds)
  }

  async #answer(init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers as HeadersInit)
    const text = new TextDecoder().decode(init.body as Uint8Array)
    // A request of the ESP has its own form.
    const { data = [] } = JSON.parse(text) as { data?: { id: string } | { id: string }[] }
    const received: Received = {
      id: headers.get('webhook-id') ?? '',
      headers,
      text,
      atMs: this.nowMs,
      eventIds: [data].flat().map(({ id }) => id),
    }
    this.received.push(received)
    return this.endpoint(received)
  }
}
