/**
 * Stored events are read again from their originals. They were stored as MailerSend's version 2 was read before 0.4.0, and as readings were
 * that suppressed people wrongly.
 */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { consume } from '../../src/consumer/consume.ts'
import type { EventType, MailEvent } from '../../src/event/mail-event.ts'
import { resend } from '../../src/providers/resend.ts'
import { eventsOf } from '../../src/providers/shared/understand.ts'
import { bodyOf } from '../providers/natives.ts'
import { compressed } from '../../src/event/original/original.ts'
import { listEvents } from '../../src/store/events.ts'
import type { Store } from '../../src/store/store.ts'
import { NOW_MS, consumeEvents, consumerDeps } from '../support/consumer.ts'
import { NOON_MS, type SimulatedEvent, deliveryFacts, mailEvent } from '../support/mail-events.ts'
import { TestMessage, batchOf } from '../support/queue.ts'
import { storeSegments } from '../support/segments.ts'
import { emptyStore, rowsOf } from '../support/store.ts'
import { type TestConsole, newConsole } from './support.ts'

let store: Store
let here: TestConsole

beforeEach(async () => {
  store = await emptyStore()
  here = newConsole()
})

const SINCE = '2000-01-01T00:00:00Z'

/** An item of version 2. */
const itemOf = (type: string, recipient: string, nr: number, meta: object = {}) => ({
  type: `activity.${type}`,
  created_at: '2026-06-02T10:00:00.000000Z',
  data: {
    id: `activity-${nr}`,
    message_id: `message-${nr}`,
    email_id: `email-${nr}`,
    recipient,
    meta,
    tags: ['order'],
  },
})

type Item = ReturnType<typeof itemOf>

let nr = 0

/** An event of an item that was stored with another meaning than today's. */
async function misread(item: Item, as: Partial<SimulatedEvent> & { readonly type: EventType }) {
  const event = await mailEvent({
    source: 'shop',
    provider: 'mailersend',
    native_type: item.type,
    message_id: item.data.message_id,
    recipient: item.data.recipient,
    nr: ++nr,
    atMs: NOON_MS,
    ...as,
  })
  return { ...event, original: compressed(item) ?? '' }
}

/** As versions before 0.4.0 read version 2: without person, message and time. */
const EMPTY = { recipient: null, message_id: null, atMs: undefined } as const

interface Answer {
  readonly changed: number
  readonly changes: readonly object[]
}

