/** Backfills of each ESP whose API has past events: its fake, the real store and consumer, and the storage of a real object. */
import { env } from 'cloudflare:workers'
import { runInDurableObject } from 'cloudflare:test'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Driver, Page, Span } from '../../src/drivers/driver.ts'
import { DRIVERS } from '../../src/drivers/index.ts'
import { Backfill } from '../../src/esp-accounts/backfill/backfill.ts'
import { RecentBackfills } from '../../src/esp-accounts/backfill/recent.ts'
import type { Converse } from '../../src/esp-accounts/converse.ts'
import type { EspRefusal } from '../../src/esp-accounts/api.ts'
import type { OpenAccount } from '../../src/esp-accounts/parts.ts'
import type { Envelope } from '../../src/event/envelope.ts'
import { pack } from '../../src/event/pack.ts'
import { consume } from '../../src/consumer/consume.ts'
import { toInstant } from '../../src/platform/time.ts'
import { providerNamed } from '../../src/providers/index.ts'
import { understand } from '../../src/providers/shared/understand.ts'
import { SourceConfigSchema } from '../../src/registry/sources/document.ts'
import { listEvents } from '../../src/store/events.ts'
import { messageStates } from '../../src/store/messages.ts'
import { nearCopies } from '../../src/store/near-events.ts'
import { type Store, openStore } from '../../src/store/store.ts'
import * as v from 'valibot'
import { converse } from '../drivers/converse.ts'
import { FAKES } from '../drivers/fakes/index.ts'
import type { Fake, FakeEsp } from '../drivers/fakes/fake.ts'
import { consumeEvents, consumerDeps } from '../support/consumer.ts'
import {
  AFTER_ALL_MS,
  DAY_MS,
  HOUR_MS,
  NOON_MS,
  type SimulatedEvent,
  deliveryFacts,
  mailEvent,
} from '../support/mail-events.ts'
import { TestMessage, batchOf, queueSealer } from '../support/queue.ts'
import { MASTERS, emptyStore } from '../support/store.ts'

const NOW_MS = NOON_MS + DAY_MS
const SPAN = { sinceMs: NOON_MS, untilMs: NOON_MS + HOUR_MS }
const EVENTS = 150

/** An account of a fake ESP with events of an hour, half of which the webhook has brought. */
class World {
  readonly esp: FakeEsp
  readonly driver: Driver
  readonly account: OpenAccount
  readonly queue: Envelope[] = []
  readonly calls: string[] = []
  /** Calls that the ESP takes within a minute. */
  callsAMinute = Number.POSITIVE_INFINITY
  nowMs = NOW_MS
  store!: Store
  /** Throws where a run is to die. */
  mayDie: () => void = () => undefined
  refusal: EspRefusal | null = null
  /** Sources about which the consumer has asked. */
  readonly asked: string[] = []
  /** Whether the consumer has stored what was queued when a run dies. */
  isStored = true
  /** Changes the cursor of a page. */
  next: (cursor: string | null) => string | null = (cursor) => cursor
  /** Changes the items of a page. */
  items: (items: readonly unknown[]) => readonly unknown[] = (items) => items
  #minute = { at: 0, calls: 0 }
  readonly #fake: Fake
  readonly #object = env.EMPTY.getByName(crypto.randomUUID())

  constructor(provider: string) {
    const fake = FAKES.find((one) => one.provider === provider)
    const driver = DRIVERS.find((one) => one.provider === provider)
    if (fake === undefined || driver === undefined) throw new Error(provider)
    this.#fake = fake
    this.driver = driver
    this.esp = fake.open()
    const config = v.parse(SourceConfigSchema, { provider, provisioner: fake.settings })
    this.account = {
      name: 'shop',
      config,
      createdAtMs: 1,
      keyVersion: 1,
      driver,
      open: this.#open,
    }
  }

