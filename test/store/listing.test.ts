import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { MailEvent } from '../../src/event/mail-event.ts'
import { type EventQuery, listEvents } from '../../src/store/events.ts'
import { messageStates } from '../../src/store/messages.ts'
import { type Store, openStore, scopedTo } from '../../src/store/store.ts'
import { type EventToStore, toStore } from '../../src/store/stored-event.ts'
import { storeBatches } from '../support/segments.ts'
import { countedD1 } from '../support/counted-d1.ts'
import { expectedStates, timeOf } from '../support/effects-model.ts'
import {
  AFTER_ALL_MS,
  DAY_MS,
  HOUR_MS,
  type SimulatedEvent,
  NOON_MS,
  deliveryFacts,
  mailEvent,
} from '../support/mail-events.ts'
import { asSent } from '../support/queue.ts'
import { MASTERS, emptyStore, rowsOf } from '../support/store.ts'
import { thorough } from '../support/thorough.ts'

const store: Store = openStore(env.STORE, MASTERS)

/** Stores batches of events without people. Events may repeat. Returns the first copy of each, newest first. */
async function stored(batches: readonly (readonly SimulatedEvent[])[]): Promise<MailEvent[]> {
  const all = new Map<string, MailEvent>()
  const ready: EventToStore[][] = []
  for (const batch of batches) {
    const events = await Promise.all(batch.map((one) => mailEvent({ ...one, recipient: null })))
    const once = [...new Map(events.toReversed().map((event) => [event.id, event])).values()]
    ready.push(
      await Promise.all(
        once.map(async (event) => toStore(await asSent(event), deliveryFacts(), undefined, store)),
      ),
    )
    for (const event of once) if (!all.has(event.id)) all.set(event.id, event)
  }
  await storeBatches(ready)
  return [...all.values()].sort((a, b) => timeOf(b) - timeOf(a) || (a.id < b.id ? 1 : -1))
}

/** Later than any receipt, and earlier than the dates of some events. */
const NOW_MS = NOON_MS + HOUR_MS

async function allPages(
  query: Omit<EventQuery, 'limit'>,
  limit: number,
  nowMs: number,
  scanMaxEvents?: number,
  scoped: Store = store,
  pageMaxBytes?: number,
) {
  const found: string[] = []
  let cursor: string | undefined
  for (let i = 0; i < 500; i++) {
    const page = await listEvents(scoped, { ...query, limit, cursor }, nowMs, scanMaxEvents, pageMaxBytes)
    found.push(...page.events.map(({ id }) => id))
    if (page.next_cursor === null) return found
    cursor = page.next_cursor
  }
  throw new Error('the pages do not end')
}

/** Few seconds, so that times are equal and segments overlap; some days ago; some without a time; some from the future. */
const simulated: fc.Arbitrary<SimulatedEvent> = fc.record({
  type: fc.constantFrom('email.sent', 'email.opened', 'email.bounced', 'email.unknown'),
  source: fc.constantFrom('shop', 'news'),
  message_id: fc.constantFrom('m-1', 'm-2', null),
  atMs: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 20 }).map((s) => NOON_MS + s * 1_000) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 100 }).map((h) => NOON_MS - h * HOUR_MS) },
    { weight: 2, arbitrary: fc.constant(undefined) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(NOON_MS + 40 * 60_000, NOON_MS + 30 * HOUR_MS, Date.UTC(9999, 0)),
    },
  ),
  received_at: fc
    .integer({ min: 0, max: 12 })
    .map((tens) => new Date(NOON_MS + tens * 120_000).toISOString()),
  nr: fc.nat({ max: 9 }),
})

interface Asked {
  readonly source?: string
  readonly types?: readonly MailEvent['type'][]
}

const isAsked = ({ source, types }: Asked, event: MailEvent): boolean =>
  (source ?? event.source) === event.source && types?.includes(event.type) !== false