async function reread(options: object = {}): Promise<Answer> {
  const body = { source: 'shop', since: SINCE, plan: false, ...options }
  const response = await here.fetch('/api/events/reread', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${env.ADMIN_TOKEN}`,
      'content-type': 'application/json',
      'x-reason': 'a test',
    },
    body: JSON.stringify(body),
  })
  expect([response.status, response.status === 200 ? '' : await response.clone().text()]).toEqual([200, ''])
  return response.json()
}

const delivered = (messages = here.queue.envelopes) =>
  settled(messages.map((envelope) => new TestMessage(envelope)))

async function settled(messages: readonly TestMessage[]): Promise<void> {
  const deps = consumerDeps(store)
  await consume(batchOf([...messages]), deps)
  expect(deps.lines.filter(({ event }) => event !== 'batch_consumed')).toEqual([])
}

const suppressed = async () =>
  (
    await rowsOf(
      'SELECT lower(hex(recipient)) AS person, reason FROM suppressions WHERE active ORDER BY reason, person',
    )
  ).map(({ person, reason }) => [String(person), String(reason)])

const person = (address: string) => store.people.indexOf(address)

const events = async (): Promise<readonly MailEvent[]> =>
  (await listEvents(store, { limit: 500 }, NOON_MS * 2)).events

describe('events of MailerSend that were stored empty', () => {
  const ADA = 'ada@example.com'

  it('get their person, message and link, under the same id, each once', async () => {
    const item = itemOf('clicked', ADA, 1, { url: 'https://shop.example/', ip: '203.0.113.7' })
    await consumeEvents(consumerDeps(store), [await misread(item, { type: 'email.clicked', ...EMPTY })])
    const [before] = await events()
    const plan = await reread({ plan: true })
    expect(plan).toMatchObject({ events: 1, without: 0, unreadable: 0, changed: 1 })
    expect(plan.changes).toContainEqual({ field: 'recipient', from: null, to: 'something', events: 1 })
    expect(JSON.stringify(plan)).not.toContain('ada@')
    expect(here.queue.envelopes).toEqual([])

    expect(await reread()).toMatchObject({ changed: 1 })
    await delivered()
    const all = await events()
    expect(all).toHaveLength(1)
    expect(all[0]).toMatchObject({
      id: before?.id,
      occurred_at: null,
      received_at: before?.received_at,
      type: 'email.clicked',
      recipient: ADA,
      message_id: 'message-1',
      url: 'https://shop.example/',
      client_ip: '203.0.113.7',
      tags: ['order'],
    })
    // It is found by what it says now, and by nothing twice.
    const of = async (query: object) =>
      (await listEvents(store, { limit: 9, ...query }, NOON_MS * 2)).events.length
    expect([await of({ recipient: ADA }), await of({ message_id: 'message-1' })]).toEqual([1, 1])
    const original = await here.api('GET', `/api/events/${before?.id}/original`)
    expect(original.json).toEqual({ state: 'kept', original: item })
    expect(await reread({ plan: true })).toMatchObject({ changed: 0, changes: [] })
  })

  it('are each replaced once, also if the run dies half way and a message comes twice', async () => {
    const items = Array.from({ length: 120 }, (_, i) => itemOf('opened', `p${i}@example.com`, i))
    await consumeEvents(
      consumerDeps(store),
      await Promise.all(items.map((item) => misread(item, { type: 'email.opened', ...EMPTY }))),
    )
    expect(await reread()).toMatchObject({ changed: 120 })
    await delivered(here.queue.envelopes.slice(0, 1))
    expect((await events()).filter(({ recipient }) => recipient !== null)).toHaveLength(50)
    const lost = here.queue.envelopes.splice(0)
    expect(await reread()).toMatchObject({ changed: 70 })
    await delivered()
    await delivered(lost)
    const all = await events()
    expect(new Set(all.map(({ recipient }) => recipient)).size).toBe(120)
    expect(all).toHaveLength(120)
    expect(await reread({ plan: true })).toMatchObject({ changed: 0 })
  })

  it('of somebody who was erased since stay as they are', async () => {
    await consumeEvents(consumerDeps(store), [
      await misread(itemOf('opened', ADA, 1), { type: 'email.opened', ...EMPTY }),
    ])
    await reread()
    await store.db
      .prepare(
        'INSERT INTO erasures (person, number, erased_at, keeps_suppression) VALUES (unhex(?1), 1, ?2, 0)',
      )
      .bind(await person(ADA), NOON_MS * 2)
      .run()
    await delivered()
    expect(await events()).toMatchObject([{ recipient: null }])
    await store.db.prepare('DELETE FROM erasures').run()
  })
})

describe('suppressions follow the difference', () => {
  const A = 'a@example.com'

  it.each<[string, Item, Partial<SimulatedEvent> & { readonly type: EventType }, readonly string[], readonly string[]]>([
    ['a bounce that was none', itemOf('suppressed', A, 1, { suppression_reason: 'on_hold' }), { type: 'email.bounced', bounce_type: 'hard' }, ['hard_bounce'], []],
    ['a hard bounce that was soft', itemOf('soft_bounced', A, 1), { type: 'email.bounced', bounce_type: 'hard' }, ['hard_bounce'], []],
    ['a hard bounce that was unknown', itemOf('hard_bounced', A, 1), { type: 'email.unknown', ...EMPTY }, [], ['hard_bounce']],
    ['a hard bounce that stays one', itemOf('hard_bounced', A, 1), { type: 'email.bounced', bounce_type: 'hard', tags: ['wrong'] }, ['hard_bounce'], ['hard_bounce']],
    ['a complaint that was a delivery', itemOf('delivered', A, 1), { type: 'email.spam_reported' }, ['spam_report'], []],
    ['a complaint that was unknown', itemOf('spam_complaint', A, 1), { type: 'email.unknown' }, [], ['spam_report']],
    ['an unsubscribe that was a click', itemOf('clicked', A, 1), { type: 'email.unsubscribed' }, ['unsubscribe'], []],
    ['an unsubscribe that was unknown', itemOf('unsubscribed', A, 1), { type: 'email.unknown' }, [], ['unsubscribe']],
  ])('%s', async (_what, item, as, before, after) => {
    await consumeEvents(consumerDeps(store), [await misread(item, as)])
    const reasons = async () => (await suppressed()).map(([, reason]) => reason)
    expect(await reasons()).toEqual(before)
    await reread()
    await delivered()
    expect(await reasons()).toEqual(after)
    await delivered()
    expect(await reasons()).toEqual(after)
    expect(await reread({ plan: true })).toMatchObject({ changed: 0 })
  }) // prettier-ignore

  it.each<[string, string, EventType, Partial<SimulatedEvent>]>([
    ['hard_bounce', 'delivered', 'email.bounced', { bounce_type: 'hard' }],
    ['spam_report', 'delivered', 'email.spam_reported', {}],
    ['unsubscribe', 'clicked', 'email.unsubscribed', {}],
  ])('%s stays if another event holds it', async (reason, native, type, as) => {
    await consumeEvents(consumerDeps(store), [
      await misread(itemOf(native, A, 1), { type, ...as }),
      await mailEvent({ type, ...as, atMs: NOON_MS + 5_000, recipient: A, source: 'shop', nr: 900 }),
    ])
    await reread()
    await delivered()
    expect(await suppressed()).toEqual([[await person(A), reason]])
    const [row] = await rowsOf('SELECT since FROM suppressions')
    expect(row?.['since']).toBe(NOON_MS + 5_000)
  })

  it('what an operator has lifted stays lifted', async () => {
    await consumeEvents(consumerDeps(store), [
      await misread(itemOf('hard_bounced', A, 1), {
        type: 'email.bounced',
        bounce_type: 'hard',
        tags: ['wrong'],
      }),
    ])
    here.clock.nowMs = NOW_MS
    expect((await here.api('DELETE', `/api/suppressions/${A}`)).json).toMatchObject({ removed: true })
    expect(await suppressed()).toEqual([])
    await reread()
    await delivered()
    expect(await suppressed()).toEqual([])
  })
})

it('an event without an original is counted, and one that is read as before is left alone', async () => {
  await consumeEvents(consumerDeps(store), [
    await mailEvent({ type: 'email.sent', atMs: NOON_MS, source: 'shop' }),
  ])
  expect(await reread({ plan: true })).toMatchObject({ events: 1, without: 1, changed: 0 })
})

it('an event is found in a block of the index that is full', async () => {
  const item = itemOf('opened', 'ada@example.com', 1)
  await consumeEvents(consumerDeps(store), [await misread(item, { type: 'email.opened', ...EMPTY })])
  await storeSegments(
    Array.from({ length: 600 }, () => NOON_MS),
    2,
  )
  expect((await reread()).changed).toBe(1)
  await delivered()
  expect((await listEvents(store, { limit: 9, recipient: 'ada@example.com' }, NOW_MS)).events).toHaveLength(1)
  expect(await reread({ plan: true })).toMatchObject({ changed: 0 })
})

it('an id that only a header of the delivery has said stays', async () => {
  const item = {
    type: 'email.sent',
    created_at: '2026-06-02T10:00:00.000Z',
    data: { email_id: 'e-1', from: 'shop@example.com', to: ['ada@example.com'], subject: 'Hello' },
  }
  const facts = deliveryFacts({ source: 'shop', provider: 'resend' })
  const headers = { 'webhook-id': 'msg_1' }
  const [read] = (await eventsOf(resend, item, bodyOf('', { headers }), facts)) ?? []
  if (read === undefined) throw new Error('the item is an event')
  await consumeEvents(consumerDeps(store), [{ ...read, original: compressed(item) ?? '' }])
  expect((await events())[0]?.provider_event_id).toBe('msg_1')
  expect(await reread({ plan: true })).toMatchObject({ events: 1, changed: 0 })
})
