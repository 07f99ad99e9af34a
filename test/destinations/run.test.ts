import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { env } from 'cloudflare:workers'
import { compressed } from '../../src/event/original/original.ts'
import { toBase64 } from '../../src/platform/bytes.ts'
import { REPLAY } from '../../src/destinations/readers.ts'
import { WAITING_MAX } from '../../src/destinations/retries.ts'
import type { DestinationConfig } from '../../src/registry/destinations/document.ts'
import { ARRIVAL_START, arrivalAt, arrivalEnd } from '../../src/store/arrival.ts'
import { consumeEvents, consumerDeps } from '../support/consumer.ts'
import { strayIn } from '../support/log-lines.ts'
import { NOON_MS, mailEvent } from '../support/mail-events.ts'
import { type Endpoint, KEY, World } from './world.ts'
import { thorough } from '../support/thorough.ts'

const down = () => new Response('no', { status: 500 })
const MINUTE = 60_000
const HOUR = 60 * MINUTE

describe('new events', () => {
  it('arrive once, in order of arrival where one at a time is sent, signed by Standard Webhooks', async () => {
    const world = await World.open({ concurrency: 1 })
    const ids = [...(await world.happen(3)), ...(await world.happen(2))]
    expect(await world.run()).toBeNull()
    expect(world.ids()).toEqual(ids)
    const [first] = world.received
    const headers = Object.fromEntries(first?.headers ?? [])
    // The library compares with the time of the machine.
    const webhook = new Webhook(`whsec_${toBase64(KEY)}`)
    const signed = webhook.sign(headers['webhook-id'] ?? '', new Date(world.nowMs), first?.text ?? '')
    expect(headers).toMatchObject({
      'webhook-id': ids[0],
      'webhook-timestamp': String(Math.floor(world.nowMs / 1_000)),
      'webhook-signature': signed,
      'x-tenant': 'shop',
      'postern-hop': '1',
    })
    expect(JSON.parse(first?.text ?? '')).toMatchObject({
      type: 'email.delivered',
      data: { id: ids[0], recipient: 'ada@example.com' },
    })
    await world.run()
    expect(world.received).toHaveLength(5)
  })

  it('are filtered, and the position passes those that are not wanted', async () => {
    const world = await World.open({ filter: { types: ['email.bounced'], where: { message_id: 'm-9' } } })
    await world.happen(3)
    const wanted = await world.happen(1, { type: 'email.bounced', message_id: 'm-9' })
    await world.happen(2, { type: 'email.bounced' })
    await world.run()
    expect(world.ids()).toEqual(wanted)
    expect(await world.backlog()).toBe(0)
  })
})

it('ends before Cloudflare refuses further requests of one invocation, and goes on at once', async () => {
  const world = await World.open({ concurrency: 6 })
  for (let i = 0; i < 6; i++) await world.happen(850)
  expect(await world.run()).toBe(0)
  expect(world.received).toHaveLength(5_000)
  expect(await world.run()).toBeNull()
  expect(new Set(world.ids()).size).toBe(5_100)
}, 60_000)

it.each(['full', 'pseudonym', 'none'] as const)(
  'an event of an erased person names nobody, new or waiting: %s',
  async (personal) => {
    const world = await World.open({ personal })
    await world.happen(1)
    world.endpoint = down
    await world.run()
    await world.happen(1)
    await env.STORE.prepare('DELETE FROM recipients').run()
    world.endpoint = () => new Response()
    await world.runAll()
    const later = world.received.slice(1)
    expect(later.map(({ text }) => (JSON.parse(text) as { data: object }).data)).toEqual([
      expect.objectContaining({ recipient: null }),
      expect.objectContaining({ recipient: null }),
    ])
  },
)