  readonly #open = async () => ({
    key: this.#fake.key,
    settings: this.#fake.settings,
    url: 'https://gate.example/hooks/shop',
    nowMs: this.nowMs,
  })

  static async open(provider = 'sparkpost'): Promise<World> {
    const world = new World(provider)
    world.store = await emptyStore()
    for (let i = 0; i < EVENTS; i++) world.esp.events.push(world.esp.event(i, NOON_MS + i * 10_000))
    return world
  }

  /** Brings events by the webhook. */
  async deliver(isWanted: (index: number) => boolean): Promise<void> {
    const provider = providerNamed(this.driver.provider)
    if (provider === undefined) throw new Error('no provider')
    const body = {
      bytes: new Uint8Array(),
      contentType: 'application/json',
      query: new URLSearchParams(),
      verifiedHeaders: new Map<string, string>(),
    }
    const items = this.esp.events.flatMap(({ delivered }, i) => (isWanted(i) ? [delivered] : []))
    const facts = deliveryFacts({ provider: this.driver.provider, received_at: toInstant(NOW_MS) })
    const { events } = await understand(provider, items, body, facts)
    const contents = { delivery: facts, events: [...events], quarantined: [] }
    this.queue.push(...(await pack(contents, queueSealer, async () => undefined)))
    await this.consumeAll()
  }

  async consumeAll(): Promise<void> {
    for (const envelope of this.queue.splice(0)) {
      const message = new TestMessage(envelope)
      const deps = consumerDeps(this.store, {
        nowMs: () => this.nowMs,
        isBackfilled: async (source) => this.asked.push(source) > 0,
      })
      await consume(batchOf([message]), deps)
      expect(message.settled, JSON.stringify(deps.lines)).toBe('acked')
    }
  }

  /** Works with an object that has just been started. */
  inside<Result>(work: (part: Backfill) => Promise<Result> | Result): Promise<Result> {
    return runInDurableObject(this.#object, async (_, { storage }) =>
      work(
        new Backfill({
          source: 'shop',
          storage: {
            transactionSync: <Result>(change: () => Result) => storage.transactionSync(change),
            kv: {
              get: (key: string) => storage.kv.get(key),
              delete: (key: string) => storage.kv.delete(key),
              list: (options: SyncKvListOptions) => storage.kv.list(options),
              put: (key: string, value: unknown) => {
                if (key === 'backfill') this.mayDie()
                storage.kv.put(key, value)
              },
            },
          },
          // An object must not wait for a call that the test has begun.
          store: openStore(env.STORE, MASTERS),
          converse: this.#converse,
          events: {
            send: async (envelope: Envelope) => {
              this.mayDie()
              this.queue.push(envelope)
            },
          },
          large: env.LARGE,
          queueSealer,
          wake: () => undefined,
          nowMs: () => this.nowMs,
          pause: async (ms: number) => {
            this.nowMs += ms
          },
          log: () => undefined,
        } as never),
      ),
    )
  }

  readonly #converse: Converse = async (account, begin) => {
    this.mayDie()
    if (this.refusal !== null) return this.refusal
    const open = await account.open()
    const talked = await converse(this.driver, open, begin(open), (request) => {
      const minute = Math.floor(this.nowMs / 60_000)
      if (this.#minute.at !== minute) this.#minute = { at: minute, calls: 0 }
      if (++this.#minute.calls > this.callsAMinute) return new Response(null, { status: 429 })
      this.calls.push(request.url)
      return this.esp.answer(request)
    })
    if (!talked.ok && talked.code === 'rate_limited') return refusal('rate_limited', this.nowMs + 60_000)
    if (!talked.ok) return { ok: false, code: 'unreadable', status: null, untilMs: null }
    const { result } = talked
    const { items, next } = result as unknown as Page<unknown>
    return { ok: true, result: { ...result, items: this.items(items), next: this.next(next) } }
  }

  begin = (span: Partial<Span> = {}, isForwarded = false) =>
    this.inside((part) => part.begin(this.account, { ...SPAN, ...span }, isForwarded))

  plan = (span: Partial<Span> = {}) => this.inside((part) => part.plan(this.account, { ...SPAN, ...span }))

  status = () => this.inside((part) => part.status())

  /** Runs, each time as a new object, until it is not running or waits for more than ten minutes. */
  async runAll(runs = 500): Promise<void> {
    for (let i = 0; i < runs; i++) {
      const waitMs = await this.inside((part) => part.run(this.account)).catch(async (cause: unknown) => {
        if (!String(cause).includes('killed')) throw cause
        if (this.isStored) await this.consumeAll()
        return 0
      })
      if (waitMs === null || waitMs > 600_000) return
      this.nowMs += waitMs
    }
    throw new Error('it does not end')
  }

  async found() {
    const found = []
    for (let cursor: string | undefined; ;) {
      const { events, next_cursor: next } = await listEvents(this.store, { limit: 200, cursor }, AFTER_ALL_MS)
      found.push(...events)
      if (next === null) return found
      cursor = next
    }
  }
}

