/** Events that come later than the store remembers: they are never counted twice, and never lost. */
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { consume } from '../../src/consumer/consume.ts'
import type { DeliveryFacts } from '../../src/event/envelope.ts'
import { reportedMs } from '../../src/event/identity.ts'
import type { MailEvent } from '../../src/event/mail-event.ts'
import { fromBase64, textOf } from '../../src/platform/bytes.ts'
import { toInstant } from '../../src/platform/time.ts'
import { listQuarantine, readQuarantine } from '../../src/store/quarantine.ts'
import { removeSegments } from '../../src/store/removal.ts'
import type { Store } from '../../src/store/store.ts'
import { type TestDeps, consumerDeps } from '../support/consumer.ts'
import { DAY_MS, HOUR_MS, NOON_MS, contentsOf, mailEvent } from '../support/mail-events.ts'
import { TestMessage, batchOf, inlineEnvelope } from '../support/queue.ts'
import { allCounts, emptyStore, storedEvents } from '../support/store.ts'
import { thorough } from '../support/thorough.ts'

/** The days after which the tests remove. */
const NOW_MS = NOON_MS + 60 * DAY_MS

let store: Store
let deps: TestDeps

beforeEach(async () => {
  store = await emptyStore()
  deps = consumerDeps(store)
})

/** Of a day, received a second later. */
const eventOf = (day: number, change: Partial<Parameters<typeof mailEvent>[0]> = {}) =>
  mailEvent({
    type: 'email.opened',
    atMs: NOON_MS + day * DAY_MS,
    received_at: toInstant(NOON_MS + day * DAY_MS + 1_000),
    ...change,
  })

let messages = 0

async function send(
  events: readonly MailEvent[],
  facts: Partial<DeliveryFacts> = {},
  context: TestDeps = deps,
) {
  const contents = contentsOf(events, [], facts)
  const message = new TestMessage(await inlineEnvelope(contents, `req_${++messages}/0`))
  await consume(batchOf([message]), context)
  return message.settled
}

const remove = (upTo = Number.MAX_SAFE_INTEGER) =>
  removeSegments(store, { upTo, keep: [], segments: 100 }, NOW_MS)

const counted = async (): Promise<number> =>
  (await allCounts(store)).reduce((sum, { count }) => sum + count, 0)

const quarantined = async () => (await listQuarantine(store, { limit: 50 })).quarantine

const bodyOf = async (id: string): Promise<unknown> => {
  const { quarantined: kept } = (await readQuarantine(store, id)) ?? {}
  return JSON.parse(textOf(fromBase64(kept?.body ?? '') ?? new Uint8Array()) ?? '')
}

/** Three days, of which the first two are removed. */
async function removeTwoDays() {
  const days = await Promise.all([0, 1, 2].map((day) => eventOf(day)))
  for (const one of days) await send([one])
  expect(await remove()).toMatchObject({ segments: 2, events: 2 })
  return days as [MailEvent, MailEvent, MailEvent]
}

