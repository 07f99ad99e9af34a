/** Both lists are made the same, with the real store, the real storage and the fake of an ESP. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { ApiRequest, Suppressed } from '../../../src/drivers/driver.ts'
import { sparkpost } from '../../../src/drivers/sparkpost.ts'
import type { SyncRequest, SyncStatus } from '../../../src/esp-accounts/api.ts'
import { converser } from '../../../src/esp-accounts/converse.ts'
import type { OpenAccount } from '../../../src/esp-accounts/parts.ts'
import { Suppressions } from '../../../src/esp-accounts/suppressions/index.ts'
import { Deadlines } from '../../../src/outbound/deadlines.ts'
import { sealer } from '../../../src/platform/seal.ts'
import type { SourceConfig } from '../../../src/registry/sources/document.ts'
import { NO_SYNC } from '../../../src/registry/sources/suppression-sync.ts'
import { type ImportedSuppression, importSuppressions } from '../../../src/store/import-suppressions.ts'
import type { Store } from '../../../src/store/store.ts'
import { exportSuppressions } from '../../../src/store/suppression-rows.ts'
import { addSuppression, findSuppression, removeSuppression } from '../../../src/store/suppressions.ts'
import type { FakeEsp } from '../../drivers/fakes/fake.ts'
import { sparkpost as fake } from '../../drivers/fakes/sparkpost.ts'
import { inObject } from '../../support/objects.ts'
import { MASTERS, countOf, emptyStore } from '../../support/store.ts'
import { thorough } from '../../support/thorough.ts'

const START_MS = Date.parse('2026-12-02T12:00:00Z')
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

let store: Store
let esp: FakeEsp
let nowMs: number
let calls: ApiRequest[]
let answer: (request: ApiRequest) => Response
let told: (readonly [string, string | null])[]
let settings: Partial<typeof NO_SYNC>

beforeEach(async () => {
  store = await emptyStore()
  esp = fake.open()
  nowMs = START_MS
  calls = []
  answer = esp.answer
  told = []
  settings = {}
})

const theirs = (address: string, of: Partial<Suppressed> = {}): Suppressed => ({
  address,
  reason: 'hard_bounce',
  scope: null,
  atMs: START_MS - DAY_MS,
  ...of,
})

const ours = (address: string, of: Partial<ImportedSuppression> = {}): ImportedSuppression => ({
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

const account = (): OpenAccount => ({
  name: 'shop',
  config: { provider: 'sparkpost', suppressionSync: { ...NO_SYNC, ...settings } } as SourceConfig,
  createdAtMs: 1,
  driver: sparkpost,
  open: async () => ({ key: fake.key, settings: {}, url: 'https://gateway.example/hooks/shop', nowMs }),
})

interface Sync {
  /** As after an eviction. */
  readonly restart: () => void
  readonly run: () => Promise<number | null>
  readonly sync: (request: SyncRequest) => Promise<SyncStatus>
  readonly status: () => SyncStatus
  readonly stop: () => void
  readonly storage: DurableObjectStorage
  readonly removeThere: (entry: Pick<Suppressed, 'address' | 'scope'>) => Promise<unknown>
}

function inSync(work: (sync: Sync) => Promise<void>): Promise<void> {
  return inObject(async ({ storage }) => {
    const open = () =>
      new Suppressions({
        source: 'shop',
        storage,
        store,
        converse: converser({
          storage,
          deadlines: new Deadlines(() => nowMs),
          nowMs: () => nowMs,
          pause: async (ms) => void (nowMs += ms),
          async fetch(input, init) {
            const { url, method, headers } = new Request(input, init)
            const request = {
              url,
              method,
              headers: Object.fromEntries(headers),
              body: init?.body,
            } as ApiRequest
            calls.push(request)
            return answer(request)
          },
        }),
        events: { send: async () => ({}) as never },
        large: {} as R2Bucket,
        queueSealer: sealer(MASTERS, 'queue'),
        wake: () => undefined,
        noteJob: async (job, fault) => void told.push([job, fault]),
        nowMs: () => nowMs,
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
      stop: () => part.stop(),
      removeThere: (entry) => part.removeThere(account(), entry),
      async sync(request) {
        part.begin(account(), request)
        for (let runs = 0; runs < 1_000 && status().state === 'running'; runs++) nowMs += (await run()) ?? 0
        return status()
      },
    })
  })
}