describe('lists of events in many segments', () => {
  it('are complete and in order, page by page, for any filter', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(simulated, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 30 }),
        fc.record(
          {
            source: fc.constantFrom('shop', 'news'),
            types: fc.subarray(['email.sent', 'email.bounced'] as const, { minLength: 1 }),
            message_id: fc.constantFrom('m-1', 'm-2', 'm-3'),
            since: fc.constantFrom(NOON_MS - HOUR_MS, NOON_MS + 5_000),
            until: fc.constantFrom(NOON_MS + 9_000, NOON_MS + HOUR_MS),
          },
          { requiredKeys: [] },
        ),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(1, 5, 1_000),
        // An event has some 300 bytes.
        fc.constantFrom(1, 700, 1_000_000),
        async (batches, asked, limit, scanMaxEvents, pageMaxBytes) => {
          await emptyStore()
          const events = await stored(batches)
          const { since = 0, until = Infinity, ...equal } = asked
          const wanted = events.filter(
            (event) =>
              timeOf(event) >= since &&
              timeOf(event) < until &&
              isAsked(equal, event) &&
              (equal.message_id ?? event.message_id) === event.message_id,
          )
          const query = {
            ...equal,
            ...(asked.since === undefined ? {} : { since: new Date(asked.since).toISOString() }),
            ...(asked.until === undefined ? {} : { until: new Date(asked.until).toISOString() }),
          }
          const found = await allPages(query, limit, NOW_MS, scanMaxEvents, store, pageMaxBytes)
          expect(found).toEqual(wanted.map(({ id }) => id))
        },
      ),
      { numRuns: thorough(60, 15) },
    )
  })

  it('continue after several segments whose newest events have no time and were received together', async () => {
    await emptyStore()
    const at = (hours: number, nr: number, type: MailEvent['type'] = 'email.sent'): SimulatedEvent[] => [
      { type, nr, received_at: new Date(NOON_MS + hours * HOUR_MS).toISOString() },
    ]
    const events = await stored([at(0, 1, 'email.bounced'), at(1, 2), at(1, 3), at(1, 4)])
    expect(await allPages({}, 1, AFTER_ALL_MS, 1)).toEqual(events.map(({ id }) => id))
    expect(await allPages({ types: ['email.bounced'] }, 1, AFTER_ALL_MS, 1)).toEqual([events[3]?.id])
  })
})

describe('a second of a campaign, of which each segment has some events', () => {
  const limit = 20
  let events: MailEvent[]

  beforeEach(async () => {
    await emptyStore()
    const sent = (nr: number, atMs: number): SimulatedEvent => ({ type: 'email.sent', nr, atMs })
    const batches = Array.from({ length: 40 }, (_, batch) =>
      Array.from({ length: 25 }, (_, i) => sent(100 * batch + i, NOON_MS)),
    )
    const before = Array.from({ length: 30 }, (_, nr) => sent(nr, NOON_MS - DAY_MS))
    events = await stored([before, ...batches])
  })

  const newest = () => events.slice(0, limit).map(({ id }) => id)

  it.each([{}, { source: 'shop' }, { types: ['email.sent'] }] as const)(
    'is read twice, and no contents but those of the page leave the store: %j',
    async (query) => {
      const contents: unknown[] = []
      let reads = 0
      const db = {
        prepare: (sql: string) => env.STORE.prepare(sql),
        async batch(statements: D1PreparedStatement[]) {
          reads++
          const answers = await env.STORE.batch<{ event?: string | null }>(statements)
          contents.push(...answers.flatMap(({ results }) => results.flatMap(({ event }) => event ?? [])))
          return answers
        },
      } as unknown as D1Database
      const page = await listEvents({ ...store, db }, { ...query, limit }, AFTER_ALL_MS)
      expect(page.events.map(({ id }) => id)).toEqual(newest())
      expect(reads).toBe(2)
      // One more says whether another page follows.
      expect(contents).toHaveLength(limit + 1)
    },
  )

  it('fills the page also if it is removed between the two reads', async () => {
    let reads = 0
    const db = {
      prepare: (sql: string) => env.STORE.prepare(sql),
      async batch(statements: D1PreparedStatement[]) {
        if (reads++ === 1) await env.STORE.exec(`DELETE FROM segments WHERE first_ms = ${NOON_MS}`)
        return env.STORE.batch(statements)
      },
    } as unknown as D1Database
    const page = await listEvents({ ...store, db }, { limit }, AFTER_ALL_MS)
    expect(reads).toBeGreaterThan(2)
    expect(page.events).toHaveLength(limit)
    expect(page.next_cursor).not.toBeNull()
  })
})