const facts = (events: Awaited<ReturnType<World['found']>>) =>
  events.map(({ type, recipient, message_id }) => [type, recipient, message_id].join(' ')).toSorted()

/** States of all messages. The API may give another fraction of the second than the webhook. */
async function states(world: World): Promise<readonly string[]> {
  const ids = new Set((await world.found()).map(({ message_id: id }) => id).filter((id) => id !== null))
  const all = await Promise.all(
    [...ids].map((id) => messageStates(world.store, { source: 'shop', message_id: id })),
  )
  return all
    .flat()
    .map(({ recipient, state, occurred_at }) => [recipient, state, occurred_at.slice(0, 19)].join(' '))
    .toSorted()
}

/** Entries of the list, with the same care. */
async function suppressed({ past }: Driver) {
  const since = past?.copies === 'same_id' ? 'since' : 'NULL'
  const sql = `SELECT hex(recipient) AS who, reason, ${since} AS since FROM suppressions ORDER BY 1, 2`
  return (await env.STORE.prepare(sql).all()).results
}

const PROVIDERS = DRIVERS.filter(({ past }) => past !== undefined).map(({ provider }) => provider)

describe.each(PROVIDERS)('a backfill of %s', (provider) => {
  it('takes what is missing once, killed at random, as the plan says, and is as if the webhook had brought all', async () => {
    const whole = await World.open(provider)
    const isListed = (i: number) => whole.esp.events[i]?.listed !== null
    await whole.deliver(isListed)
    const [wanted, list] = [facts(await whole.found()), await suppressed(whole.driver)]
    const ended = await states(whole)

    const world = await World.open(provider)
    await world.deliver((i) => isListed(i) && i % 2 === 0)
    const before = (await world.found()).length
    const plan = await world.plan()
    const planned = { known: before, new: wanted.length - before, found: wanted.length, unreadable: 0 }
    expect(plan).toMatchObject({ is_whole: true, ...planned })

    let kills = 0
    const [die] = fc.sample(fc.infiniteStream(fc.integer({ min: 0, max: 3 })), 1)
    await world.begin()
    world.mayDie = () => {
      if (kills >= 5 || die?.next().value !== 0) return
      kills++
      world.isStored = kills % 2 === 0
      throw new Error('killed')
    }
    await world.runAll()
    world.mayDie = () => undefined
    expect(await world.status()).toMatchObject({ state: 'done', ...planned })
    await world.consumeAll()
    expect(facts(await world.found())).toEqual(wanted)
    expect(await suppressed(world.driver)).toEqual(list)
    expect(await states(world)).toEqual(ended)
    const fetched = (await world.found()).filter(({ security }) => security.origin === 'backfill')
    expect(fetched).toHaveLength(wanted.length - before)

    await world.begin()
    await world.runAll()
    expect(await world.status()).toMatchObject({ known: wanted.length, new: 0 })

    // The ESP retries what it could not deliver.
    await world.deliver((i) => isListed(i) && i % 3 === 0)
    await world.deliver(isListed)
    expect(facts(await world.found())).toEqual(wanted)
    expect(await suppressed(world.driver)).toEqual(list)
  }, 60_000)

  it('takes all from an ESP that takes six calls a minute', async () => {
    const taken: unknown[] = []
    for (const calls of [Number.POSITIVE_INFINITY, 6]) {
      const world = await World.open(provider)
      world.esp.events.length = 40
      world.callsAMinute = calls
      await world.begin()
      await world.runAll()
      const { state, new: count } = (await world.status()) ?? {}
      taken.push([state, count])
    }
    expect(taken[1]).toEqual(taken[0])
    expect(taken[0]).toEqual(['done', expect.any(Number)])
  })

  it('stores once what the ESP retries while it waits in the queue', async () => {
    const world = await World.open(provider)
    const isListed = (i: number) => world.esp.events[i]?.listed !== null
    await world.begin()
    await world.runAll()
    const fetched = world.queue.splice(0)
    await world.deliver(isListed)
    const wanted = facts(await world.found())
    world.queue.push(...fetched)
    await world.consumeAll()
    expect(facts(await world.found())).toEqual(wanted)
  }, 60_000)
})