const figures = ({ counts }: SyncStatus): Record<string, number> =>
  counts.reduce<Record<string, number>>(
    (sums, { kind, count }) => ({ ...sums, [kind]: (sums[kind] ?? 0) + count }),
    {},
  )

const isSuppressed = async (address: string): Promise<boolean> =>
  ((await findSuppression(store, address, nowMs))?.reasons.length ?? 0) > 0

const listed = (): string[] => esp.suppressed.map(({ address }) => address).toSorted()

const SEND = { isRun: true, send: true } as const

/** Of 50,000 entries each when thorough. */
const ENTRIES = thorough(50_000, 5_000)

describe(`two lists of ${ENTRIES} that differ in 500`, () => {
  const manyMs = 240_000

  it('are compared, made the same, and then differ in nothing', { timeout: manyMs }, async () => {
    const COMMON = ENTRIES - 250
    const both = Array.from({ length: COMMON }, (_, i) => `both${i}@example.com`)
    const only = (place: string) => Array.from({ length: 250 }, (_, i) => `${place}${i}@example.com`)
    esp.suppressed.push(...[...both, ...only('there')].map((address) => theirs(address)))
    await importSuppressions(
      store,
      [...both, ...only('here')].map((address) => ours(address)),
      nowMs,
    )

    await inSync(async ({ sync, storage }) => {
      const plan = await sync({ isRun: false })
      expect(plan.state).toBe('planned')
      expect(figures(plan)).toEqual({ same: COMMON, only_there: 250, only_here: 250 })
      // Pages of a thousand.
      expect(calls).toHaveLength(ENTRIES / 1_000)
      expect(await isSuppressed('there7@example.com')).toBe(false)

      const run = await sync(SEND)
      expect(run.state).toBe('done')
      expect(run.counts.filter(({ kind }) => kind !== 'same').map(({ count, done }) => count - done)).toEqual(
        [0, 0],
      )
      expect(calls.length).toBeLessThanOrEqual((2 * ENTRIES) / 1_000 + 3)
      expect(await isSuppressed('there7@example.com')).toBe(true)
      expect(listed()).toHaveLength(ENTRIES + 250)
      expect(storage.sql.exec('SELECT * FROM suppression_sync').toArray()).toEqual([])

      expect(figures(await sync(SEND))).toEqual({ same: ENTRIES + 250 })
    })
  })
})