it.each<[string, Partial<DestinationConfig>, readonly unknown[]]>([
  ['with its original', { include_original: true }, [{ event: 'delivered' }, null]],
  [
    'in a batch with its original',
    { include_original: true, batch: { max_events: 10, max_wait_seconds: 0 } },
    [{ event: 'delivered' }, null],
  ],
  ['without, as by default', {}, [undefined, undefined]],
  [
    'without, where a setting of before names people',
    { include_original: true, personal: 'none' },
    [undefined, undefined],
  ],
])('an event is sent %s, also after a failure', async (_what, settings, originals) => {
  const world = await World.open(settings)
  const event = await mailEvent({ type: 'email.delivered', atMs: NOON_MS, nr: -1 })
  const deps = consumerDeps(world.store, { nowMs: () => world.nowMs })
  await consumeEvents(deps, [{ ...event, original: compressed({ event: 'delivered' }) ?? '' }])
  await world.happen(1)
  world.endpoint = down
  await world.run()
  world.endpoint = () => new Response()
  await world.runAll()
  const sent = world.received.flatMap(
    ({ text }) => (JSON.parse(text) as { data: { original?: unknown } }).data,
  )
  expect(sent.slice(-2).map(({ original }) => original)).toEqual(expect.arrayContaining([...originals]))
})

describe('after a restore of the store to an earlier time', () => {
  /** As a restore does: the newest segments are gone, and their numbers are given again. */
  const restoreTo = async (world: World, segments: number) => {
    await env.STORE.prepare('DELETE FROM segments WHERE segment > ?1').bind(segments).run()
    world.nowMs += MINUTE
  }
  const restoredAt = (world: World) => world.inside(async ({ state }) => state.storeRestoredAtMs)

  // Each commit is a segment. Four are sent.
  it.each([
    ['fewer events than were lost', 2, 1],
    ['as many', 2, 2],
    ['more', 2, 5],
    ['one more than were lost', 3, 2],
    ['events in an empty store', 0, 3],
  ])('a reader sends what is stored then: %s (%i left, %i new)', async (_what, left, fresh) => {
    const world = await World.open({ concurrency: 1 })
    for (let i = 0; i < 4; i++) {
      world.nowMs += 1_000
      await world.happen(1)
    }
    await world.run()
    expect(world.received).toHaveLength(4)
    await restoreTo(world, left)
    const ids: string[] = []
    for (let i = 0; i < fresh; i++) ids.push(...(await world.happen(1)))
    await world.run()
    expect(world.ids().slice(4)).toEqual(ids)
    expect(await restoredAt(world)).toBe(world.nowMs)
    expect(world.lines).toContainEqual(
      expect.objectContaining({ event: 'store_restored', destination: 'app' }),
    )
    expect(await world.backlog()).toBe(0)
  })

  it('nothing is said of segments that were only removed', async () => {
    const world = await World.open()
    for (let i = 0; i < 4; i++) await world.happen(1)
    await world.run()
    await world.run()
    await world.happen(1)
    await env.STORE.prepare('DELETE FROM segments WHERE segment < 5').run()
    await world.run()
    expect(world.received).toHaveLength(5)
    expect(await restoredAt(world)).toBeNull()
  })
})