it('looks for a rare type of a delivery in the segments of the delivery alone', async () => {
  await emptyStore()
  const type = (nr: number) => (nr % 100 === 0 ? 'email.bounced' : 'email.sent')
  const delivered = Array.from({ length: 400 }, (_, nr) => ({ type: type(nr), nr, atMs: NOON_MS }) as const)
  const events = await stored([delivered])
  const asked: string[] = []
  const prepare = (sql: string) => {
    asked.push(sql)
    return env.STORE.prepare(sql)
  }
  const db = { prepare, batch: env.STORE.batch.bind(env.STORE) } as unknown as D1Database
  const query = { request_id: deliveryFacts().request_id, types: ['email.bounced'], limit: 50 } as const
  const page = await listEvents({ ...store, db }, query, AFTER_ALL_MS)
  const bounced = events.filter((event) => event.type === 'email.bounced')
  expect(page.events.map(({ id }) => id)).toEqual(bounced.map(({ id }) => id))
  // The delivery's segments are from there, too.
  expect(asked.filter((sql) => sql.includes('inverted_index'))).toHaveLength(1)
})

describe('a message among thousands', () => {
  let events: MailEvent[]

  /** Eleven hundred segments: two blocks that are indexed, and a third that is not yet. */
  beforeAll(async () => {
    await emptyStore()
    const simulatedEvents = Array.from({ length: 1_100 }, (_, nr): SimulatedEvent => {
      const one = { nr, message_id: `m-${nr % 367}`, source: nr % 5 === 0 ? 'news' : 'shop' }
      return { ...one, type: nr % 2 === 0 ? 'email.sent' : 'email.opened', atMs: NOON_MS + nr * 60_000 }
    })
    events = await stored(simulatedEvents.map((one) => [one]))
  })

  it('is indexed where blocks are full', async () => {
    expect(await rowsOf('SELECT DISTINCT block FROM inverted_index')).toEqual([{ block: 0 }, { block: 1 }])
  })

  it.each(['m-0', 'm-1', 'm-20', 'm-366', 'none'])('%s is found in each block', async (message_id) => {
    const of = events.filter((event) => event.message_id === message_id)
    expect(await allPages({ message_id }, 2, AFTER_ALL_MS)).toEqual(of.map(({ id }) => id))
    const states = await messageStates(store, { source: 'shop', message_id })
    const expected = expectedStates(of.filter(({ source }) => source === 'shop'))
    expect(states.map(({ event_id }) => event_id)).toEqual(Object.values(expected))
  })

  it('is found without reading the whole store', async () => {
    const { db, rows } = countedD1(env.STORE)
    await listEvents({ ...store, db }, { message_id: 'm-7', limit: 50 }, AFTER_ALL_MS)
    // The unfinished block has 77 segments.
    expect(rows.read).toBeLessThan(400)
  })

  it('does not make the list of the newest events cost more', async () => {
    const { db, rows } = countedD1(env.STORE)
    expect((await listEvents({ ...store, db }, { limit: 50 }, AFTER_ALL_MS)).events).toHaveLength(50)
    expect(rows.read).toBeLessThan(3_000)
  })

  it('and a thousand events dated in the year 9999 do not make the newest events cost more', async () => {
    const ahead = Array.from({ length: 1_000 }, (_, nr): SimulatedEvent[] => [
      {
        type: 'email.clicked',
        nr,
        atMs: Date.UTC(9999, 0) + nr * HOUR_MS,
        received_at: new Date(NOON_MS + nr * 100).toISOString(),
      },
    ])
    await stored(ahead)
    const { db, rows } = countedD1(env.STORE)
    const { events: newest } = await listEvents({ ...store, db }, { limit: 20 }, NOON_MS + 24 * HOUR_MS)
    expect(newest.map(({ type }) => type)).not.toContain('email.clicked')
    expect(rows.read).toBeLessThan(3_000)
  })
})