describe('an event that comes later than the store remembers', () => {
  it('goes to quarantine whole, and is not counted', async () => {
    const [first] = await removeTwoDays()
    expect(await send([first], { request_id: 'req_late', received_at: first.received_at })).toBe('acked')
    expect([await storedEvents(), await counted()]).toEqual([1, 3])
    const [entry, ...others] = await quarantined()
    expect([entry, others]).toMatchObject([{ problem: 'history_removed', item: true, source: 'shop' }, []])
    // The queue carries another id than the store.
    const { received_at: _received, id: _id, ...event } = first
    expect(await bodyOf(entry?.id ?? '')).toEqual({
      ...event,
      id: expect.stringMatching(/^[0-9a-f]{44}$/) as string,
    })
  })

  it('is in quarantine once, however often it comes', async () => {
    const [first] = await removeTwoDays()
    for (const received of ['2026-08-01T00:00:00.000Z', '2026-08-02T00:00:00.000Z'])
      await send([{ ...first, received_at: received }], { received_at: received })
    expect(await quarantined()).toHaveLength(1)
  })

  it('is a copy if it is still stored', async () => {
    const [, , third] = await removeTwoDays()
    await env.STORE.prepare('UPDATE history SET before_ms = ?1')
      .bind(NOON_MS + 50 * DAY_MS)
      .run()
    await send([third])
    expect([await counted(), await quarantined()]).toEqual([3, []])
  })

  it('does not delay others of its batch', async () => {
    const [first] = await removeTwoDays()
    const fresh = await eventOf(3)
    await send([first, fresh])
    expect([await storedEvents(), await counted(), (await quarantined()).length]).toEqual([2, 4, 1])
  })

  it('shares a record with the others of its delivery if they are more than a hundred', async () => {
    await removeTwoDays()
    const many = await Promise.all(Array.from({ length: 101 }, (_, nr) => eventOf(0, { nr })))
    for (let i = 0; i < 2; i++) await send(many)
    const [entry, ...others] = await quarantined()
    expect([entry, others]).toMatchObject([{ problem: 'history_removed', item: false }, []])
    expect(await bodyOf(entry?.id ?? '')).toHaveLength(101)
    await send(many.slice(0, 2))
    expect(await quarantined()).toHaveLength(3)
  })

  it('is new if it has no time of its own: its time is that of its receipt', async () => {
    const untimed = await mailEvent({
      type: 'email.opened',
      atMs: undefined,
      received_at: toInstant(NOON_MS),
    })
    await send([untimed])
    await send([await eventOf(1)])
    expect(await remove()).toMatchObject({ segments: 1 })
    await send([{ ...untimed, received_at: toInstant(NOON_MS + 40 * DAY_MS) }])
    expect([await counted(), (await quarantined()).length]).toEqual([3, 0])
  })
})

/**
 * Removes between the two round trips of the first attempts.
 *
 * @param first segments that the first attempt removes, besides one
 */
function removing(attempts: number, first = 0): TestDeps {
  let batches = 0
  const db = {
    prepare: (sql: string) => env.STORE.prepare(sql),
    async batch(statements: D1PreparedStatement[]) {
      const isTransaction = statements.length > 4
      if (isTransaction && batches++ < attempts) await remove(first + batches)
      return env.STORE.batch(statements)
    },
  } as unknown as D1Database
  return consumerDeps({ ...store, db })
}

describe('a database that is restored to a time before a removal', () => {
  /** The rows of the tables, as Time Travel brings them back. */
  const TABLES = ['segments', 'history', 'counters']

  async function snapshot(): Promise<() => Promise<void>> {
    for (const table of TABLES)
      await env.STORE.batch([
        env.STORE.prepare(`DROP TABLE IF EXISTS kept_${table}`),
        env.STORE.prepare(`CREATE TABLE kept_${table} AS SELECT * FROM ${table}`),
      ])
    return async () => {
      await env.STORE.batch(
        TABLES.flatMap((table) => [
          env.STORE.prepare(`DELETE FROM ${table}`),
          env.STORE.prepare(`INSERT INTO ${table} SELECT * FROM kept_${table}`),
        ]),
      )
    }
  }

  it('has the history of then: copies are known again, and other late events are new', async () => {
    const days = await Promise.all([0, 1, 2].map((day) => eventOf(day)))
    for (const one of days) await send([one])
    const restore = await snapshot()
    await remove()
    await restore()
    const other = await eventOf(0, { nr: 7 })
    await send([...days, other])
    expect([await counted(), await quarantined()]).toEqual([4, []])
  })

  it('loses nothing if that happens between the two transactions of a removal', async () => {
    const days = await Promise.all([0, 1, 2, 3].map((day) => eventOf(day)))
    await send([days[0] as MailEvent])
    await send([days[1] as MailEvent])
    const restore = await snapshot()
    await send([days[2] as MailEvent])
    let batches = 0
    const db = {
      prepare: (sql: string) => env.STORE.prepare(sql),
      async batch(statements: D1PreparedStatement[]) {
        if (batches++ === 1) {
          await restore()
          // The number that the removal has found is given to another event.
          await send([days[3] as MailEvent])
        }
        return env.STORE.batch(statements)
      },
    } as unknown as D1Database
    expect(await removeSegments({ db }, { upTo: 9e15, keep: [], segments: 9 }, NOW_MS)).toMatchObject({
      segments: 0,
    })
    expect(await storedEvents()).toBe(3)
  })
})