describe('a delivery that fails', () => {
  it('waits for its next try while others go on, with the same id', async () => {
    const world = await World.open()
    const ids = await world.happen(4)
    world.endpoint = ({ id }) => (id === ids[1] && world.received.length < 6 ? down() : new Response())
    expect(await world.run()).toBe(5_000)
    expect(new Set(world.ids())).toEqual(new Set(ids))
    expect(await world.backlog()).toBe(0)
    await world.runAll()
    expect(world.received.filter(({ id }) => id === ids[1])).toHaveLength(3)
    expect(await world.inside(async ({ waiting }) => waiting.counts().waiting)).toBe(0)
  })

  it('has ten tries in 75.6 hours and is given up then, and can go back', async () => {
    const world = await World.open()
    const [bad] = await world.happen(1)
    world.endpoint = ({ id }) => (id === bad ? down() : new Response())
    const startedMs = world.nowMs
    for (let i = 0; i < 12; i++) {
      const waitMs = await world.run()
      // Others succeed meanwhile, so the destination is not at fault.
      await world.happen(3)
      if (waitMs !== null) world.nowMs += waitMs
    }
    const tries = world.received.filter(({ id }) => id === bad).map(({ atMs }) => atMs - startedMs)
    expect(tries.map((ms) => Math.round(ms / 1_000))).toEqual([
      0, 5, 305, 2_105, 9_305, 27_305, 63_305, 113_705, 185_705, 272_105,
    ])
    const dead = await world.inside(async ({ waiting }) => waiting.givenUp(0, 10))
    expect(dead).toMatchObject([{ id: bad, tries: 10, status: 500, error: 'The endpoint answered 500.' }])
    world.endpoint = () => new Response()
    const all = { ids: null, sinceMs: 0, untilMs: world.nowMs + 1 }
    expect(await world.inside(async ({ waiting }) => waiting.redrive(all, world.nowMs, true))).toBe(1)
    expect(await world.inside(async ({ waiting }) => waiting.redrive(all, world.nowMs, false))).toBe(1)
    const before = world.received.length
    await world.run()
    expect(world.received.slice(before).map(({ id }) => id)).toContain(bad)
    expect(await world.inside(async ({ waiting }) => waiting.counts())).toMatchObject({ waiting: 0, dead: 0 })
  })

  it.each([
    ['60', 60_000],
    ['soon', 5_000],
  ])('waits as long as Retry-After %s says, between the schedule and a day', async (header, waitMs) => {
    const world = await World.open()
    await world.happen(1)
    world.endpoint = () => new Response('', { status: 503, headers: { 'retry-after': header } })
    expect(await world.run()).toBe(waitMs)
  })
})

describe('an ordered destination', () => {
  it('holds back the events of one message and recipient, and nothing else', async () => {
    const world = await World.open({ ordered: true })
    const [bad, second] = await world.happen(2, { message_id: 'm-1' })
    const others = await world.happen(2, { message_id: 'm-2' })
    const [third] = await world.happen(1, { message_id: 'm-1' })
    let isDown = true
    world.endpoint = ({ id }) => (id === bad && isDown ? down() : new Response())
    await world.run()
    expect(new Set(world.ids())).toEqual(new Set([bad, ...others]))
    const [row] = await world.inside(async ({ waiting }) => waiting.list(0, 9))
    expect(row).toMatchObject({ id: bad, blocked: 2 })
    isDown = false
    await world.runAll()
    expect(world.ids().slice(-3)).toEqual([bad, second, third])
  })

  it('holds back what arrives after the run in which the first event of its key has failed', async () => {
    const world = await World.open({ ordered: true })
    const [head] = await world.happen(1)
    world.endpoint = down
    await world.run()
    world.endpoint = () => new Response()
    const [later] = await world.happen(1)
    const [other] = await world.happen(1, { message_id: 'm-2' })
    // The first is not due yet.
    await world.run()
    expect(world.ids()).toEqual([head, other])
    await world.runAll()
    expect(world.ids()).toEqual([head, other, head, later])
  })

  it('goes on behind an event that an operator skips', async () => {
    const world = await World.open({ ordered: true })
    const [bad, second] = await world.happen(2)
    world.endpoint = ({ id }) => (id === bad ? down() : new Response())
    await world.run()
    await world.inside(async ({ waiting }) => {
      const found = waiting.find(bad ?? '')
      if (found !== undefined) waiting.exhaust(found, world.nowMs)
      // The try that was in flight ends now.
      if (found !== undefined) waiting.postpone({ ...found, tries: 2, dueAtMs: world.nowMs })
    })
    await world.run()
    expect(world.ids()).toEqual([bad, second])
  })
})

