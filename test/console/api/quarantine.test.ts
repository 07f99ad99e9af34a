import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DeliveryFacts, Quarantined } from '../../../src/event/envelope.ts'
import { toBase64, utf8 } from '../../../src/platform/bytes.ts'
import { storeDeadLetter, strayId } from '../../../src/store/dead-letters.ts'
import { PEOPLE_COLUMNS } from '../../../src/store/erasures/places/index.ts'
import { listPeople } from '../../../src/store/erasures/places/people-column.ts'
import { listQuarantine } from '../../../src/store/quarantine.ts'
import { consume } from '../../../src/consumer/consume.ts'
import { toInstant } from '../../../src/platform/time.ts'
import { listEvents } from '../../../src/store/events.ts'
import { consumerDeps } from '../../support/consumer.ts'
import { AFTER_ALL_MS, DAY_MS, NOON_MS, deliveryFacts, mailEvent } from '../../support/mail-events.ts'
import { putIntoQuarantine } from '../../support/quarantine.ts'
import { TestMessage, batchOf, queueSealer } from '../../support/queue.ts'
import { countOf, emptyStore, storedEvents } from '../../support/store.ts'
import { holder } from '../credentials.ts'
import { newConsole, store } from '../support.ts'

/** SendGrid's event for a delivery, which its provider can read. */
const EVENT = { event: 'delivered', email: 'ada@example.com', timestamp: 1_780_000_000, sg_message_id: 'm-1' }
const NONSENSE = { nothing: 'known' }

interface Kept {
  readonly body: string
  readonly item?: boolean
  readonly provider?: string
}

/** Quarantines something, and returns its id. */
async function keep({ body, item = false, provider = 'sendgrid' }: Kept): Promise<string> {
  const quarantined: Quarantined = {
    problem: item ? 'item_unreadable' : 'body_unreadable',
    content_type: 'application/json; charset=utf-8',
    query: 'a=1',
    headers: {},
    body: toBase64(utf8(body)),
    item,
  }
  const delivery: DeliveryFacts = deliveryFacts({ provider })
  await putIntoQuarantine(store, quarantined, delivery)
  const [newest] = (await listQuarantine(store, { limit: 1 })).quarantine
  if (newest === undefined) throw new Error('what was kept must be listed')
  return newest.id
}

beforeEach(emptyStore)

describe('quarantine', () => {
  it('is listed without contents, and returned whole by id', async () => {
    const id = await keep({ body: JSON.stringify([NONSENSE]) })
    const { api } = newConsole()
    const entry = {
      id,
      source: 'shop',
      provider: 'sendgrid',
      request_id: 'req_000000000000000000000001',
      problem: 'body_unreadable',
      item: false,
      bytes: 21,
    }
    expect((await api('GET', '/api/quarantine')).json).toMatchObject({
      quarantine: [entry],
      next_cursor: null,
    })
    expect((await api('GET', '/api/quarantine?source=news')).json).toMatchObject({ quarantine: [] })
    expect((await api('GET', `/api/quarantine/${id}`)).json).toMatchObject({
      ...entry,
      content_type: 'application/json; charset=utf-8',
      query: 'a=1',
      headers: {},
      security: {
        verified: ['signature'],
        passed: ['source_ip', 'rate', 'replay', 'payload', 'transport'],
        failed: [],
        level: null,
      },
      body: btoa(JSON.stringify([NONSENSE])),
    })
  })

  it('is deleted on request', async () => {
    const id = await keep({ body: '{}' })
    const { api } = newConsole()
    expect((await api('DELETE', `/api/quarantine/${id}`)).json).toEqual({ removed: id })
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/replay'],
    ] as const) {
      expect((await api(method, `/api/quarantine/${id}${path}`)).json).toMatchObject({
        status: 404,
        code: 'quarantine_unknown',
      })
    }
  })
})

