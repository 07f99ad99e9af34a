/** An endpoint that refuses some events and takes all others. */
import { describe, expect, it } from 'vitest'
import type { DestinationConfig } from '../../src/registry/destinations/document.ts'
import type { SimulatedEvent } from '../support/mail-events.ts'
import { SOURCE_WAITING_MAX, settledReading } from '../../src/destinations/readers.ts'
import { World } from './world.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const refuse = () => new Response('no', { status: 400 })

/** Runs until these were received, moving the clock as the object's alarm would. @returns milliseconds it took */
async function msUntilReceived(world: World, ids: readonly string[], limitMs: number): Promise<number> {
  const startedMs = world.nowMs
  for (;;) {
    const waitMs = await world.run()
    const received = new Set(world.ids())
    if (ids.every((id) => received.has(id))) return world.nowMs - startedMs
    if (world.nowMs - startedMs > limitMs) throw new Error('not received in time')
    world.nowMs += Math.max(1, waitMs ?? MINUTE)
  }
}

describe('others arrive while the endpoint refuses', () => {
  const bad: Partial<SimulatedEvent> = { source: 'a' }
  const batch = { max_events: 5, max_wait_seconds: 0 }
  it.each<[string, number, Partial<SimulatedEvent>, Partial<SimulatedEvent>, Partial<DestinationConfig>]>([
    ['events of one source', 14, {}, { source: 'b' }, {}],
    ['many events of one source', 700, {}, { source: 'b' }, {}],
    ['one type', 40, { type: 'email.bounced' }, { source: 'a' }, {}],
    ['events that nothing sets apart', 40, {}, { source: 'a' }, {}],
    ['events that have no source of their own, among few others', 40, {}, { source: 'a' }, { filter: { types: ['email.delivered'] } }],
    ['one source, in batches', 300, {}, { source: 'b' }, { batch }],
    ['one source, in order', 40, { message_id: null }, { source: 'b' }, { ordered: true }],
    ['one source, one at a time', 40, {}, { source: 'b' }, { concurrency: 1 }],
  ])('%s', async (_name, count, refused, good, config) => {
    const world = await World.open(config)
    const bads = new Set(await world.happen(count, { ...bad, ...refused }))
    const goods = await world.happen(30, good)
    world.endpoint = ({ eventIds }) => (eventIds.some((id) => bads.has(id)) ? refuse() : new Response())
    expect(await msUntilReceived(world, goods, HOUR)).toBeLessThan(5 * MINUTE)
  }) // prettier-ignore

  it('events that are nine of ten, for as long as they come', async () => {
    const world = await World.open()
    const goods: string[] = []
    const bads = new Set<string>()
    world.endpoint = ({ eventIds }) => (eventIds.some((id) => bads.has(id)) ? refuse() : new Response())
    for (let i = 0; i < 20; i++) {
      for (const id of await world.happen(27, bad)) bads.add(id)
      const happened = await world.happen(3, { source: 'b' })
      goods.push(...happened)
      expect(await msUntilReceived(world, happened, HOUR)).toBeLessThan(2 * MINUTE)
    }
  })

  it.each<[string, Partial<DestinationConfig>]>([
    ['in any order', {}],
    ['in order', { ordered: true }],
    ['in batches', { batch }],
  ])('one request of 600 events, before any other comes, %s', async (_name, config) => {
    const world = await World.open(config)
    const bads = new Set<string>()
    const types = ['email.delivered', 'email.opened', 'email.clicked'] as const
    for (const type of types)
      for (const id of await world.happen(200, { ...bad, type, message_id: null })) bads.add(id)
    world.endpoint = ({ eventIds }) => (eventIds.some((id) => bads.has(id)) ? refuse() : new Response())
    const startedMs = world.nowMs
    const waitMs = (await world.run()) ?? MINUTE
    world.nowMs += 1_000
    const goods = await world.happen(295, { source: 'b', message_id: null })
    world.nowMs += waitMs - 1_000
    await msUntilReceived(world, goods, HOUR)
    // One wait after the first probe, which can only be one of the 600.
    expect(world.nowMs - startedMs).toBeLessThan(MINUTE)
  })

  it('a source whose new events are refused, and of which alone new ones come', async () => {
    const world = await World.open()
    const waiting = await world.happen(14, { source: 'b' })
    world.endpoint = () => refuse()
    await world.run()
    const bads = new Set(await world.happen(40, { ...bad, type: 'email.opened' }))
    world.endpoint = ({ eventIds }) => (eventIds.some((id) => bads.has(id)) ? refuse() : new Response())
    expect(await msUntilReceived(world, waiting, HOUR)).toBeLessThan(10 * MINUTE)
  })

  it('events, each of them after 15 seconds', async () => {
    const world = await World.open({ concurrency: 1 })
    const bads = new Set(await world.happen(30, bad))
    world.endpoint = ({ id }) => {
      if (!bads.has(id)) return new Response()
      world.nowMs += 15_000
      return refuse()
    }
    // Successes between the failures keep the circuit closed.
    for (let i = 0; i < 30; i++) {
      await world.happen(2, { source: 'b' })
      world.nowMs += (await world.run()) ?? 0
    }
    expect(await world.inside(async ({ waiting }) => waiting.counts().waiting)).toBeGreaterThan(9)
    world.nowMs += HOUR
    const goods = await world.happen(3, { source: 'b' })
    expect(await msUntilReceived(world, goods, HOUR)).toBeLessThan(5 * MINUTE)
  })

  it('events that came alone, an hour before', async () => {
    const world = await World.open()
    const bads = new Set(await world.happen(14, bad))
    world.endpoint = ({ eventIds }) => (eventIds.some((id) => bads.has(id)) ? refuse() : new Response())
    const startedMs = world.nowMs
    while (world.nowMs < startedMs + HOUR) world.nowMs += (await world.run()) ?? MINUTE
    const goods = await world.happen(30, { source: 'b' })
    expect(await msUntilReceived(world, goods, HOUR)).toBeLessThan(11 * MINUTE)
  })
})