describe('when the endpoint is well again', () => {
  it.each([{ ordered: true }, { ordered: false }])('what waits is tried soon: %o', async (config) => {
    const world = await World.open(config)
    const ids = await world.happen(2)
    world.endpoint = down
    await world.run()
    world.nowMs += 5_000
    // The second failure: the next try is in five minutes.
    expect(await world.run()).toBeGreaterThan(4 * MINUTE)
    world.endpoint = () => new Response()
    world.nowMs += 20_000
    const [other] = await world.happen(1, { message_id: 'm-2' })
    await world.run()
    expect(new Set(world.ids().slice(-3))).toEqual(new Set([...ids, other]))
  })

  it('one that is refused again loses no try, and keeps its time', async () => {
    const world = await World.open()
    const [bad] = await world.happen(1)
    world.endpoint = ({ id }) => (id === bad ? down() : new Response())
    await world.run()
    world.nowMs += 5_000
    await world.run()
    const waiting = () => world.inside(async ({ waiting: table }) => table.any(0))
    const before = await waiting()
    world.nowMs += 20_000
    for (let i = 0; i < 5; i++) {
      await world.happen(1)
      await world.run()
    }
    expect(world.received.filter(({ id }) => id === bad)).toHaveLength(3)
    expect(await waiting()).toMatchObject({ tries: before?.tries, dueAtMs: before?.dueAtMs })
    world.nowMs = before?.dueAtMs ?? 0
    await world.run()
    expect(await waiting()).toMatchObject({ tries: 3, scheduledAtMs: null })
  })
})

describe('batches', () => {
  it('are sent when they are full, and the rest when its time is over', async () => {
    const world = await World.open({ batch: { max_events: 3, max_wait_seconds: 10 } })
    const ids = await world.happen(7)
    expect(await world.run()).toBe(10_000)
    expect(world.received.map(({ eventIds }) => eventIds.length)).toEqual([3, 3])
    world.nowMs += 10_000
    expect(await world.run()).toBeNull()
    expect(world.ids()).toEqual(ids)
    expect(JSON.parse(world.received[0]?.text ?? '')).toMatchObject({
      type: 'batch',
      data: [{ id: ids[0] }, {}, {}],
    })
  })

  it('have the same id and the same body at each try', async () => {
    const world = await World.open({ batch: { max_events: 5, max_wait_seconds: 0 } })
    await world.happen(5)
    world.endpoint = () => (world.received.length < 2 ? down() : new Response())
    await world.runAll()
    const [first, second] = world.received
    expect(world.received).toHaveLength(2)
    expect(first?.id).toMatch(/^batch_[0-9a-f]{32}$/)
    expect(second).toMatchObject({ id: first?.id, text: first?.text })
  })

  const oneInHundred = async (status: number) => {
    const world = await World.open({ batch: { max_events: 100, max_wait_seconds: 0 } })
    const ids = await world.happen(100)
    const refused = ids[17] ?? ''
    world.endpoint = ({ eventIds }) => new Response('', { status: eventIds.includes(refused) ? status : 200 })
    const startedMs = world.nowMs
    const delivered = () =>
      new Set(world.received.flatMap(({ eventIds }) => (eventIds.includes(refused) ? [] : eventIds)))
    for (;;) {
      const waitMs = await world.run()
      if (delivered().size === 99) return { world, refused, tookMs: world.nowMs - startedMs }
      world.nowMs += waitMs ?? 0
    }
  }

  it.each([
    [400, 0],
    [413, 0],
    [422, 0],
    [404, 40 * MINUTE],
    [500, 40 * MINUTE],
  ])('with an event that gets %i come in parts, the others within %i ms', async (status, limitMs) => {
    const { world, refused, tookMs } = await oneInHundred(status)
    expect(tookMs).toBeLessThanOrEqual(limitMs)
    expect(world.received.length).toBeLessThan(30)
    await world.inside(async ({ waiting }) => {
      expect(waiting.counts().waiting).toBe(1)
      expect(waiting.any(0)).toMatchObject({ source: 'shop', references: [{}] })
    })
    world.endpoint = () => new Response()
    await world.runAll()
    expect(world.received.at(-1)?.eventIds).toEqual([refused])
    expect(world.received.at(-1)?.id).toMatch(/^batch_/)
  })

  it('are not split without end: where many deliveries wait, a batch waits whole', async () => {
    const world = await World.open({ batch: { max_events: 100, max_wait_seconds: 0 } })
    await world.happen(100)
    world.endpoint = down
    const waitMs = await world.run()
    await world.fill(WAITING_MAX)
    world.nowMs += waitMs ?? 0
    await world.run()
    expect(world.received).toHaveLength(2)
    expect(await world.inside(async ({ waiting }) => waiting.counts().waiting)).toBe(WAITING_MAX + 1)
  })

  it('collect what is rare among many pages', async () => {
    const world = await World.open({
      batch: { max_events: 4, max_wait_seconds: 300 },
      filter: { types: ['email.bounced'] },
    })
    const wanted: string[] = []
    for (let i = 0; i < 4; i++) {
      await world.happen(300)
      wanted.push(...(await world.happen(1, { type: 'email.bounced' })))
    }
    await world.run()
    expect(world.received.map(({ eventIds }) => eventIds)).toEqual([wanted])
  })
})

