/** The store does not answer, and people are told by channels that need none. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { START, type World, inWorld } from './world.ts'

const START_MS = START * 60_000

const inQuietWorld = (work: (world: World) => Promise<void>): Promise<void> =>
  inWorld(async (world) => {
    world.nowMs = START_MS
    await world.put('ops')
    await work(world)
  })

const down = {
  prepare: () => {
    throw new RangeError('D1_ERROR')
  },
} as unknown as D1Database

const full = { fault: 'DatabaseFull', sinceMs: START_MS + 180_000 }

it('tells within five minutes that the store is down, and since when, and that it is over', async () => {
  await inQuietWorld(async (world) => {
    await world.pass(3, 20)
    expect(world.sent).toEqual([])
    world.store = down
    const sinceMs = world.nowMs
    await world.pass(12, 20)
    expect(world.sent).toHaveLength(1)
    expect(world.sent[0]?.body).toContain('the store does not answer, or takes nothing, for 2 min')
    expect((world.sent[0]?.atMs ?? Infinity) - sinceMs).toBeLessThan(5 * 60_000)
    const status = await world.object.status()
    expect(status.failing?.fault).toBe('RangeError')
    expect((status.failing?.sinceMs ?? Infinity) - sinceMs).toBeLessThan(70_000)
    expect(status.store?.fault).toBe('RangeError')
    world.store = env.STORE
    await world.pass(70, 20)
    expect(await world.object.status()).toMatchObject({ failing: null, store: null, minutesBehind: 0 })
    expect(world.sent).toHaveLength(2)
    expect(world.sent[1]?.body).toMatch(/resolved/i)
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
  await inQuietWorld(async (world) => {
    await world.pass(3, 20)
    await world.object.wake('DatabaseFull')
    await world.pass(5, 20)
    expect(world.sent.map(({ body }) => body.includes('the store is full for 2 min'))).toEqual([true])
    expect(await world.object.status()).toMatchObject({ failing: null, minutesBehind: 0, store: full })
    await world.object.wake(null)
    expect(await world.object.status()).toMatchObject({ store: null })
  })
}, 120_000)

it('tells of it in an installation whose watch never began', async () => {
  await inQuietWorld(async (world) => {
    world.store = down
    await world.pass(5, 20)
    expect(world.sent).toHaveLength(1)
    expect(await world.object.status()).toMatchObject({ minute: null, failing: { fault: 'RangeError' } })
  })
}, 120_000)