describe('throwing away', () => {
  const ADA_HELD = { person: 'ada@example.com' }
  const hold = async (holds: readonly object[]) =>
    (await holder(newConsole(), 'admin')).send(
      'PUT',
      '/api/retention',
      { holds: holds.map((one) => ({ ...one, reason: 'dispute 4711' })) },
      { 'x-reason': 'dispute 4711' },
    )
  afterEach(() => hold([]))

  const inQuarantine = async (body: string) => `/api/quarantine/${await keep({ body })}`
  const asDeadLetter = async (body: string) => {
    const sealedBody = await store.sealer.seal(utf8(body), strayId('m'))
    await storeDeadLetter(
      store,
      { messageId: 'm', envelope: undefined, sealedBody, reason: 'envelope_malformed', attempts: 1 },
      NOON_MS,
    )
    return '/api/dead-letters/msg_m'
  }

  it.each([
    ['an entry of a held source', inQuarantine, { source: 'shop' }, true, 409],
    ['an entry of another source', inQuarantine, { source: 'news' }, true, 200],
    ['an entry that names a held person', inQuarantine, ADA_HELD, true, 409],
    ['an entry that nobody has searched', inQuarantine, { person: 'eve@example.com' }, false, 409],
    ['an entry that does not name the held person', inQuarantine, { person: 'eve@example.com' }, true, 200],
    ['a dead letter that may be of a held source', asDeadLetter, { source: 'news' }, true, 409],
    ['a dead letter that names a held person', asDeadLetter, ADA_HELD, true, 409],
    [
      'a dead letter that does not name the held person',
      asDeadLetter,
      { person: 'eve@example.com' },
      true,
      200,
    ],
  ] as const)('%s', async (_what, made, held, isSearched, status) => {
    const path = await made('{"to":"ada@example.com"}')
    await hold([held])
    for (const column of isSearched ? PEOPLE_COLUMNS : [])
      await listPeople(
        { store, large: env.LARGE, queueSealer, nowMs: () => 0 },
        column,
        1_000_000,
        () => true,
      )
    const { api } = newConsole()
    expect((await api('DELETE', path)).status).toBe(status)
    await hold([])
    expect((await api('DELETE', path)).status).toBe(status === 200 ? 404 : 200)
  })

  it('passes while an erasure cannot be completed', async () => {
    const path = await inQuarantine('{}')
    const LARGE = { get: () => Promise.reject(new Error('R2 is down')) } as unknown as R2Bucket
    const envelope = {
      version: 1,
      source: 'shop',
      key: 'req_1/0',
      kind: 'stored',
      object: 'large/1',
    } as const
    await storeDeadLetter(store, { messageId: 'm', envelope, reason: 'store_failed', attempts: 1 }, NOON_MS)
    const here = newConsole({ LARGE })
    const operator = await holder(here, 'operator')
    const erase = { address: 'nobody@example.com' }
    const begun = await operator.send('POST', '/api/people/erase', erase, { 'x-reason': 'request' })
    expect(begun.json).toMatchObject({ state: 'running' })
    here.clock.nowMs += 10_000
    expect((await here.api('GET', '/api/quarantine')).status).toBeGreaterThanOrEqual(500)
    expect(await here.api('DELETE', path)).toMatchObject({ status: 200 })
    await operator.send('POST', '/api/people/erase', erase, { 'x-reason': 'request' })
    expect((await newConsole().api('GET', '/api/quarantine')).json).toMatchObject({ quarantine: [] })
  })
})