describe('the circuit', () => {
  const open = (world: World) => world.lines.filter(({ event }) => event === 'circuit_opened').length

  it('opens when most attempts fail: no row and no call for each event, and a probe closes it', async () => {
    const world = await World.open({ concurrency: 2 })
    await world.happen(100)
    let isDown = true
    world.endpoint = () => (isDown ? down() : new Response())
    const waitMs = await world.run()
    expect(open(world)).toBe(1)
    const sent = world.received.length
    expect(sent).toBeLessThan(14)
    expect(waitMs).toBe(30_000)
    await world.happen(500)
    const waiting = await world.inside(async (memory) => memory.waiting.counts().waiting)
    world.nowMs += 30_000
    expect(await world.run()).toBe(60_000)
    expect(world.received.length).toBe(sent + 1)
    expect(await world.inside(async (memory) => memory.waiting.counts().waiting)).toBe(waiting)
    isDown = false
    world.nowMs += 60_000
    await world.runAll()
    expect(new Set(world.ids()).size).toBe(600)
    expect(await world.backlog()).toBe(0)
  })

  it('costs no delivery a try, and adds no row, while probes fail', async () => {
    const world = await World.open({ concurrency: 2 })
    await world.happen(100)
    world.endpoint = down
    await world.run()
    const rows = () => world.inside(async ({ waiting }) => waiting.list(0, 99))
    const before = await rows()
    const sent = world.received.length
    for (const waitMs of [30_000, 60_000, 120_000]) {
      world.nowMs += waitMs
      await world.run()
    }
    expect(world.received.length).toBe(sent + 3)
    expect(before.length).toBeGreaterThan(0)
    expect(await rows()).toEqual(before)
  })

  it('is probed by the next event where none waits', async () => {
    const world = await World.open()
    await world.happen(1)
    await world.inside(async (memory) => {
      const state = { sinceMs: world.nowMs, probeAtMs: world.nowMs, failedProbes: 0 }
      memory.state = { ...memory.state, breaker: { slots: [], open: state } }
      await memory.save()
    })
    await world.run()
    // It was delivered by the probe, and not again.
    expect(world.received).toHaveLength(1)
    expect(await world.backlog()).toBe(0)
  })
})

