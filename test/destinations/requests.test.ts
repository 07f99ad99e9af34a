/** Requests of ESPs at a destination: they go the way of all that waits, and no request is lost, sent for a gone one, or kept for longer. */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Contents } from '../../src/event/envelope.ts'
import { toBase64, utf8 } from '../../src/platform/bytes.ts'
import { emptyRequests, requestTransactions } from '../../src/store/requests.ts'
import { deliveryFacts } from '../support/mail-events.ts'
import { countOf, rowsOf } from '../support/store.ts'
import { World } from './world.ts'

const FAILS = () => new Response('no', { status: 500 })

let made = 0
/** Keeps requests as the consumer does. @returns their bodies */
async function keep({ store, nowMs }: World, count: number, source = 'shop'): Promise<string[]> {
  const bodies = Array.from({ length: count }, () => `{"nr":${++made},"of":"${source}"}`)
  const messages = bodies.map((body, i): Contents => ({
    delivery: deliveryFacts({ request_id: `req_${made}_${i}`, source }),
    events: [],
    quarantined: [],
    request: {
      destinations: ['app'],
      method: 'POST',
      query: '',
      headers: { 'content-type': 'text/plain', 'svix-id': 'msg_1', 'x-tenant': 'of the ESP' },
      body: toBase64(utf8(body)),
    },
  }))
  for await (const statements of requestTransactions(store, messages, nowMs)) await store.db.batch(statements)
  return bodies
}

const open = (config: Parameters<typeof World.open>[0] = {}) => World.open({ form: 'original', ...config })
const bodiesAt = ({ received }: World): string[] => received.map(({ text }) => text)
const kept = async (): Promise<number> =>
  (await rowsOf('SELECT 1 FROM requests WHERE sealed IS NOT NULL')).length

describe('requests', () => {
  it('arrive as they were, once each, and are not kept after that', async () => {
    const world = await open()
    const bodies = await keep(world, 150)
    await world.runAll()
    expect(bodiesAt(world).toSorted()).toEqual(bodies.toSorted())
    const [first] = world.received
    expect(first?.headers.get('content-type')).toBe('text/plain')
    expect(first?.headers.get('svix-id')).toBe('msg_1')
    // The headers of the destination are an operator's.
    expect(first?.headers.get('x-tenant')).toBe('shop')
    expect([await kept(), await countOf('request_parts')]).toEqual([0, 0])
    await world.runAll()
    expect(world.received).toHaveLength(150)
  })

  it('lose their content also if the object died right after their delivery', async () => {
    const world = await open()
    await keep(world, 2)
    await world.runAll()
    await env.STORE.exec(`UPDATE requests SET sealed = x'00'`)
    await world.run()
    expect(world.received).toHaveLength(2)
    expect(await kept()).toBe(0)
  })

  it('that fail are tried ten times, given up, and sent again by a redrive while they are kept', async () => {
    const world = await open()
    world.endpoint = FAILS
    const [body] = await keep(world, 1)
    await world.runAll(200)
    expect(world.attempts().filter((line) => Number(line['try']) > 0)).toHaveLength(10)
    expect(await world.inside(async ({ waiting }) => waiting.counts())).toMatchObject({ waiting: 0, dead: 1 })
    expect(await kept()).toBe(1)
    world.endpoint = () => new Response('ok')
    const all = { ids: null, sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER }
    await world.inside(async ({ waiting }) => waiting.redrive(all, world.nowMs, false))
    await world.runAll()
    expect(bodiesAt(world).at(-1)).toBe(body)
    expect(await kept()).toBe(0)
  })

  it('that are gone are given up, and the reason says so', async () => {
    const world = await open()
    world.endpoint = FAILS
    await keep(world, 1)
    await world.run()
    const before = world.received.length
    const ids = (await rowsOf('SELECT id FROM requests')).map(({ id }) => String(id))
    await emptyRequests(world.store, ids, Number.MAX_SAFE_INTEGER)
    await world.runAll()
    expect(world.received).toHaveLength(before)
    const [dead] = await world.inside(async ({ waiting }) => waiting.givenUp(0, 10))
    expect(dead).toMatchObject({ error: expect.stringContaining('not kept any more'), status: null })
  })

  it('of one source wait behind one that fails, if the destination is ordered', async () => {
    const world = await open({ ordered: true })
    const shop = await keep(world, 3)
    const news = await keep(world, 3, 'news')
    let failures = 1
    world.endpoint = ({ text }) => (text === shop[0] && failures-- > 0 ? FAILS() : new Response('ok'))
    await world.runAll()
    const of = (source: string) => bodiesAt(world).filter((text) => text.includes(source))
    expect(of('shop')).toEqual([shop[0], ...shop])
    expect(of('news')).toEqual(news)
  })

  it('that come while the circuit is open are what it is probed with', async () => {
    const world = await open()
    world.endpoint = FAILS
    const before = await keep(world, 40)
    await world.run()
    expect(await world.inside(async ({ state }) => state.breaker.open)).not.toBeNull()
    await world.inside(async ({ waiting }) => {
      for (const row of waiting.due(Number.MAX_SAFE_INTEGER, 100, 1e9)) waiting.exhaust(row, world.nowMs)
    })
    const later = await keep(world, 3)
    world.endpoint = () => new Response('ok')
    world.received.length = 0
    await world.runAll()
    expect(bodiesAt(world).toSorted()).toEqual(later.toSorted())
    expect(before).toHaveLength(40)
  })

  it.each([
    ['restored to an earlier time', 0],
    ['swept of all that was there', undefined],
  ])('that come after the store was %s arrive', async (_what, sequence) => {
    const world = await open()
    await keep(world, 5)
    await world.runAll()
    await env.STORE.exec('DELETE FROM requests')
    if (sequence !== undefined)
      await env.STORE.exec(`UPDATE sqlite_sequence SET seq = ${sequence} WHERE name = 'requests'`)
    world.received.length = 0
    const bodies = await keep(world, 8)
    await world.runAll()
    expect(bodiesAt(world).toSorted()).toEqual(bodies.toSorted())
  })

  it('of sources that the filter leaves out by now are not sent, and not kept', async () => {
    const world = await open({ filter: { sources: ['news'] } })
    await keep(world, 2)
    const bodies = await keep(world, 2, 'news')
    await world.runAll()
    expect(bodiesAt(world).toSorted()).toEqual(bodies.toSorted())
    expect(await kept()).toBe(0)
  })
})
