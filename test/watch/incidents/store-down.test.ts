/** The store does not answer, and people are told by channels that need none: the real survey, loop and registry. */
import { env } from 'cloudflare:workers'
import { runInDurableObject } from 'cloudflare:test'
import { expect, it } from 'vitest'
import type { Registry } from '../../../src/registry/registry.ts'
import { Incidents, type IncidentsEnv } from '../../../src/watch/incidents/index.ts'
import { EMPTY_QUEUES } from '../../support/queues.ts'
import { emptyStore } from '../../support/store.ts'
import { WHO } from '../../support/who.ts'

const START_MS = 29_000_000 * 60_000
const STEP_MS = 20_000

interface World {
  readonly object: Incidents
  readonly notices: readonly { readonly atMs: number; readonly text: string }[]
  /** Runs the object until this many minutes have passed, as a new one each time. */
  readonly pass: (minutes: number) => Promise<void>
  /** Minutes that were watched, and whether in each the store was known to be down. */
  readonly watched: readonly (readonly [minute: number, isStoreDown: boolean])[]
  store: D1Database
  nowMs: number
}

async function inWorld(name: string, test: (world: World) => Promise<void>): Promise<void> {
  await emptyStore()
  const registry = () => env.REGISTRY.getByName(name) as unknown as Registry
  const hook = 'https://hooks.slack.com/services/T0AAA/B0BBB/hV8sWqLr2nJx5Kd'
  await registry().putChannel('ops', { kind: 'slack', secrets: { webhook_url: hook } }, WHO, null)
  const notices: { atMs: number; text: string }[] = []
  await runInDurableObject(env.WATCH.getByName(name), async (_, state) => {
    class TestIncidents extends Incidents {
      protected override nowMs = () => world.nowMs
      protected override log = () => undefined
      protected override async outbound(...[, init]: Parameters<typeof fetch>): Promise<Response> {
        notices.push({ atMs: world.nowMs, text: init?.body as string })
        return new Response('ok')
      }
    }
    const watched: (readonly [number, boolean])[] = []
    const world: World = {
      notices,
      watched,
      store: env.STORE,
      nowMs: START_MS,
      get object() {
        const bindings = {
          MASTER_KEY: env.MASTER_KEY,
          STORE: world.store,
          WATCH: env.WATCH,
          SOURCE_WATCHERS: {
            getByName: () => ({
              async watch(minute: number, _sources: unknown, _signals: unknown, isStoreDown: boolean) {
                watched.push([minute, isStoreDown])
                return []
              },
            }),
          },
          REGISTRY: {
            getByName: () => ({
              watchedSources: async () => ({
                version: 1,
                sources: [{ name: 'shop', createdAtMs: 1, provider: 'generic' }],
              }),
              destinationIndex: async () => ({ version: 1, names: [] }),
              list: async () => [],
              loadChannels: (version: number) => registry().loadChannels(version),
            }),
          },
          ...EMPTY_QUEUES,
        } as unknown as IncidentsEnv
        return new TestIncidents(state, bindings)
      },
      async pass(minutes) {
        const untilMs = world.nowMs + minutes * 60_000
        for (; world.nowMs < untilMs; world.nowMs += STEP_MS) await world.object.alarm()
      },
    }
    await test(world)
    await state.storage.deleteAlarm()
  })
}

const down = {
  prepare: () => {
    throw new RangeError('D1_ERROR')
  },
} as unknown as D1Database

const full = { fault: 'DatabaseFull', sinceMs: START_MS + 180_000 }

it('tells within five minutes that the store is down, and since when, and that it is over', async () => {
  await inWorld('store-down', async (world) => {
    await world.pass(3)
    expect(world.notices).toEqual([])
    world.store = down
    const sinceMs = world.nowMs
    await world.pass(12)
    expect(world.notices).toHaveLength(1)
    expect(world.notices[0]?.text).toContain('the store does not answer, or takes nothing, for 2 min')
    expect((world.notices[0]?.atMs ?? Infinity) - sinceMs).toBeLessThan(5 * 60_000)
    const status = await world.object.status()
    expect(status.failing?.fault).toBe('RangeError')
    expect((status.failing?.sinceMs ?? Infinity) - sinceMs).toBeLessThan(70_000)
    expect(status.store?.fault).toBe('RangeError')
    world.store = env.STORE
    await world.pass(70)
    expect(await world.object.status()).toMatchObject({ failing: null, store: null, minutesBehind: 0 })
    expect(world.notices).toHaveLength(2)
    expect(world.notices[1]?.text).toMatch(/resolved/i)
    // The minutes are watched afterwards, and what was accepted in them is stored only later.
    const minute = Math.floor(sinceMs / 60_000)
    const blind = world.watched.flatMap(([at, isStoreDown]) => (isStoreDown ? [at] : []))
    expect(blind).toEqual(Array.from({ length: blind.length }, (_, i) => (blind[0] ?? 0) + i))
    expect(blind[0]).toBeGreaterThanOrEqual(minute - 2)
    expect(blind[0]).toBeLessThanOrEqual(minute)
    expect(blind.at(-1)).toBeGreaterThanOrEqual(minute + 11)
    expect(blind.at(-1)).toBeLessThanOrEqual(minute + 14)
    const all = world.watched.map(([at]) => at)
    expect(all).toEqual([...new Set(all)])
  })
}, 120_000)

it('tells within five minutes that the store is full, which only the consumer sees', async () => {
  await inWorld('store-full', async (world) => {
    await world.pass(3)
    await world.object.wake('DatabaseFull')
    await world.pass(5)
    expect(world.notices.map(({ text }) => text.includes('the store is full for 2 min'))).toEqual([true])
    expect(await world.object.status()).toMatchObject({ failing: null, minutesBehind: 0, store: full })
    await world.object.wake(null)
    expect(await world.object.status()).toMatchObject({ store: null })
  })
}, 120_000)

it('tells of it in an installation whose watch never began', async () => {
  await inWorld('store-never', async (world) => {
    world.store = down
    await world.pass(5)
    expect(world.notices).toHaveLength(1)
    expect(await world.object.status()).toMatchObject({ minute: null, failing: { fault: 'RangeError' } })
  })
}, 120_000)