describe('a narrowed filter', () => {
  it('holds for what waits, and for those given up that go back', async () => {
    const world = await World.open()
    const ids = [...(await world.happen(2)), ...(await world.happen(2, { type: 'email.bounced' }))]
    world.endpoint = down
    await world.run()
    await world.inside(async ({ waiting }) => {
      for (const id of [ids[1] ?? '', ids[3] ?? '']) {
        const row = waiting.find(id)
        if (row !== undefined) waiting.exhaust(row, world.nowMs)
      }
    })
    world.config = { ...world.config, filter: { types: ['email.bounced'] } }
    world.endpoint = () => new Response()
    world.nowMs += MINUTE
    await world.run()
    expect(world.ids().slice(4)).toEqual([ids[2]])
    await world.inside(async (memory) => {
      memory.waiting.redrive({ ids: null, sinceMs: 0, untilMs: world.nowMs + 1 }, world.nowMs, false)
    })
    await world.run()
    expect(world.ids().slice(5)).toEqual([ids[3]])
    const counts = await world.inside(async ({ state, waiting }) => [
      state.filtered,
      waiting.counts().waiting,
    ])
    expect(counts).toEqual([2, 0])
  })

  it('holds for the events of a batch', async () => {
    const world = await World.open({ batch: { max_events: 4, max_wait_seconds: 0 } })
    await world.happen(2)
    const bounced = await world.happen(2, { type: 'email.bounced' })
    world.endpoint = down
    await world.run()
    world.config = { ...world.config, filter: { types: ['email.bounced'] } }
    world.endpoint = () => new Response()
    await world.runAll()
    expect(world.received.map(({ eventIds }) => eventIds.length)).toEqual([4, 2])
    expect(world.received[1]?.eventIds).toEqual(bounced)
    expect(await world.inside(async ({ state }) => [state.filtered, state.missed])).toEqual([2, 0])
  })

  it('holds for what a probe sends', async () => {
    const world = await World.open()
    await world.happen(30)
    world.endpoint = down
    await world.run()
    world.config = { ...world.config, filter: { types: ['email.bounced'] } }
    world.endpoint = () => new Response()
    const sent = world.received.length
    await world.runAll()
    expect(world.received.length).toBe(sent)
    expect(await world.inside(async ({ waiting }) => waiting.counts().waiting)).toBe(0)
  })
})

it.each([
  ['410', () => new Response('', { status: 410 })],
  ['a wish to be disabled', () => new Response('', { headers: { 'webhook-delivery': 'disable' } })],
  ['500', down],
])('takes nothing from an answer to old settings: %s', async (_name, answer) => {
  const world = await World.open()
  await world.happen(1)
  world.endpoint = () => {
    world.isStale = true
    return answer()
  }
  await world.run()
  expect(world.disabled).toEqual([])
  await world.inside(async ({ state, waiting }) => {
    expect(state.health).toMatchObject({ failingSinceMs: null, disabled: null })
    expect(waiting.counts().waiting).toBe(0)
  })
})

describe('an endpoint that wants no more', () => {
  it.each([
    ['gone', () => new Response('', { status: 410 })],
    ['asked', () => new Response('', { status: 400, headers: { 'webhook-delivery': 'disable' } })],
  ] as const)('is disabled: %s. Nothing is lost', async (reason, endpoint) => {
    const world = await World.open({ concurrency: 1 })
    const ids = await world.happen(3)
    world.endpoint = endpoint
    expect(await world.run()).toBeNull()
    expect(world.disabled).toEqual([reason])
    expect(await world.run()).toBeNull()
    expect(world.received).toHaveLength(1)
    await world.inside(async (memory) => {
      memory.state = { ...memory.state, health: { ...memory.state.health, disabled: null } }
      await memory.save()
    })
    world.endpoint = () => new Response()
    await world.run()
    expect(world.ids().slice(1)).toEqual(ids)
  })
})

it('counts events that were removed before they were sent, new and waiting ones', async () => {
  const world = await World.open()
  world.endpoint = down
  await world.happen(2)
  await world.run()
  await world.happen(5)
  const end = await arrivalEnd(world.store)
  await world.happen(1)
  await env.STORE.prepare('DELETE FROM segments WHERE segment <= ?').bind(end.segment).run()
  world.endpoint = () => new Response()
  await world.runAll()
  const missed = await world.inside(
    async ({ state, positions }) => state.missed + (positions.find('main')?.missed ?? 0),
  )
  expect(missed).toBe(7)
})