it.each([
  ['brevo', NOON_MS + HOUR_MS, []],
  ['brevo', NOW_MS, ['shop']],
  ['sparkpost', NOW_MS, []],
])('asks of %s, consumed at %i, about %j', async (provider, nowMs, asked) => {
  const world = await World.open(provider)
  world.nowMs = nowMs
  await world.deliver((i) => i === EVENTS - 1 && nowMs === NOW_MS)
  world.esp.events.push(world.esp.event(EVENTS, NOON_MS + HOUR_MS - 60_000))
  await world.deliver((i) => i === EVENTS)
  expect([...new Set(world.asked)]).toEqual(asked)
})

it.each([
  [{ state: 'running', ended_at: null }, true],
  [{ state: 'done', ended_at: toInstant(NOW_MS - 2 * DAY_MS + 1) }, true],
  [{ state: 'done', ended_at: toInstant(NOW_MS - 2 * DAY_MS) }, false],
  [null, false],
  [new Error('down'), true],
])('knows of %j once in ten seconds whether it was lately', async (last, wanted) => {
  let asked = 0
  let nowMs = NOW_MS
  const backfill = async () => {
    asked++
    if (last instanceof Error) throw last
    return last && ({ began_at: toInstant(NOW_MS - 9 * DAY_MS), ...last } as never)
  }
  const recent = new RecentBackfills({ accounts: { getByName: () => ({ backfill }) }, nowMs: () => nowMs })
  for (nowMs of [NOW_MS, NOW_MS + 9_999]) expect(await recent.has('shop')).toBe(wanted)
  expect(asked).toBe(1)
  nowMs += 1
  await recent.has('shop')
  expect(asked).toBe(2)
})

it('counts what it had queued before it died as new', async () => {
  const world = await World.open()
  await world.begin()
  let steps = 0
  // After the messages of the page, before its place is written.
  world.mayDie = () => {
    if (++steps === 5) throw new Error('killed')
  }
  await world.runAll()
  expect(steps).toBeGreaterThan(5)
  expect(await world.status()).toMatchObject({ known: 0, new: EVENTS })
})

it('stops with its place kept, and goes on from there', async () => {
  const world = await World.open()
  await world.begin()
  expect(await world.begin()).toBe('running')
  await world.inside((part) => {
    // While a page is read, which is still taken.
    world.next = () => {
      part.stop()
      return 'aGVyZQ'
    }
    return part.run(world.account)
  })
  await world.runAll()
  expect(await world.status()).toMatchObject({ state: 'stopped', new: EVENTS })
  world.next = (cursor) => cursor
  world.calls.length = 0
  await world.inside((part) => part.resume())
  await world.runAll()
  expect(world.calls[0]).toContain('cursor=aGVyZQ')
})

it.each<[string, number, object]>([
  // Some 150 calls at two a second, and 150 events at a hundred.
  ['sendgrid', Number.POSITIVE_INFINITY, { is_whole: true, takes_minutes: 2 }],
  ['sparkpost', Number.POSITIVE_INFINITY, { is_whole: true, takes_minutes: 1 }],
  // Five events of 40 seconds of the hour in a minute.
  ['mailjet', 6, { is_whole: false, takes_minutes: 91 }],
])('plans of %s at %d calls a minute how long it takes', async (provider, calls, wanted) => {
  const world = await World.open(provider)
  world.callsAMinute = calls
  expect(await world.plan()).toMatchObject({ ...wanted, esp_drops_until: null })
})

it.each([
  [0, null],
  [1_000, toInstant(NOON_MS)],
])('plans what the ESP drops meanwhile, %i ms before the end', async (spentMs, least) => {
  const world = await World.open()
  world.nowMs = NOON_MS + 10 * DAY_MS - HOUR_MS + spentMs * 3_600
  const planned = await world.plan()
  const until = planned && 'since' in planned ? planned.esp_drops_until : undefined
  expect(least === null ? until : until && until > least).toBe(least === null ? null : true)
})

