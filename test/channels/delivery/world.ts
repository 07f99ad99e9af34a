/** A delivery over the storage of a real object, vendors that do as the test says, and incidents that the test changes. */
import type { SealedChannel } from '../../../src/registry/channels/channel.ts'
import type { Target } from '../../../src/channels/adapter.ts'
import { NoticeDelivery, type DeliveryDeps } from '../../../src/channels/delivery/delivery.ts'
import type { ChannelConfig } from '../../../src/channels/document.ts'
import type { ChannelKind } from '../../../src/channels/index.ts'
import type { Incident } from '../../../src/watch/incidents/incident.ts'
import type { LogFields } from '../../../src/platform/log.ts'
import { inObject } from '../../support/objects.ts'
import { Fake, type Mood } from '../fake.ts'
import { NOW_MS, TARGETS } from '../notices.ts'

export const incident = (change: Partial<Incident> = {}): Incident => ({
  number: 17,
  source: 'shop',
  sources: ['shop'],
  kind: 'bounce_share',
  subject: null,
  state: 'open',
  severity: 'critical',
  risk: { level: 'high', reasons: ['mail bounces'] },
  headline: 'bounces are 31 % of outcomes, usually 2.1 % (41 of 132 in 20 min)',
  current: null,
  worst: null,
  findings: [],
  networks: ['203.0.113.0/24'],
  sinceMs: NOW_MS - 1_020_000,
  openedMs: NOW_MS,
  updatedMs: NOW_MS,
  acknowledgedMs: null,
  containedMs: null,
  resolvedMs: null,
  assignee: null,
  advice: [],
  actions: [],
  containments: [],
  timeline: [],
  review: null,
  news: 0,
  continuedAs: null,
  isPartial: false,
  ...change,
})

const COMMON = {
  minimum_severity: 'warning',
  grouping_seconds: 30,
  reminder_seconds: 14_400,
  paused: false,
} as const

export class World {
  nowMs = NOW_MS
  incidents: Incident[] = [incident()]
  /** Part of an incident that a channel of these sources sees. */
  parts: DeliveryDeps['records']['incident'] = (number) =>
    this.incidents.find((one) => one.number === number) ?? null
  version = 1
  channels: SealedChannel[] = []
  isRegistryDown = false
  readonly notes: string[] = []
  readonly logged: LogFields[] = []
  /** One fake a channel, by name. */
  readonly fakes = new Map<string, Fake>()
  readonly #secrets = new Map<string, Target['secrets']>()
  readonly #storage: DurableObjectStorage
  delivery: NoticeDelivery

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    this.delivery = this.#start()
  }

  /** Creates or changes a channel. Each has a host of its own, so that fakes stay apart. */
  put(
    name: string,
    kind: ChannelKind = 'slack',
    change: Partial<ChannelConfig> = {},
    mood: Mood = 'as usual',
  ): void {
    this.version++
    const { settings, secrets } = TARGETS[kind]
    this.fakes.set(name, new Fake(mood))
    this.#secrets.set(name, secrets)
    const config = { ...COMMON, kind, ...settings, ...change } as ChannelConfig
    const { createdAtMs = this.nowMs } = this.channels.find((one) => one.name === name) ?? {}
    const channel = {
      name,
      version: this.version,
      changedAtMs: this.nowMs,
      createdAtMs,
      config,
      secrets: [],
    }
    this.channels = [...this.channels.filter((one) => one.name !== name), channel]
  }

  mood(name: string, mood: Mood): Fake {
    const fake = new Fake(mood)
    this.fakes.set(name, fake)
    return fake
  }

  /** As after an eviction: memory is lost. */
  restart(): void {
    this.delivery = this.#start()
  }

  run(): Promise<number | null> {
    return this.delivery.deliver()
  }

  later(seconds: number): Promise<number | null> {
    this.nowMs += seconds * 1_000
    return this.run()
  }

  /** How many requests and mails a channel got. */
  count(name: string): number {
    const fake = this.fakes.get(name)
    return fake === undefined ? 0 : fake.seen.length + fake.mails.length
  }

  texts(name: string): string[] {
    const fake = this.fakes.get(name)
    return [
      ...(fake?.seen ?? []).map(({ body }) => body),
      ...(fake?.mails ?? []).map((mail) => JSON.stringify(mail)),
    ]
  }

  change(number: number, change: Partial<Incident>): void {
    this.incidents = this.incidents.map((one) => (one.number === number ? { ...one, ...change } : one))
  }

  resolve(number = 17): void {
    this.change(number, { state: 'resolved', resolvedMs: this.nowMs })
  }

  #start(): NoticeDelivery {
    const deps: DeliveryDeps = {
      storage: this.#storage,
      records: {
        recent: () => this.incidents,
        incident: (number, sources) => this.parts(number, sources),
        note: (number, kind, text) => void this.notes.push(`${number} ${kind} ${text}`),
      },
      load: async (known) => {
        if (this.isRegistryDown) throw new TypeError('the registry is down')
        return known === this.version ? null : { version: this.version, channels: this.channels }
      },
      // Fakes of several chats are told apart by their URLs.
      open: async ({ name, config: { kind } }) =>
        kind === 'slack'
          ? { webhook_url: `https://hooks.slack.com/services/${name}/B0BBB/hV8sWqLr2nJx5Kd` }
          : { ...this.#secrets.get(name) },
      send: new Fake().deps({
        fetch: (url, init) =>
          this.#fakeOf(url as string)
            .deps()
            .fetch(url, init),
        mail: {
          send: (mail) => this.#fakeOf('').deps().mail?.send(mail) ?? Promise.reject(new Error('none')),
        },
        nowMs: () => this.nowMs,
        deadlineMs: 50,
      }),
      consoleUrl: 'https://console.example',
      installation: 'inst',
      random: () => 0.5,
      log: (fields) => this.logged.push(fields),
      waitMs: 2_000,
    }
    return new NoticeDelivery(deps)
  }

  #fakeOf(url: string): Fake {
    const name =
      /services\/([^/]+)\//.exec(url)?.[1] ??
      this.channels.find(({ config }) => config.kind !== 'slack')?.name
    const fake = this.fakes.get(name ?? '')
    if (fake === undefined) throw new TypeError('no such fake')
    return fake
  }
}

export const withWorld = (work: (world: World) => Promise<void>): Promise<void> =>
  inObject(({ storage }) => work(new World(storage)))