describe('a replay', () => {
  it.each<[string, Kept, { events: number; quarantined: number }]>([
    [
      'a whole delivery',
      { body: JSON.stringify([EVENT, { ...EVENT, event: 'open' }]) },
      { events: 2, quarantined: 0 },
    ],
    ['one item', { body: JSON.stringify(EVENT), item: true }, { events: 1, quarantined: 0 }],
    [
      'a partly readable delivery',
      { body: JSON.stringify([EVENT, NONSENSE]) },
      { events: 1, quarantined: 1 },
    ],
    ['an empty batch', { body: '[]' }, { events: 0, quarantined: 0 }],
  ])('of %s goes into the queue and out of quarantine', async (_what, kept, expected) => {
    const id = await keep(kept)
    const here = newConsole()
    expect((await here.api('POST', `/api/quarantine/${id}/replay`)).json).toEqual(expected)
    const contents = await here.queue.contents()
    expect(contents.flatMap(({ events }) => events)).toHaveLength(expected.events)
    expect(contents.flatMap(({ quarantined }) => quarantined)).toHaveLength(expected.quarantined)
    expect((await listQuarantine(store, { limit: 1 })).quarantine).toEqual([])
  })

  const TWO = { ...EVENT, event: 'open' }
  it.each<[string, Kept, { events: number; quarantined: number }]>([
    [
      'a delivery with more unreadable items than are quarantined one by one',
      { body: JSON.stringify([EVENT, ...Array.from({ length: 101 }, (_, i) => i), TWO]) },
      { events: 2, quarantined: 1 },
    ],
    [
      'a partly readable item',
      {
        body: JSON.stringify({ event_type: 'rejected', event_data: { to: ['ada@example.com', 'nobody'] } }),
        item: true,
        provider: 'maileroo',
      },
      { events: 1, quarantined: 1 },
    ],
  ])('of %s sends what is understood, and leaves it where it was', async (_what, kept, expected) => {
    const id = await keep(kept)
    const here = newConsole()
    // The consumer would find its record in quarantine, and it would then be removed with the row.
    for (let times = 1; times <= 2; times++) {
      expect((await here.api('POST', `/api/quarantine/${id}/replay`)).json).toEqual(expected)
    }
    const contents = await here.queue.contents()
    expect(contents.flatMap(({ quarantined }) => quarantined)).toEqual([])
    const ids = contents.flatMap(({ events }) => events).map((event) => event.id)
    expect(ids).toHaveLength(2 * expected.events)
    expect(new Set(ids).size).toBe(expected.events)
    expect((await listQuarantine(store, { limit: 5 })).quarantine).toMatchObject([{ id }])
  })

  it('gives the same events as the first delivery would have', async () => {
    const id = await keep({ body: JSON.stringify(EVENT), item: true })
    const here = newConsole()
    await here.api('POST', `/api/quarantine/${id}/replay`)
    const [contents] = await here.queue.contents()
    expect(contents?.events).toMatchObject([
      { type: 'email.delivered', source: 'shop', provider: 'sendgrid', recipient: 'ada@example.com' },
    ])
    // Another key, so that it is not a redelivery of the first message.
    expect(contents?.delivery).toMatchObject({
      received_at: deliveryFacts().received_at,
      methods: ['signature'],
    })
    expect(contents?.delivery.request_id).not.toBe('req_000000000000000000000001')
  })

  it('stores deliveries that the provider could not read when they came, each event once', async () => {
    // MailerSend's version 2, as a Postern that knew only version 1 quarantined it.
    const flat = (type: string, id: string, meta: object) => ({
      type: `activity.${type}`,
      created_at: '2026-09-12T18:42:56.000000Z',
      data: {
        id,
        message_id: '6aa59d2fbf35297925087058',
        email_id: '6aa59d3037403a10c4d4d18e',
        type,
        recipient: `${id}@example.com`,
        meta,
      },
      webhook_id: 'w1',
    })
    const bounce = flat('hard_bounced', 'bounced', { bounce_reason: 'No such host', bounce_code: 550 })
    // The ESP's own retry, with its members in another order.
    const again = Object.fromEntries(Object.entries(bounce).toReversed())
    for (const native of [bounce, again, flat('spam_complaint', 'complained', {})])
      await keep({ body: JSON.stringify(native), item: true, provider: 'mailersend' })
    const here = newConsole()
    const { json } = await here.api('POST', '/api/quarantine/replay', { all: true })
    expect(json).toMatchObject({ replayed: 3, events: 3, failed: [] })
    for (let i = 0; i < 2; i++)
      await consume(
        batchOf(here.queue.envelopes.map((envelope) => new TestMessage(envelope))),
        consumerDeps(store),
      )
    const { events } = await listEvents(store, { limit: 5 }, AFTER_ALL_MS)
    expect(new Set(events.map(({ type, recipient }) => `${type} ${recipient}`))).toEqual(
      new Set(['email.bounced bounced@example.com', 'email.spam_reported complained@example.com']),
    )
    expect([events.length, await countOf('quarantine'), await countOf('suppressions')]).toEqual([2, 0, 2])
  })

  it.each<[string, Kept]>([
    ['an unreadable body', { body: 'event=delivered' }],
    ['an unreadable item', { body: JSON.stringify(NONSENSE), item: true }],
    ['a batch without a readable item', { body: JSON.stringify([NONSENSE, 'text']) }],
    ['a provider that no longer exists', { body: JSON.stringify([EVENT]), provider: 'carrier-pigeon' }],
  ])('of %s is a conflict, and it stays', async (_what, kept) => {
    const id = await keep(kept)
    const here = newConsole()
    const { status, json } = await here.api('POST', `/api/quarantine/${id}/replay`)
    expect({ status, code: json['code'] }).toEqual({ status: 409, code: 'still_not_understood' })
    expect(here.queue.envelopes).toEqual([])
    expect((await listQuarantine(store, { limit: 1 })).quarantine).toMatchObject([{ id }])
  })

  it('of all that match says how many, and goes on behind what stays', async () => {
    const unknown = await keep({ body: JSON.stringify(NONSENSE), item: true })
    await keep({ body: JSON.stringify(EVENT), item: true })
    await keep({ body: JSON.stringify([EVENT]) })
    const here = newConsole()
    const call = async (body: object) =>
      (await here.api('POST', '/api/quarantine/replay', { all: true, problem: 'item_unreadable', ...body })).json // prettier-ignore
    expect(await call({ plan: true })).toMatchObject({ matching: 2, replayed: 0, next_cursor: null })
    expect(await call({ source: 'news', plan: true })).toMatchObject({ matching: 0 })
    expect(here.queue.envelopes).toEqual([])
    expect(await call({})).toEqual({
      matching: null,
      replayed: 1,
      events: 1,
      failed: [{ id: unknown, problem: 'still_not_understood' }],
      next_cursor: null,
    })
    const { quarantine, next_cursor } = await listQuarantine(store, { limit: 1 })
    const stays = quarantine[0]?.id === unknown
    expect(await call({ cursor: next_cursor, plan: true })).toMatchObject({ matching: stays ? 0 : 1 })
    expect((await here.api('POST', '/api/quarantine/replay', { all: true, cursor: 'x' })).status).toBe(400)
  })

  it('of all goes past what does not open', async () => {
    const broken = await keep({ body: JSON.stringify(EVENT), item: true })
    await store.db.prepare(`UPDATE quarantine SET sealed = zeroblob(40) WHERE id = ?`).bind(broken).run()
    await keep({ body: JSON.stringify([EVENT]) })
    const here = newConsole()
    const { json } = await here.api('POST', '/api/quarantine/replay', { all: true })
    expect(json).toMatchObject({ replayed: 1, failed: [{ id: broken, problem: 'seal_broken' }] })
  })

  it('leaves it in quarantine if the queue refuses', async () => {
    const id = await keep({ body: JSON.stringify([EVENT]) })
    const here = newConsole()
    here.queue.refusing = true
    const { status, headers, json } = await here.api('POST', `/api/quarantine/${id}/replay`)
    expect({ status, code: json['code'] }).toEqual({ status: 503, code: 'queue_unavailable' })
    expect(headers.get('retry-after')).toBe('10')
    expect((await listQuarantine(store, { limit: 1 })).quarantine).toMatchObject([{ id }])
    here.queue.refusing = false
    expect((await here.api('POST', `/api/quarantine/${id}/replay`)).json).toEqual({
      events: 1,
      quarantined: 0,
    })
  })
})

