/** Events of people who were erased after the events had been received: they waited in a queue, or come again. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { MailEvent } from '../../src/event/mail-event.ts'
import { toInstant } from '../../src/platform/time.ts'
import { ensureBegun, ensureErased } from '../../src/store/erasures/ensure.ts'
import { listEvents } from '../../src/store/events.ts'
import { listQuarantine, readQuarantine } from '../../src/store/quarantine.ts'
import type { Store } from '../../src/store/store.ts'
import { consumeEvents, consumerDeps } from '../support/consumer.ts'
import { erasureDeps, erasureList, hooked, peopleRows, snapshot } from '../support/erasures.ts'
import { AFTER_ALL_MS, DAY_MS, type SimulatedEvent, NOON_MS, mailEvent } from '../support/mail-events.ts'
import { countOf, emptyStore } from '../support/store.ts'

const ERASED_MS = NOON_MS + DAY_MS

let store: Store
let list: ReturnType<typeof erasureList>

beforeEach(async () => {
  store = await emptyStore()
  list = erasureList()
})

/** A consumer that knows the registry's list. */
const deps = (on: Store = store) =>
  consumerDeps(on, {
    erasures: {
      newest: () => list.newest(),
      begin: () => ensureBegun({ store, registry: { erasures: list } }),
    },
  })

async function erase(address = 'ada@example.com'): Promise<void> {
  const person = await store.people.indexOf(address)
  list.all.push({ number: list.all.length + 1, person, erasedAtMs: ERASED_MS, keepsSuppression: false })
}

const complete = (): Promise<void> => ensureErased(erasureDeps(store, list))

const PERSONAL = {
  reason: '550 no ada',
  url: 'https://shop.example/ada',
  tags: ['vip'],
  metadata: { of: 'ada' },
}

const eventOf = (receivedMs: number, changes: Partial<SimulatedEvent> = {}): Promise<MailEvent> =>
  mailEvent({
    type: 'email.bounced',
    bounce_type: 'hard',
    atMs: NOON_MS,
    received_at: toInstant(receivedMs),
    ...PERSONAL,
    ...changes,
  })

const stored = async () => (await listEvents(store, { limit: 100 }, AFTER_ALL_MS)).events

/** Fails if anything of her is in the store. */
async function expectNothingOfHer(): Promise<void> {
  const { erasures: _erasures, ...rows } = await peopleRows()
  const index = await store.people.indexOf('ada@example.com')
  expect(JSON.stringify(rows).toLowerCase()).not.toContain(index.slice(0, 8))
  expect([await countOf('recipients'), await countOf('suppressions')]).toEqual([0, 0])
}

it('gives nobody a new key for what was fetched from the ESP after the erasure and happened before it', async () => {
  await erase()
  await complete()
  const fetched = await eventOf(ERASED_MS + 1)
  await consumeEvents(deps(), [fetched], undefined, { origin: 'backfill' })
  expect(await stored()).toMatchObject([{ recipient: null, reason: null, security: { origin: 'backfill' } }])
  await expectNothingOfHer()
})

describe('an event that was received before an erasure', () => {
  it.each([
    ['is stored without the person', complete],
    ['also if only the registry knows the erasure', async () => undefined],
  ])('%s', async (_title, first) => {
    await erase()
    await first()
    await consumeEvents(deps(), [
      await eventOf(ERASED_MS),
      await eventOf(ERASED_MS - 1, { nr: 1, recipient: 'ADA@example.com ' }),
    ])
    const events = await stored()
    expect(events).toHaveLength(2)
    for (const one of events)
      expect(one).toMatchObject({
        recipient: null,
        reason: null,
        url: null,
        tags: [],
        metadata: {},
        bounce_type: 'hard',
      })
    await complete()
    await expectNothingOfHer()
  })

  it('goes to quarantine without the person if it comes later than history', async () => {
    await env.STORE.prepare('INSERT INTO history (one, before_ms, stored_ms) VALUES (1, ?1, ?1)')
      .bind(NOON_MS + 1)
      .run()
    await erase()
    await complete()
    await consumeEvents(deps(), [await eventOf(ERASED_MS)])
    expect([await countOf('quarantine'), await countOf('segments')]).toEqual([1, 0])
    const [entry] = (await listQuarantine(store, { limit: 1 })).quarantine
    const { quarantined } = (await readQuarantine(store, entry?.id ?? '')) ?? {}
    expect(atob(quarantined?.body ?? '')).not.toMatch(/ada@|550|vip/)
    await expectNothingOfHer()
  })

  it('leaves another person of the same batch as she is', async () => {
    await erase()
    await consumeEvents(deps(), [
      await eventOf(ERASED_MS),
      await eventOf(ERASED_MS, { recipient: 'bob@example.com' }),
    ])
    expect((await stored()).map(({ recipient }) => recipient).toSorted((a) => (a === null ? 1 : -1))).toEqual(
      ['bob@example.com', null],
    )
    expect(await countOf('suppressions')).toBe(1)
  })
})