describe('history that rises while a batch is stored', () => {
  it.each([1, 2])('%i times: what it reached is judged again, and nothing counts twice', async (times) => {
    const days = await Promise.all([0, 1, 2, 3].map((day) => eventOf(day)))
    for (const one of days) await send([one])
    expect(await send(days.slice(0, 2), {}, removing(times))).toBe('acked')
    expect(await counted()).toBe(4)
    expect(await quarantined()).toHaveLength(times)
  })

  it('repeats nothing that it has not reached', async () => {
    for (const day of [0, 1, 2]) await send([await eventOf(day)])
    const context = removing(9)
    expect(await send([await eventOf(5)], {}, context)).toBe('acked')
    expect(await storedEvents()).toBe(3)
    expect(await quarantined()).toEqual([])
  })

  it('more often than a batch is repeated: the message is put back', async () => {
    for (const day of [0, 1, 2, 3, 4, 5, 6]) await send([await eventOf(day)])
    const events = await Promise.all([0, 1, 2, 3, 4].map((day) => eventOf(day)))
    expect(await send(events, {}, removing(3))).toEqual({ delaySeconds: 10 })
    expect(await counted()).toBe(7)
  })
})

describe('any schedule of batches and removals', () => {
  const DAYS = 12
  const step = fc.oneof(
    fc.record({
      days: fc.array(fc.nat(DAYS - 1), { minLength: 1, maxLength: 6 }),
      removes: fc.nat(3),
      upTo: fc.nat(12),
    }),
    fc.record({ days: fc.constant([]), removes: fc.constant(0), upTo: fc.nat(20) }),
  )

  it('counts each event once at most, and loses none', { timeout: 120_000 }, async () => {
    const all = await Promise.all(Array.from({ length: DAYS }, (_, day) => eventOf(day)))
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
        store = await emptyStore()
        const sent = new Set<number>()
        for (const { days, removes, upTo } of steps) {
          if (days.length === 0) await remove(upTo)
          // A message that was put back comes again.
          for (let tries = 0; days.length > 0; tries++) {
            const events = days.flatMap((day) => all[day] ?? [])
            if ((await send(events, {}, removing(tries === 0 ? removes : 0, upTo))) === 'acked') break
            expect(tries).toBeLessThan(3)
          }
          for (const day of days) sent.add(day)
        }
        const perDay = Map.groupBy(await allCounts(store), ({ hour }) =>
          Math.floor((hour * HOUR_MS - NOON_MS) / DAY_MS),
        )
        const countsOf = (day: number) => (perDay.get(day) ?? []).reduce((sum, { count }) => sum + count, 0)
        const waiting = await Promise.all(
          (await quarantined()).map(async ({ id }) => {
            const { quarantined: one } = (await readQuarantine(store, id)) ?? {}
            const event = JSON.parse(
              textOf(fromBase64(one?.body ?? '') ?? new Uint8Array()) ?? '',
            ) as MailEvent
            return Math.floor((reportedMs(event.id) - NOON_MS) / DAY_MS)
          }),
        )
        expect(new Set(waiting).size).toBe(waiting.length)
        for (let day = 0; day < DAYS; day++) {
          expect([day, countsOf(day)]).toEqual([day, countsOf(day) > 0 ? 1 : 0])
          expect([day, countsOf(day) > 0 || waiting.includes(day)]).toEqual([day, sent.has(day)])
        }
      }),
      { numRuns: thorough(60, 12) },
    )
  })
})

describe('an event that an operator lets in', () => {
  const LET_IN = { let_in_at: toInstant(NOW_MS) }

  it('is stored and counted, once, also if its message comes again', async () => {
    const [first] = await removeTwoDays()
    for (let i = 0; i < 2; i++) await send([first], LET_IN)
    expect([await storedEvents(), await counted(), await quarantined()]).toEqual([2, 4, []])
  })

  it('goes to quarantine again if the store has lost what was stored since: it may be a copy', async () => {
    const [first] = await removeTwoDays()
    const late = consumerDeps(store, { nowMs: () => NOW_MS + DAY_MS })
    await send([first], LET_IN, late)
    await send([await eventOf(70)], {}, late)
    await removeSegments(store, { upTo: 9e15, keep: [], segments: 100 }, NOW_MS + 100 * DAY_MS)
    await send([first], LET_IN, late)
    expect([await counted(), (await quarantined()).length]).toEqual([5, 1])
  })
})