describe('a sync', () => {
  beforeEach(async () => {
    esp.suppressed.push(
      theirs('same@example.com'),
      theirs('new@example.com', { reason: 'spam_report' }),
      theirs('reason@example.com', { reason: 'unsubscribe' }),
      theirs('lifted@example.com'),
    )
    const entries = ['same', 'reason', 'lifted', 'mine'].map((name) => ours(`${name}@example.com`))
    const expiring = ours('soon@example.com', { expiresAtMs: START_MS + DAY_MS })
    await importSuppressions(store, [...entries, expiring], nowMs)
    await removeSuppression(store, 'lifted@example.com', nowMs)
  })

  const FOUND = { same: 1, only_there: 1, other_reason: 1, ended_here: 1, only_here: 1, temporary: 1 }

  it('by default takes in, and only shows what is here and what was lifted', async () => {
    await inSync(async ({ sync }) => {
      const before = listed()
      const run = await sync({ isRun: true })
      expect([run.state, figures(run)]).toEqual(['done', FOUND])
      expect(listed()).toEqual(before)
      const { suppressions } = await exportSuppressions(store, { limit: 100, inForceAtMs: nowMs })
      expect(
        suppressions.map(({ address, reason, source }) => `${address} ${reason} ${source}`).toSorted(),
      ).toEqual([
        'mine@example.com hard_bounce shop',
        'new@example.com spam_report shop',
        'reason@example.com hard_bounce shop',
        'reason@example.com unsubscribe shop',
        'same@example.com hard_bounce shop',
        'soon@example.com hard_bounce shop',
      ])
      expect(figures(await sync({ isRun: true }))).toEqual({
        same: 3,
        ended_here: 1,
        only_here: 1,
        temporary: 1,
      })
    })
  })

  it('sends and removes after a yes, and never what ends by itself', async () => {
    await inSync(async ({ sync }) => {
      await sync({ isRun: true, send: true, remove: true })
      expect(listed()).toEqual([
        'mine@example.com', 'new@example.com', 'reason@example.com', 'same@example.com',
      ]) // prettier-ignore
      expect(figures(await sync({ isRun: true, send: true, remove: true }))).toEqual({
        same: 4,
        temporary: 1,
      })
    })
  })

  it('keeps no address, and shows a few masked', async () => {
    await inSync(async ({ sync, storage }) => {
      const { examples } = await sync({ isRun: false })
      expect(examples.map(({ kind, address }) => `${kind} ${address}`).toSorted()).toEqual([
        'ended_here l…@example.com',
        'only_here m…@example.com',
        'only_there n…@example.com',
        'other_reason r…@example.com',
        'temporary s…@example.com',
      ])
      const rows = storage.sql.exec('SELECT * FROM suppression_sync').toArray()
      expect(rows.length).toBe(6)
      expect(JSON.stringify([rows, [...storage.kv.list()]])).not.toContain('example.com')
    })
  })

  it('does not do what changed after the plan', async () => {
    await inSync(async ({ sync }) => {
      await sync({ isRun: false })
      await addSuppression(store, 'new@example.com', null, nowMs)
      nowMs += 1_000
      await removeSuppression(store, 'new@example.com', nowMs)
      await removeSuppression(store, 'mine@example.com', nowMs)
      esp.suppressed.push(theirs('later@example.com'))
      await sync(SEND)
      expect(await isSuppressed('new@example.com')).toBe(false)
      expect(await isSuppressed('later@example.com')).toBe(false)
      expect(listed()).not.toContain('mine@example.com')
    })
  })

  it('gives nobody who was erased a key', async () => {
    const person = await store.people.indexOf('new@example.com')
    await store.db
      .prepare(
        'INSERT INTO erasures (person, number, erased_at, keeps_suppression) VALUES (unhex(?1), 1, ?2, 0)',
      )
      .bind(person, START_MS - 2 * DAY_MS)
      .run()
    await inSync(async ({ sync }) => {
      const keys = await countOf('recipients')
      await sync({ isRun: true })
      expect(await isSuppressed('new@example.com')).toBe(true)
      expect(await countOf('recipients')).toBe(keys)
    })
  })

  it.each([1, 2, 3, 4, 5])('that dies after its step %i ends the same', async (steps) => {
    await inSync(async ({ sync, restart, run, status }) => {
      let left = steps
      const real = answer
      answer = (request) => {
        if (left-- === 0) {
          restart()
          throw new TypeError('the object died')
        }
        return real(request)
      }
      await sync({ isRun: true, send: true, remove: true })
      restart()
      await run()
      expect(status().state).toBe('done')
      expect(figures(await sync({ isRun: true, send: true, remove: true }))).toEqual({
        same: 4,
        temporary: 1,
      })
    })
  })

  it.each([
    [401, 'key_refused'],
    [403, 'key_too_weak'],
    [400, 'refused'],
  ])('that gets %i stops with its place, and goes on', async (status, code) => {
    await inSync(async ({ sync }) => {
      let pages = 0
      const real = answer
      answer = (request) => (pages++ === 1 ? Response.json({}, { status }) : real(request))
      const stopped = await sync({ isRun: true })
      expect([stopped.state, stopped.stopped, stopped.step]).toEqual(['stopped', code, 'take'])
      expect(await sync({ isRun: true })).toMatchObject({ state: 'done', stopped: null })
      expect(await isSuppressed('new@example.com')).toBe(true)
    })
  })

  it('waits as the ESP asks', async () => {
    await inSync(async ({ sync, status }) => {
      const real = answer
      answer = (request) =>
        calls.length === 1
          ? new Response(null, { status: 429, headers: { 'retry-after': '600' } })
          : real(request)
      await sync({ isRun: true })
      expect(status().state).toBe('done')
      expect(nowMs).toBeGreaterThanOrEqual(START_MS + 600_000)
    })
  })

  it('leaves a list that leads in a circle', async () => {
    answer = ({ url }) => {
      const page = Number(new URL(url).searchParams.get('cursor')?.replace('initial', '0'))
      const results = [{ recipient: `a${page % 3}@example.com`, source: 'Bounce Rule' }]
      return Response.json({ results, links: [{ rel: 'next', href: `/?cursor=${(page + 1) % 3}` }] })
    }
    await inSync(async ({ sync }) => {
      expect(await sync({ isRun: true })).toMatchObject({ state: 'stopped', stopped: 'leads_in_a_circle' })
      expect(calls.length).toBeLessThan(20)
      expect(await isSuppressed('a1@example.com')).toBe(false)
    })
  })

  it('reads on where a page has moved', async () => {
    const real = answer
    answer = (request) => {
      const page = real({ ...request, url: request.url.replace('per_page=1000', 'per_page=2') })
      if (calls.length === 1) esp.suppressed.unshift(theirs('front@example.com'))
      return page
    }
    await inSync(async ({ sync }) => {
      expect(figures(await sync({ isRun: false }))).toEqual(FOUND)
    })
  })

  it('removes one address there, of a scope not for the reasons of all mail', async () => {
    await inSync(async ({ removeThere }) => {
      expect(await removeThere({ address: 'same@example.com', scope: null })).toMatchObject({ ok: true })
      expect(listed()).not.toContain('same@example.com')
      // The driver makes a request for each reason.
      expect(calls).toHaveLength(4)
      await removeThere({ address: 'same@example.com', scope: 'group:1' })
      expect(calls).toHaveLength(4 + 2)
    })
  })

  it('is forgotten after a day', async () => {
    await inSync(async ({ sync, run, status, storage }) => {
      await sync({ isRun: false })
      nowMs += DAY_MS
      await run()
      expect([status().state, figures(status())]).toEqual(['over', FOUND])
      expect(storage.sql.exec('SELECT * FROM suppression_sync').toArray()).toEqual([])
    })
  })

  describe('of the night', () => {
    const tonight = async ({ run, status }: Sync) => {
      nowMs += (await run()) ?? 0
      expect(new Date(nowMs).toISOString()).toBe('2026-12-03T03:00:00.000Z')
      for (let runs = 0; runs < 50 && (runs === 0 || status().state === 'running'); runs++) await run()
      return status()
    }

    it('runs alone', async () => {
      settings = { nightly: true, send: true }
      await inSync(async (sync) => {
        expect(await tonight(sync)).toMatchObject({ state: 'done', by: 'schedule' })
        expect(listed()).toContain('mine@example.com')
        expect(told).toEqual([['suppression sync of shop', null]])
      })
    })

    it('stops before the first change if there are too many, tells so, and goes on after a yes', async () => {
      settings = { nightly: true, atMost: 1 }
      await inSync(async (sync) => {
        expect(await tonight(sync)).toMatchObject({ state: 'planned', stopped: 'over_bound' })
        expect(await isSuppressed('new@example.com')).toBe(false)
        expect(told).toEqual([['suppression sync of shop', 'over_bound']])
        expect((await sync.sync({ isRun: true })).state).toBe('done')
        expect(await isSuppressed('new@example.com')).toBe(true)
      })
    })
  })
})
