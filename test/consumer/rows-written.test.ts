import { beforeEach, describe, expect, it } from 'vitest'
import { consume } from '../../src/consumer/consume.ts'
import type { EventType, MailEvent } from '../../src/event/mail-event.ts'
import type { Store } from '../../src/store/store.ts'
import { type TestDeps, consumerDeps } from '../support/consumer.ts'
import { type Rows, countedD1 } from '../support/counted-d1.ts'
import { HOUR_MS, type SimulatedEvent, NOON_MS, contentsOf, mailEvent } from '../support/mail-events.ts'
import { TestMessage, batchOf, inlineEnvelope } from '../support/queue.ts'
import { countOf, emptyStore } from '../support/store.ts'

let store: Store
let deps: TestDeps
let rows: Rows

beforeEach(async () => {
  store = await emptyStore()
  const counted = countedD1(store.db)
  rows = counted.rows
  deps = consumerDeps({ ...store, db: counted.db })
})

const SEVEN: readonly EventType[] = [
  'email.sent',
  'email.delivered',
  'email.bounced',
  'email.opened',
  'email.clicked',
  'email.unsubscribed',
  'email.spam_reported',
]
const SECOND_MS = 1_000

let nr = 0

/** Events of everyday traffic to a hundred people, one each few milliseconds, in the seconds before a time. */
const traffic = (
  count: number,
  untilMs: number,
  change: (i: number) => Partial<SimulatedEvent> = () => ({}),
) =>
  Promise.all(
    Array.from({ length: count }, (_, i) => {
      nr++
      const type =
        i % 50 === 49 ? (SEVEN[nr % 7] ?? 'email.sent') : (SEVEN[[0, 1, 3, 4][i % 4] ?? 0] ?? 'email.sent')
      return mailEvent({
        type,
        message_id: `m-${nr >> 2}`,
        recipient: `person-${i % 100}@example.com`,
        atMs: untilMs - ((i * 37) % (3 * SECOND_MS)),
        nr,
        ...change(i),
      })
    }),
  )

/** Rows written for an event by one consumer batch of messages with these events. */
async function written(messages: readonly (readonly MailEvent[])[]): Promise<number> {
  const items = await Promise.all(
    messages.map(
      async (events, i) => new TestMessage(await inlineEnvelope(contentsOf(events), `req_${nr}/${i}`)),
    ),
  )
  rows.written = 0
  await consume(batchOf(items), deps)
  expect(items.map(({ settled }) => settled)).toEqual(items.map(() => 'acked'))
  return rows.written / messages.flat().length
}

const oneEach = (events: readonly MailEvent[]) => events.map((event) => [event])

describe('rows written for an event', () => {
  /** Stores the people first, so that later batches write no rows for them. */
  beforeEach(async () => {
    expect(await written([await traffic(100, NOON_MS)])).toBeGreaterThan(1)
    expect(await countOf('recipients')).toBe(100)
  })

  const minutesLater = (minutes: number) => NOON_MS + minutes * 60 * SECOND_MS

  it('are a few for a hundred messages of one event each', async () => {
    for (let i = 1; i <= 20; i++) {
      expect(await written(oneEach(await traffic(100, minutesLater(i))))).toBeLessThanOrEqual(0.1)
    }
  })

  it.each([
    [100, 0.1],
    [1_000, 0.05],
  ])('are a few for a delivery of %i events', async (count, most) => {
    for (let i = 1; i <= 10; i++) {
      expect(await written([await traffic(count, minutesLater(i))])).toBeLessThanOrEqual(most)
    }
  })

  it('are a few if every fiftieth event is hours late', async () => {
    const late = (i: number) => (i % 50 === 0 ? { atMs: NOON_MS - ((i * 7919 + nr) % 24) * HOUR_MS } : {})
    for (let i = 1; i <= 20; i++) {
      expect(await written(oneEach(await traffic(100, minutesLater(i), late)))).toBeLessThanOrEqual(0.2)
    }
  })

  it('are four for events that arrive one by one', async () => {
    for (let i = 1; i <= 80; i++) {
      const events = await traffic(1, minutesLater(i))
      expect(await written([events])).toBe(4)
      expect(await written([events])).toBe(0)
    }
  })

  it('are at most five for an event without a time, or a soft bounce', async () => {
    const received_at = new Date(NOON_MS + HOUR_MS).toISOString()
    expect(await written([await traffic(1, NOON_MS, () => ({ atMs: undefined, received_at }))])).toBe(5)
    const soft = () => ({ type: 'email.bounced', bounce_type: 'soft' }) as const
    expect(await written([await traffic(1, NOON_MS, soft)])).toBe(5)
  })
})