describe('an event that came later than the store remembers', () => {
  const KEPT_MS = NOON_MS + 40 * DAY_MS

  /** Its quarantined form, as the consumer makes it. */
  async function keepLate(change: object = {}, isOne = true): Promise<string> {
    const { received_at: _received, ...event } = await mailEvent({ type: 'email.opened', atMs: NOON_MS })
    const quarantined: Quarantined = {
      problem: 'history_removed',
      content_type: 'application/json',
      query: '',
      headers: {},
      body: toBase64(utf8(JSON.stringify(isOne ? { ...event, ...change } : [event]))),
      item: true,
    }
    await putIntoQuarantine(store, quarantined, deliveryFacts({ received_at: toInstant(KEPT_MS) }))
    const [newest] = (await listQuarantine(store, { limit: 1 })).quarantine
    return newest?.id ?? ''
  }

  it.each([true, false])(
    'is let in by a replay (alone: %s): it is stored and counted, and leaves quarantine',
    async (isOne) => {
      await store.db
        .prepare('INSERT INTO history (one, before_ms, stored_ms) VALUES (1, ?1, ?1)')
        .bind(NOON_MS + 30 * DAY_MS)
        .run()
      const id = await keepLate({}, isOne)
      const { api, queue } = newConsole()
      expect((await api('POST', `/api/quarantine/${id}/replay`)).json).toEqual({ events: 1, quarantined: 0 })
      expect(await listQuarantine(store, { limit: 1 })).toMatchObject({ quarantine: [] })
      for (let i = 0; i < 2; i++)
        await consume(
          batchOf(queue.envelopes.map((envelope) => new TestMessage(envelope))),
          consumerDeps(store),
        )
      expect([await storedEvents(), await countOf('quarantine')]).toEqual([1, 0])
      const [event] = (await listEvents(store, { limit: 2 }, AFTER_ALL_MS)).events
      expect(event).toMatchObject({ type: 'email.opened', received_at: toInstant(KEPT_MS) })
    },
  )

  it('stays if it is not an event any more', async () => {
    const id = await keepLate({ type: 'email.teleported' })
    const { api } = newConsole()
    expect((await api('POST', `/api/quarantine/${id}/replay`)).status).toBe(409)
    expect(await countOf('quarantine')).toBe(1)
  })
})