it('leaves out first what retention has removed, and what the ESP does not have', async () => {
  const world = await World.open()
  await env.STORE.prepare('INSERT INTO history (one, before_ms, stored_ms) VALUES (1, ?1, ?1)')
    .bind(NOON_MS + 600_000 - 1)
    .run()
  const left = { removed_before: toInstant(NOON_MS + 600_000), esp_keeps_since: null }
  expect(await world.plan()).toMatchObject({ ...left, found: EVENTS - 60 })
  await world.begin()
  await world.runAll()
  expect(await world.status()).toMatchObject({ found: EVENTS - 60, new: EVENTS - 60 })
  const keptSince = toInstant(world.nowMs - 10 * DAY_MS)
  expect(await world.plan({ sinceMs: 0 })).toMatchObject({ esp_keeps_since: keptSince })
  expect(await world.begin({ untilMs: NOON_MS + 60_000 })).toMatchObject({ state: 'done', found: 0 })
})

it('leaves out what retention has removed since it began', async () => {
  const world = await World.open()
  await world.begin()
  await world.inside((part) => part.stop())
  await env.STORE.prepare('INSERT INTO history (one, before_ms, stored_ms) VALUES (1, ?1, ?1)')
    .bind(NOON_MS + 600_000 - 1)
    .run()
  await world.inside((part) => part.resume())
  await world.runAll()
  expect(await world.status()).toMatchObject({ state: 'done', found: EVENTS - 60, new: EVENTS - 60 })
})

it('begins one of two that are asked for at once', async () => {
  const world = await World.open()
  const begun = await world.inside((part) =>
    Promise.all([SPAN, SPAN].map((span) => part.begin(world.account, span, false))),
  )
  expect(begun.map((one) => (one === 'running' ? one : one?.state))).toEqual(['running', 'running'])
  expect(begun.filter((one) => one === 'running')).toHaveLength(1)
})

const refusal = (code: EspRefusal['code'], untilMs: number | null = null): EspRefusal => ({
  ok: false,
  code,
  status: null,
  untilMs,
})

it('asks an ESP that is down less and less often, up to every ten minutes', async () => {
  const world = await World.open()
  world.refusal = refusal('unavailable')
  await world.begin()
  const waitsMs: (number | null)[] = []
  for (let i = 0; i < 8; i++) {
    const waitMs = await world.inside((part) => part.run(world.account))
    waitsMs.push(waitMs)
    world.nowMs += waitMs ?? 0
  }
  expect(waitsMs.map((ms) => Number(ms) / 1_000)).toEqual([10, 20, 40, 80, 160, 320, 600, 600])
})

it('ends after a hundred attempts in a row that brought nothing, and begins to count again', async () => {
  const world = await World.open()
  world.refusal = refusal('unavailable')
  await world.begin()
  let attempts = 0
  for (; (await world.status())?.state === 'running'; attempts++) await again(world)
  expect(attempts).toBe(100)
  expect(await world.status()).toMatchObject({ state: 'failed', says: expect.stringContaining('a hundred') })
  await world.inside((part) => part.resume())
  await again(world)
  world.refusal = null
  await world.runAll()
  expect(await world.status()).toMatchObject({ state: 'done', new: EVENTS })
})

async function again(world: World): Promise<void> {
  world.nowMs += (await world.inside((part) => part.run(world.account))) ?? 0
}

it.each<[string, EspRefusal, object]>([
  ['a wrong key', refusal('key_refused'), { state: 'failed', problem: 'key_refused' }],
  ['a weak key', refusal('key_too_weak'), { state: 'failed', problem: 'key_too_weak', says: expect.stringContaining('to read past events') }], // prettier-ignore
  ['a cut answer', refusal('unreadable'), { state: 'failed', problem: 'unreadable' }],
  ['an answer that is too large', refusal('too_large'), { state: 'failed', problem: 'too_large' }],
  ['an ESP that is down', refusal('unavailable'), { state: 'running' }],
  [
    'Retry-After',
    refusal('rate_limited', NOW_MS + HOUR_MS),
    { state: 'running', waits_until: toInstant(NOW_MS + HOUR_MS) },
  ],
  [
    'a spent budget',
    refusal('over_budget', NOW_MS + HOUR_MS),
    { state: 'running', waits_until: toInstant(NOW_MS + HOUR_MS) },
  ],
])('keeps its place at %s', async (_title, refused, wanted) => {
  const world = await World.open()
  world.refusal = refused
  await world.begin()
  await world.inside((part) => part.run(world.account))
  expect(await world.status()).toMatchObject({ ...wanted, new: 0 })
  world.refusal = null
  world.nowMs = NOW_MS + 2 * HOUR_MS
  await world.inside((part) => part.resume())
  await world.runAll()
  expect(await world.status()).toMatchObject({ state: 'done', problem: null, new: EVENTS })
})

