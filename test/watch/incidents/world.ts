/** The object of the incidents with storage, store and registry that are real. A test says what is found, and moves the clock. */
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import type { LogFields } from '../../../src/platform/log.ts'
import { SYSTEM } from '../../../src/platform/system.ts'
import type { Registry } from '../../../src/registry/registry.ts'
import type { IncidentQuery } from '../../../src/watch/incidents/api.ts'
import type { KnownSource } from '../../../src/watch/incidents/apply-changes.ts'
import { type IncidentsEnv, watchDeps } from '../../../src/watch/incidents/deps.ts'
import { Incidents } from '../../../src/watch/incidents/index.ts'
import type { Finding } from '../../../src/watch/patterns/pattern.ts'
import type { SourceChange, WatchedSource } from '../../../src/watch/watchers/api.ts'
import { inObject } from '../../support/objects.ts'
import { EMPTY_QUEUES } from '../../support/queues.ts'
import { emptyStore } from '../../support/store.ts'
import { WHO } from '../../support/who.ts'

export const START = 29_000_000
export const HOOK = 'https://hooks.slack.com/services/T0AAA/OPS/hV8sWqLr2nJx5Kd'

export const ANY: IncidentQuery = {
  states: null,
  sources: null,
  source: null,
  kind: null,
  severity: null,
  sinceMs: null,
  limit: 10,
  before: null,
}

const SILENCE: Finding = {
  kind: 'silence',
  severity: 'error',
  fromMinute: START,
  features: [],
  evidence: 'no event for 40 min, usually 12 a minute',
}

/** A silence of `shop`, but for what differs. */
export const raised = (raisedAt: number, finding: Partial<Finding> = {}): SourceChange => ({
  source: 'shop',
  change: { change: 'raised', raisedAt, finding: { ...SILENCE, ...finding } },
})

export const ended = (source: string, kind: string, raisedAt: number, untilMinute: number): SourceChange => ({
  source,
  change: {
    change: 'ended',
    untilMinute,
    incident: { kind, raisedAt, fromMinute: raisedAt, lastMinute: untilMinute, severity: 'error' },
  },
})

export class World {
  /** When {@link START} is over and settled. */
  nowMs = (START + 1) * 60_000 + 30_000
  store: D1Database = env.STORE
  large: R2Bucket = env.LARGE
  isDeployed = true
  sources: readonly KnownSource[] = [{ name: 'shop', createdAtMs: 1, provider: 'generic' }]
  /** Findings of a minute, of all sources. */
  found: (minute: number) => readonly SourceChange[] = () => []
  /** Minutes that were watched, and whether in each the store was known to be down. */
  readonly watched: (readonly [minute: number, isStoreDown: boolean])[] = []
  /** Requests to channels. */
  readonly sent: { readonly url: string; readonly body: string; readonly atMs: number }[] = []
  readonly logged: LogFields[] = []
  object: Incidents
  readonly #state: DurableObjectState
  readonly #name = crypto.randomUUID()

  constructor(state: DurableObjectState) {
    this.#state = state
    this.object = this.#made()
  }

  get storage(): DurableObjectStorage {
    return this.#state.storage
  }

  /** A stub belongs to the object that made it. */
  registry(): Registry {
    return env.REGISTRY.getByName(this.#name) as unknown as Registry
  }

  async put(channel: string, more: object = {}): Promise<void> {
    const webhook_url = HOOK.replace('OPS', channel.toUpperCase())
    const put = await this.registry().channels.put(
      channel,
      { kind: 'slack', secrets: { webhook_url }, ...more },
      WHO,
      null,
    )
    expect(put.ok).toBe(true)
  }

  /** The next call reaches a new object, as after an eviction. */
  evict(): void {
    this.object = this.#made()
  }

  /** Rings every so many seconds until these minutes have passed, each time at a new object. */
  async pass(minutes: number, everySeconds = 30): Promise<void> {
    const untilMs = this.nowMs + minutes * 60_000
    for (; this.nowMs < untilMs; this.nowMs += everySeconds * 1_000) {
      this.evict()
      await this.object.alarm()
    }
  }

  #made(): Incidents {
    const bindings = {
      MASTER_KEY: env.MASTER_KEY,
      STORE: this.store,
      LARGE: this.large,
      ...(this.isDeployed && { POSTERN_RELEASE: '{}' }),
      CONSOLE_URL: 'https://console.example/',
      REFUSALS: env.REFUSALS,
      ESP_ACCOUNTS: { getByName: () => ({ check: async () => null }) },
      SOURCE_WATCHERS: {
        getByName: () => ({
          watch: async (minute: number, own: readonly WatchedSource[], _: unknown, isStoreDown: boolean) => {
            const found = this.found(minute)
            this.watched.push([minute, isStoreDown])
            return found.filter(({ source }) => own.some(({ name }) => name === source))
          },
        }),
      },
      REGISTRY: {
        getByName: () => ({
          snapshots: {
            watchedSources: async () => ({ version: 1, sources: this.sources }),
            destinationIndex: async () => ({ version: 1, names: [] }),
            channels: (version: number) => this.registry().snapshots.channels(version),
          },
          sources: { list: async () => [], find: async () => null, containments: async () => [] },
        }),
      },
      ...EMPTY_QUEUES,
    } as unknown as IncidentsEnv
    const deps = watchDeps(this.#state, bindings, {
      ...SYSTEM,
      nowMs: () => this.nowMs,
      log: (fields) => void this.logged.push(fields),
      fetch: async (url, init) => {
        this.sent.push({ url: url as string, body: init?.body as string, atMs: this.nowMs })
        return new Response('ok')
      },
    })
    return new Incidents(this.#state, bindings, deps)
  }
}

export async function inWorld(work: (world: World) => Promise<void>): Promise<void> {
  await emptyStore()
  await inObject((state) => work(new World(state)))
}