it('uses up the tries of refused events while others are taken', async () => {
  const world = await World.open()
  const bads = new Set(await world.happen(14, { source: 'a' }))
  world.endpoint = ({ eventIds }) => (eventIds.some((id) => bads.has(id)) ? refuse() : new Response())
  for (let hour = 0; hour < 100; hour++) {
    await world.happen(1, { source: 'b' })
    for (let i = 0; i < 20; i++)
      if (((await world.run()) ?? HOUR) > 5 * MINUTE) break
      else world.nowMs += MINUTE
    world.nowMs += HOUR
  }
  expect(world.disabled).toEqual([])
  expect(await world.inside(async ({ waiting }) => waiting.counts())).toMatchObject({ waiting: 0, dead: 14 })
})

describe('a source of which much waits', () => {
  const readers = (world: World) => world.inside(async ({ positions }) => positions.names().toSorted())
  const settle = (world: World, count: number) =>
    world.inside(async ({ waiting }) => {
      for (let nr = 0; nr < count; nr++) {
        const row = waiting.find(`a-${nr}`)
        if (row !== undefined) waiting.remove(row, world.nowMs)
      }
    })

  it.each([{}, { ordered: true }, { batch: { max_events: 5, max_wait_seconds: 0 } }])(
    'stands still while others go on, and continues where it was, in order: %o',
    async (config) => {
      const world = await World.open({ concurrency: 1, ...config })
      await world.fill(SOURCE_WAITING_MAX, 'a')
      const a: string[] = []
      const b: string[] = []
      for (let i = 0; i < 5; i++) {
        a.push(...(await world.happen(20, { source: 'a' })))
        b.push(...(await world.happen(20, { source: 'b' })))
        await world.run()
      }
      expect(world.ids()).toEqual(b)
      expect(await readers(world)).toEqual(['main', 'source:a'])
      const left = await world.inside(async (memory) => settledReading(memory)?.position.number)
      expect(left).toBe(0)
      await settle(world, 1)
      a.push(...(await world.happen(3, { source: 'a' })))
      await world.run()
      expect(world.ids().filter((id) => !b.includes(id))).toEqual(a)
      expect(await readers(world)).toEqual(['main'])
      const later = [...(await world.happen(3, { source: 'a' })), ...(await world.happen(3, { source: 'b' }))]
      await world.run()
      expect(world.ids().slice(-6)).toEqual(later)
      expect(world.ids()).toHaveLength(209)
      expect(await world.backlog()).toBe(0)
    },
  )

  it('stops no other one, however many such sources there are', async () => {
    const world = await World.open()
    for (const source of ['a', 'c', 'd', 'e']) await world.fill(SOURCE_WAITING_MAX, source)
    for (const source of ['a', 'c', 'd', 'e']) await world.happen(5, { source })
    const b = await world.happen(5, { source: 'b' })
    await world.run()
    expect(world.ids().toSorted()).toEqual(b.toSorted())
  })
})