it.each([1, 2, 3, 7])('ends a loop of %i cursors', async (length) => {
  const world = await World.open()
  let page = 0
  world.next = () => btoa(String(page++ % length))
  await world.begin()
  await world.runAll()
  expect(await world.status()).toMatchObject({ state: 'failed', problem: 'leads_in_a_circle' })
  expect(page).toBeLessThan(length + 3)
})

it('ends at a page of more items than any ESP gives', async () => {
  const world = await World.open()
  world.items = (items) => Array.from({ length: 10_001 }, () => items[0])
  expect(await world.plan()).toMatchObject({ ok: false, code: 'too_large' })
  await world.begin()
  await world.runAll()
  expect(await world.status()).toMatchObject({ state: 'failed', problem: 'too_large', pages: 0 })
})

it('gives destinations what it takes only if that is asked for', async () => {
  const world = await World.open()
  await world.begin({}, true)
  await world.runAll()
  await world.consumeAll()
  const origins = new Set((await world.found()).map(({ security }) => security.origin))
  expect(origins).toEqual(new Set(['backfill_forwarded']))
})

describe('a copy that is known by message, recipient, type and time', () => {
  const WITHIN_MS = 1_000
  const opened = (atMs: number, nr: number, more: Partial<SimulatedEvent> = {}) =>
    mailEvent({ type: 'email.opened', atMs, nr, ...more })

  it.each<[string, Partial<SimulatedEvent>[], Partial<SimulatedEvent>[], number]>([
    ['is one within the seconds', [{}], [{ atMs: NOON_MS + WITHIN_MS }], 1],
    ['is none a millisecond later', [{}], [{ atMs: NOON_MS + WITHIN_MS + 1 }], 0],
    ['is none of another type', [{ type: 'email.clicked' }], [{}], 0],
    ['is none of another person', [{ recipient: 'bob@example.com' }], [{}], 0],
    ['is none of another message', [{ message_id: 'm-2' }], [{}], 0],
    ['is none of another source', [{ source: 'news' }], [{}], 0],
    ['is one by another id of the message', [{ other_message_ids: ['m-9'] }], [{ message_id: 'm-9' }], 1],
    [
      'is one whose message id names the person',
      [{ message_id: 'ada@example.com' }],
      [{ message_id: 'ada@example.com' }],
      1,
    ],
    ['stands for one of two', [{}], [{}, { atMs: NOON_MS + 500 }], 1],
    ['stands for each of two', [{}, { atMs: NOON_MS + 500 }], [{}, { atMs: NOON_MS + 500 }], 2],
  ])('%s', async (_title, webhook, api, count) => {
    const store = await emptyStore()
    for (const [i, one] of webhook.entries())
      await consumeEvents(consumerDeps(store), [await opened(NOON_MS, i, one)])
    const listed = await Promise.all(api.map((one, i) => opened(NOON_MS, 100 + i, one)))
    expect((await nearCopies(store, listed, WITHIN_MS)).size).toBe(count)
  })

  it('is none that was fetched, nor another event of the page that is known by its id', async () => {
    const store = await emptyStore()
    await consumeEvents(consumerDeps(store), [await opened(NOON_MS, 1)], undefined, { origin: 'backfill' })
    const second = await opened(NOON_MS + 500, 2)
    expect((await nearCopies(store, [second], WITHIN_MS)).size).toBe(0)
    const live = await opened(NOON_MS, 3)
    await consumeEvents(consumerDeps(store), [live])
    expect((await nearCopies(store, [second], WITHIN_MS)).size).toBe(1)
    expect((await nearCopies(store, [second], WITHIN_MS, { known: [live.id] })).size).toBe(0)
  })
})