it.each([{}, { batch: { max_events: 3, max_wait_seconds: 0 } }])(
  'sends no other event in place of one that waits, where the store was restored to an earlier time: %o',
  async (config) => {
    const world = await World.open(config)
    world.endpoint = down
    await world.happen(3)
    await world.run()
    await env.STORE.prepare('DELETE FROM segments').run()
    const others = await world.happen(3)
    world.endpoint = () => new Response()
    const sent = world.received.length
    world.nowMs += MINUTE
    await world.run()
    expect(world.received.slice(sent).filter(({ eventIds }) => others.includes(eventIds[0] ?? ''))).toEqual(
      [],
    )
    const counts = await world.inside(async ({ state, waiting }) => [state.missed, waiting.counts().waiting])
    expect(counts).toEqual([3, 0])
  },
)

it('replays a span beside live traffic, and ends it', async () => {
  const world = await World.open()
  const old = await world.happen(4)
  await world.run()
  const untilMs = world.nowMs + 1
  world.nowMs += HOUR
  const live = await world.happen(3)
  await world.inside(async (memory) => {
    memory.state = {
      ...memory.state,
      replay: { sinceMs: 0, untilMs, events: 4, filter: { types: ['email.delivered'] } },
    }
    const from = await arrivalAt(world.store, 0)
    const until = await arrivalAt(world.store, untilMs)
    await memory.save(() => memory.positions.start(REPLAY, from, until))
  })
  await world.runAll()
  expect(world.ids().toSorted()).toEqual([...old, ...old, ...live].toSorted())
  expect(await world.inside(async ({ state, positions }) => [state.replay, positions.find(REPLAY)])).toEqual([
    null,
    undefined,
  ])
})

it.each([
  [false, 'sends what was fetched from the ESP only if that was asked for'],
  [true, 'sends it all in a replay'],
])('with a replay: %s, %s', async (isReplay) => {
  const world = await World.open()
  const kept = await world.happen(2, {}, { origin: 'backfill' })
  const forwarded = await world.happen(2, {}, { origin: 'backfill_forwarded' })
  const live = await world.happen(1)
  await world.runAll()
  expect(world.ids()).toEqual([...forwarded, ...live])
  if (!isReplay) return
  await world.inside(async (memory) => {
    memory.state = {
      ...memory.state,
      replay: { sinceMs: 0, untilMs: world.nowMs + 1, events: 5, filter: {} },
    }
    const until = await arrivalAt(world.store, world.nowMs + 1)
    await memory.save(() => memory.positions.start(REPLAY, ARRIVAL_START, until))
  })
  await world.runAll()
  expect(world.ids().slice(3)).toEqual([...kept, ...forwarded, ...live])
})