describe('a source or type among thousands of segments', () => {
  const TYPES = ['email.bounced', 'email.opened', 'email.rejected', 'email.sent'] as const
  let events: MailEvent[]

  /** Two indexed blocks and an unfinished one. From the second block on, times are in no order. */
  beforeAll(async () => {
    await emptyStore()
    const batches = Array.from({ length: 1_100 }, (_, nr): SimulatedEvent[] => {
      const minutes = nr < 500 ? nr : (nr * 613) % 1_100
      const atMs = nr % 11 === 3 ? undefined : NOON_MS + minutes * 60_000
      const received_at = new Date(NOON_MS + minutes * 60_000).toISOString()
      const type = nr % 97 === 5 ? 'email.bounced' : nr % 2 === 0 && nr > 300 ? 'email.sent' : 'email.opened'
      const source = nr % 89 === 5 ? 'rare' : nr < 200 ? 'old' : nr % 3 === 0 ? 'news' : 'shop'
      return [{ nr, type, source, atMs, received_at }]
    })
    events = await stored(batches)
  })

  it(
    'is listed completely and in order, page by page, for any filter and scope',
    { timeout: 120_000 },
    async () => {
      const source = fc.constantFrom('shop', 'news', 'old', 'rare', 'none')
      const minute = fc.integer({ min: 0, max: 1_100 })
      await fc.assert(
        fc.asyncProperty(
          fc.record(
            {
              source,
              types: fc.uniqueArray(fc.constantFrom(...TYPES), { minLength: 1 }),
              since: minute,
              until: minute,
            },
            { requiredKeys: [] },
          ),
          fc.option(fc.uniqueArray(source, { maxLength: 3 })),
          fc.integer({ min: 2, max: 60 }),
          async ({ since = 0, until = 2_000, ...asked }, sources, limit) => {
            const [sinceMs, untilMs] = [NOON_MS + since * 60_000, NOON_MS + until * 60_000]
            const expected = events.filter(
              (event) =>
                timeOf(event) >= sinceMs &&
                timeOf(event) < untilMs &&
                (sources?.some((name) => name === event.source) ?? true) &&
                isAsked(asked, event),
            )
            const span = { since: new Date(sinceMs).toISOString(), until: new Date(untilMs).toISOString() }
            const scoped = scopedTo(store, { sources, personal: true })
            expect(await allPages({ ...asked, ...span }, limit, AFTER_ALL_MS, undefined, scoped)).toEqual(
              expected.map(({ id }) => id),
            )
          },
        ),
        { numRuns: thorough(60, 15) },
      )
    },
  )

  it.each([
    ['a rare type', { types: ['email.bounced'] }, 1_500],
    ['two rare types', { types: ['email.bounced', 'email.rejected'] }, 2_500],
    ['a rare source', { source: 'rare' }, 5_000],
    ['a source that is no longer active', { source: 'old' }, 5_000],
    ['a type that never occurred', { types: ['email.rejected'] }, 1_000],
    ['a source and a type that never occurred together', { source: 'old', types: ['email.sent'] }, 1_000],
  ] as const)('fills each page but the last with %s, and reads few rows', async (_what, query, mostRows) => {
    let left = events.filter((event) => isAsked(query, event)).length
    let cursor: string | undefined
    for (;;) {
      const { db, rows } = countedD1(env.STORE)
      const page = await listEvents({ ...store, db }, { ...query, limit: 5, cursor }, AFTER_ALL_MS)
      expect(page.events).toHaveLength(Math.min(5, left))
      expect(rows.read).toBeLessThan(mostRows)
      left -= page.events.length
      if (page.next_cursor === null) break
      cursor = page.next_cursor
    }
    expect(left).toBe(0)
  })
})
