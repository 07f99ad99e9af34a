/** A sync of suppressions with the real store, the real storage and the fake of an ESP. */
import type { ApiRequest, Suppressed } from '../../../src/drivers/driver.ts'
import { driverOf } from '../../../src/drivers/index.ts'
import type { SyncRequest, SyncStatus } from '../../../src/esp-accounts/api.ts'
import { converser } from '../../../src/esp-accounts/converse.ts'
import type { OpenAccount } from '../../../src/esp-accounts/parts.ts'
import { Suppressions } from '../../../src/esp-accounts/suppressions/index.ts'
import { Deadlines } from '../../../src/outbound/deadlines.ts'
import { sealer } from '../../../src/platform/seal.ts'
import type { SourceConfig } from '../../../src/registry/sources/document.ts'
import { NO_SYNC } from '../../../src/registry/sources/suppression-sync.ts'
import type { ImportedSuppression } from '../../../src/store/import-suppressions.ts'
import type { Store } from '../../../src/store/store.ts'
import type { Fake, FakeEsp } from '../../drivers/fakes/fake.ts'
import { inObject } from '../../support/objects.ts'
import { MASTERS, emptyStore } from '../../support/store.ts'

export const START_MS = Date.parse('2026-12-02T12:00:00Z')
export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS

/** State that a test changes, and looks at. */
export interface World {
  readonly store: Store
  readonly esp: FakeEsp
  nowMs: number
  /** Requests so far. */
  readonly calls: ApiRequest[]
  answer: (request: ApiRequest) => Response
  /** Words that the watch was told. It does not answer while it is down. */
  readonly told: (string | null)[]
  isWatchDown: boolean
  settings: Partial<typeof NO_SYNC>
}

export interface Sync {
  /** As after an eviction. */
  readonly restart: () => void
  readonly run: () => Promise<number | null>
  /** @param waiting called while it waits */
  readonly sync: (request: SyncRequest, waiting?: () => void) => Promise<SyncStatus>
  readonly status: () => SyncStatus
  readonly stop: () => void
  readonly storage: DurableObjectStorage
  readonly removeThere: (entry: Pick<Suppressed, 'address' | 'scope'>) => Promise<unknown>
}

export async function worldOf(
  fake: Fake,
): Promise<World & { inSync: (work: (sync: Sync) => Promise<void>) => Promise<void> }> {
  const esp = fake.open()
  const world: World = {
    store: await emptyStore(),
    esp,
    nowMs: START_MS,
    calls: [],
    answer: esp.answer,
    told: [],
    isWatchDown: false,
    settings: {},
  }
  return Object.assign(world, { inSync: (work: (sync: Sync) => Promise<void>) => inSync(fake, world, work) })
}

function inSync(fake: Fake, world: World, work: (sync: Sync) => Promise<void>): Promise<void> {
  const driver = driverOf(fake.provider)
  if (driver === undefined) throw new Error(`no driver of ${fake.provider}`)
  const nowMs = () => world.nowMs
  const account = (): OpenAccount => ({
    name: 'shop',
    config: {
      provider: fake.provider,
      provisioner: fake.settings,
      suppressionSync: { ...NO_SYNC, ...world.settings },
    } as SourceConfig,
    createdAtMs: 1,
    keyVersion: 1,
    driver,
    open: async () => ({
      key: fake.key,
      settings: fake.settings,
      url: 'https://gateway.example/hooks/shop',
      nowMs: nowMs(),
    }),
  })
  return inObject(async ({ storage }) => {
    const open = () =>
      new Suppressions({
        source: 'shop',
        storage,
        store: world.store,
        converse: converser({
          storage,
          deadlines: new Deadlines(nowMs),
          nowMs,
          pause: async (ms) => void (world.nowMs += ms),
          async fetch(input, init) {
            const { url, method, headers } = new Request(input, init)
            const request: ApiRequest = {
              url,
              method: method as ApiRequest['method'],
              headers: Object.fromEntries(headers),
              ...(typeof init?.body === 'string' && { body: init.body }),
            }
            world.calls.push(request)
            return world.answer(request)
          },
        }),
        events: { send: async () => ({}) as never },
        large: {} as R2Bucket,
        queueSealer: sealer(MASTERS, 'queue'),
        wake: () => undefined,
        noteSync: async (says) => !world.isWatchDown && world.told.push(says) > 0,
        nowMs,
        pause: async () => undefined,
        log: () => undefined,
      })
    let part = open()
    const run = () => part.run(account())
    const status = () => part.status(account()) as SyncStatus
    await work({
      restart: () => (part = open()),
      run,
      status,
      storage,
      stop: () => part.stop(account()),
      removeThere: (entry) => part.removeThere(account(), entry),
      async sync(request, waiting = () => undefined) {
        part.begin(account(), request)
        for (let runs = 0; runs < 1_000 && status().state === 'running'; runs++) {
          const waitMs = (await run()) ?? 0
          if (status().state !== 'running') break
          world.nowMs += waitMs
          waiting()
        }
        return status()
      },
    })
  })
}

export const theirs = (address: string, of: Partial<Suppressed> = {}): Suppressed => ({
  address,
  reason: 'hard_bounce',
  scope: null,
  atMs: START_MS - DAY_MS,
  ...of,
})

export const ours = (address: string, of: Partial<ImportedSuppression> = {}): ImportedSuppression => ({
  address,
  reason: 'hard_bounce',
  note: '',
  sinceMs: START_MS - DAY_MS,
  asOfMs: null,
  liftedAtMs: null,
  expiresAtMs: null,
  source: 'shop',
  eventId: null,
  nativeType: null,
  evidence: null,
  ...of,
})

/** Entries by kind. */
export const figures = ({ counts }: SyncStatus): Record<string, number> =>
  counts.reduce<Record<string, number>>(
    (sums, { kind, count }) => ({ ...sums, [kind]: (sums[kind] ?? 0) + count }),
    {},
  )