it('logs each attempt, in bundles of which only the full ones have a row', async () => {
  const world = await World.open()
  const ids = await world.happen(70)
  world.endpoint = () => new Response('fine\u202E')
  await world.run()
  const [rest, full] = await world.inside(
    async (memory) => [memory.attempts, memory.log.before(99, 9)] as const,
  )
  expect(full).toHaveLength(1)
  const entries = await world.inside(async (memory) => memory.log.open(full[0]?.sealed ?? new Uint8Array()))
  expect([...entries, ...rest].map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
  expect(entries[0]).toMatchObject({ status: 200, outcome: 'delivered', try: 1, response: 'fine[U+202E]' })
})

describe('the line of an attempt', () => {
  const refused = () => new Response('no', { status: 422 })
  const gone = () => new Response('no', { status: 410 })
  const lost = () => {
    throw new TypeError('connection lost')
  }
  const again = { outcome: 'failed', next_at: expect.stringMatching(/^2\d{3}-.*Z$/) }

  it.each<[string, Partial<DestinationConfig>, Endpoint, object]>([
    ['delivered', {}, () => new Response('ok'), { outcome: 'delivered', status: 200 }],
    ['refused', {}, refused, { ...again, status: 422 }],
    ['without an answer', {}, lost, again],
    ['that ends all attempts', {}, gone, { outcome: 'failed', status: 410 }],
    [
      'under another id',
      { personal: 'none' },
      refused,
      { ...again, status: 422, webhook_id: expect.stringMatching(/^[0-9a-f]{44}$/) },
    ],
  ])('has the ids, the answer and the next try: %s', async (_what, config, endpoint, says) => {
    const world = await World.open(config)
    world.endpoint = endpoint
    const [eventId = ''] = await world.happen(1)
    await world.run()
    expect(world.attempts()).toEqual([
      {
        event: 'delivery_attempted',
        request_id: 'req_1',
        event_id: eventId,
        destination: 'app',
        duration_ms: 0,
        try: 1,
        ...says,
      },
    ])
    expect(world.lines.flatMap(strayIn)).toEqual([])
  })

  it('of a batch is bounded, and counts its events', async () => {
    const world = await World.open({ batch: { max_events: 300, max_wait_seconds: 0 } })
    const ids: string[] = []
    for (let i = 0; i < 110; i++) ids.push(...(await world.happen(1)))
    await world.run()
    const [line] = world.attempts()
    expect(line).toMatchObject({ kind: 'batch', event_ids: ids.slice(0, 20), count: 110, not_listed: 10 })
    expect(line?.request_ids).toHaveLength(100)
    expect(JSON.stringify(line).length).toBeLessThan(6_000)
  })

  it('is there for each try and each probe, with its number', async () => {
    const world = await World.open()
    world.endpoint = down
    await world.happen(1)
    await world.runAll(3)
    expect(world.attempts().map((line) => line.try)).toEqual([1, 2, 3])
    await world.happen(20)
    await world.run()
    world.nowMs += HOUR
    await world.run()
    expect(world.attempts().at(-1)).toMatchObject({ try: 0, outcome: 'failed', next_at: expect.anything() })
    expect(world.attempts()).toHaveLength(world.received.length)
  })
})

describe('over random schedules', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('happen' as const), count: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ do: fc.constant('run' as const), failing: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.record({ do: fc.constant('die' as const), after: fc.integer({ min: 0, max: 8 }) }),
    fc.record({ do: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 400 }) }),
  )

  it.each([{ ordered: false }, { ordered: true }, { batch: { max_events: 4, max_wait_seconds: 1 } }])(
    'every event arrives at least once, with its own id: %o',
    async (config) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { minLength: 4, maxLength: 14 }),
          fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
          async (steps, luck) => {
            const world = await World.open({ concurrency: 3, ...config })
            const stored: string[] = []
            const delivered = new Set<string>()
            let failing = 0
            world.endpoint = ({ eventIds }) => {
              if ((luck.next().value ?? 0) < failing) return down()
              for (const id of eventIds) delivered.add(id)
              return new Response()
            }
            for (const one of steps) {
              if (one.do === 'happen')
                stored.push(...(await world.happen(one.count, { message_id: `m-${one.count % 3}` })))
              else if (one.do === 'wait') world.nowMs += one.minutes * MINUTE
              else if (one.do === 'run') {
                failing = one.failing
                await world.run()
              } else {
                // The object dies in the middle: what it had not stored is gone.
                await world
                  .inside(async (memory) => {
                    const save = memory.save.bind(memory)
                    let left = one.after
                    memory.save = async (write) => {
                      if (left-- <= 0) throw new Error('the object died')
                      return save(write)
                    }
                    return world.runWith(memory)
                  })
                  .catch(() => undefined)
              }
            }
            failing = 0
            await world.runAll(200)
            const dead = await world.inside(async ({ waiting }) => waiting.counts().dead)
            expect(dead).toBe(0)
            expect(stored.filter((id) => !delivered.has(id))).toEqual([])
            expect(world.ids().filter((id) => !stored.includes(id))).toEqual([])
          },
        ),
        { numRuns: thorough(30, 5) },
      )
    },
    120_000,
  )
})
