import { beforeEach, describe, expect, it } from 'vitest'
import { consume } from '../../src/consumer/consume.ts'
import { listEvents } from '../../src/store/events.ts'
import { messageStates } from '../../src/store/messages.ts'
import { findSuppression } from '../../src/store/suppressions.ts'
import type { Store } from '../../src/store/store.ts'
import { type TestDeps, consumeEvents, consumerDeps } from '../support/consumer.ts'
import { AFTER_ALL_MS, HOUR_MS, NOON_MS, contentsOf, mailEvent } from '../support/mail-events.ts'
import { TestMessage, batchOf, inlineEnvelope } from '../support/queue.ts'
import { allCounts, countOf, emptyStore, storedEvents } from '../support/store.ts'

let store: Store
let deps: TestDeps

beforeEach(async () => {
  store = await emptyStore()
  deps = consumerDeps(store)
})

const four = () =>
  Promise.all([
    mailEvent({ type: 'email.delivered', atMs: NOON_MS }),
    mailEvent({ type: 'email.opened', atMs: NOON_MS + 1, user_agent: 'Mozilla' }),
    mailEvent({
      type: 'email.bounced',
      bounce_type: 'hard',
      atMs: NOON_MS,
      recipient: 'bob@example.com',
      reason: '550',
    }),
    mailEvent({ type: 'email.delivered', atMs: NOON_MS, recipient: null, message_id: null }),
  ])

const expected = async () => {
  expect(await storedEvents()).toBe(4)
  expect(await allCounts(store)).toEqual([
    { source: 'shop', hour: NOON_MS / HOUR_MS, type: 'email.bounced', count: 1 },
    { source: 'shop', hour: NOON_MS / HOUR_MS, type: 'email.delivered', count: 2 },
    { source: 'shop', hour: NOON_MS / HOUR_MS, type: 'email.opened', count: 1 },
  ])
  expect(await findSuppression(store, 'bob@example.com', 0)).toMatchObject({
    recipient: 'bob@example.com',
    reasons: [{ reason: 'hard_bounce', evidence: '550', source: 'shop' }],
  })
  const states = await messageStates(store, { source: 'shop', message_id: 'm-1' })
  expect(states.map(({ recipient, state }) => [recipient, state])).toEqual([
    ['ada@example.com', 'email.opened'],
    ['bob@example.com', 'email.bounced'],
  ])
}

describe('effects happen once', () => {
  it('returns what was stored', async () => {
    const events = await four()
    expect((await consumeEvents(deps, events)).settled).toBe('acked')
    const { events: listed } = await listEvents(store, { limit: 10 }, AFTER_ALL_MS)
    const flat = listed.map(({ security: _security, ...event }) => event)
    expect(flat.toSorted((a, b) => a.id.localeCompare(b.id))).toEqual(
      events.toSorted((a, b) => a.id.localeCompare(b.id)),
    )
    await expected()
  })

  it('when the same message is delivered five times', async () => {
    const events = await four()
    for (let i = 0; i < 5; i++) await consumeEvents(deps, events, 'req_1/0')
    await expected()
    expect(deps.lines.map(({ accepted, duplicates }) => [accepted, duplicates ?? 0])).toEqual([
      [4, 0],
      [0, 4],
      [0, 4],
      [0, 4],
      [0, 4],
    ])
  })

  it('when an event arrives in another message, with another time of receipt', async () => {
    const events = await four()
    await consumeEvents(deps, events)
    await consumeEvents(
      deps,
      events.map((event) => ({ ...event, received_at: '2026-07-01T00:00:00.000Z' })),
    )
    await expected()
  })

  it('when messages of one batch contain the same events', async () => {
    const events = await four()
    const bodies = await Promise.all([0, 1, 2].map((i) => inlineEnvelope(contentsOf(events), `req_${i}/0`)))
    const messages = bodies.map((body) => new TestMessage(body))
    await consume(batchOf(messages), deps)
    expect(messages.map(({ settled }) => settled)).toEqual(['acked', 'acked', 'acked'])
    await expected()
  })

  it('when two consumers process the same or overlapping batches at once', async () => {
    const [delivered, opened, bounced, unnamed] = await four()
    const batches = [
      [delivered, opened, bounced],
      [delivered, opened, bounced],
      [bounced, unnamed],
      [opened, unnamed, delivered],
    ]
    const settled = await Promise.all(
      batches.map((events) =>
        consumeEvents(
          consumerDeps(store),
          events.filter((event) => event !== undefined),
        ),
      ),
    )
    expect(settled.map((message) => message.settled)).toEqual(['acked', 'acked', 'acked', 'acked'])
    await expected()
  })

  it('and two consumers that store a new person at once use one key', async () => {
    const events = await Promise.all(
      Array.from({ length: 8 }, (_, nr) =>
        mailEvent({ type: 'email.clicked', atMs: NOON_MS, nr, url: `https://example.com/${nr}` }),
      ),
    )
    await Promise.all(events.map((event) => consumeEvents(consumerDeps(store), [event])))
    expect(await countOf('recipients')).toBe(1)
    const { events: listed } = await listEvents(store, { limit: 10 }, AFTER_ALL_MS)
    expect(new Set(listed.map(({ url }) => url))).toEqual(new Set(events.map(({ url }) => url)))
  })
})