it.each([false, true])(
  'keeps all of an event that names nobody, with somebody erased: %s',
  async (isErased) => {
    if (isErased) await erase()
    await consumeEvents(deps(), [await eventOf(ERASED_MS, { recipient: null })])
    expect(await stored()).toMatchObject([{ recipient: null, ...PERSONAL }])
  },
)

it('begins anew with an event that was received after the erasure, also in one batch with an older one', async () => {
  await consumeEvents(deps(), [await eventOf(ERASED_MS, { nr: 1 })])
  await erase()
  await complete()
  await consumeEvents(deps(), [await eventOf(ERASED_MS, { nr: 2 }), await eventOf(ERASED_MS + 1, { nr: 3 })])
  const events = await stored()
  expect(events.map(({ recipient, reason }) => [recipient, reason])).toEqual(
    expect.arrayContaining([
      [null, null],
      [null, null],
      ['ada@example.com', PERSONAL.reason],
    ]),
  )
  await complete()
  expect(await stored()).toEqual(events)
})

describe('a copy that an ESP sends again after an erasure', () => {
  it.each([
    ['of an event that was stored before it', true],
    ['of one that was stored without the person', false],
  ])('%s brings no key and no address back', async (_which, isBefore) => {
    if (isBefore) await consumeEvents(deps(), [await eventOf(ERASED_MS)])
    await erase()
    await complete()
    if (!isBefore) await consumeEvents(deps(), [await eventOf(ERASED_MS)])
    await consumeEvents(deps(), [await eventOf(ERASED_MS + 1)])
    expect(await stored()).toMatchObject([{ recipient: null, reason: null }])
    await expectNothingOfHer()
  })

  it('together with a new event leaves the new one its key', async () => {
    await consumeEvents(deps(), [await eventOf(ERASED_MS)])
    await erase()
    await complete()
    await consumeEvents(deps(), [await eventOf(ERASED_MS + 1), await eventOf(ERASED_MS + 1, { nr: 7 })])
    const recipients = (await stored()).map(({ recipient }) => recipient)
    expect(new Set(recipients)).toEqual(new Set(['ada@example.com', null]))
    expect(await countOf('recipients')).toBe(1)
  })

  it.each([1, 2, 3, 4, 5])(
    'a second erasure before call %i of a batch leaves nothing of the person',
    async (at) => {
      await erase()
      await complete()
      let isErased = false
      const on = hooked(store, async (when, call) => {
        if (isErased || when !== 'before' || call !== at) return
        isErased = true
        const person = await store.people.indexOf('ada@example.com')
        list.all.push({ number: 2, person, erasedAtMs: ERASED_MS + 9, keepsSuppression: false })
        await complete()
      })
      await consumeEvents(deps(on), [await eventOf(ERASED_MS + 5)])
      expect(isErased).toBe(at < 5)
      if (!isErased) return
      expect(await stored()).toMatchObject([{ recipient: null, reason: null }])
      await expectNothingOfHer()
    },
  )

  it('twice in one batch is a new event, once', async () => {
    await erase()
    await complete()
    const event = await eventOf(ERASED_MS + 1)
    await consumeEvents(deps(), [event, event])
    expect(await stored()).toMatchObject([{ recipient: 'ada@example.com', reason: PERSONAL.reason }])
  })
})

describe('an erasure while a batch is stored', () => {
  /** Calls of the consumer: the first reads, the second stores. */
  it.each([
    ['before', 1],
    ['after', 1],
    ['before', 2],
    ['after', 2],
  ] as const)('%s call %i leaves nothing of the person', async (moment, at) => {
    let isErased = false
    const on = hooked(store, async (when, call) => {
      if (isErased || when !== moment || call !== at) return
      isErased = true
      await erase()
      await complete()
    })
    const message = await consumeEvents(deps(on), [await eventOf(ERASED_MS)])
    expect(message.settled).toBe('acked')
    expect(await stored()).toMatchObject([{ recipient: null, reason: null }])
    await expectNothingOfHer()
  })

  it.each([
    ['before', 1],
    ['after', 1],
    ['before', 2],
    ['after', 2],
  ] as const)('a restore of the database %s call %i brings nothing back', async (moment, at) => {
    await consumeEvents(deps(), [await eventOf(ERASED_MS, { nr: 1 })])
    const restore = await snapshot()
    await erase()
    await complete()
    let isRestored = false
    const on = hooked(store, async (when, call) => {
      if (isRestored || when !== moment || call !== at) return
      isRestored = true
      await restore()
    })
    await consumeEvents(deps(on), [await eventOf(ERASED_MS, { nr: 2 })])
    await complete()
    for (const one of await stored()) expect(one).toMatchObject({ recipient: null, reason: null })
    await expectNothingOfHer()
  })
})

it('stores events also while the registry is down, and erases once it is back', async () => {
  await erase()
  const down = consumerDeps(store)
  const message = await consumeEvents(down, [await eventOf(ERASED_MS)])
  expect(message.settled).toBe('acked')
  await complete()
  await expectNothingOfHer()
})
