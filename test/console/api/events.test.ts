import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { MailEvent } from '../../../src/event/mail-event.ts'
import { toInstant } from '../../../src/platform/time.ts'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { DAY_MS, HOUR_MS, NOON_MS, mailEvent } from '../../support/mail-events.ts'
import { emptyStore } from '../../support/store.ts'
import { holder } from '../credentials.ts'
import { visitor } from '../pages/visitor.ts'
import { newConsole, store } from '../support.ts'

/** Five events, oldest first. */
let stored: MailEvent[]

beforeAll(async () => {
  const deps = consumerDeps(await emptyStore())
  stored = await Promise.all([
    mailEvent({ type: 'email.sent', atMs: NOON_MS }),
    mailEvent({ type: 'email.delivered', atMs: NOON_MS + 1_000 }),
    mailEvent({ type: 'email.sent', atMs: NOON_MS + 2_000, recipient: 'bob@example.com', message_id: 'm-2' }),
    mailEvent({
      type: 'email.bounced',
      atMs: NOON_MS + 3_000,
      recipient: 'bob@example.com',
      message_id: 'm-2',
      bounce_type: 'hard',
      reason: '550 5.1.1 unknown',
      cause: 'no_mailbox',
    }),
    mailEvent({ type: 'email.opened', atMs: NOON_MS + HOUR_MS, source: 'news', message_id: 'm-3' }),
  ])
  await consumeEvents(deps, stored.slice(0, 4))
  await consumeEvents(deps, stored.slice(4))
})

const idsOf = (json: Record<string, unknown>): string[] => (json['events'] as MailEvent[]).map(({ id }) => id)

describe('events', () => {
  it('are returned as they were stored, newest first', async () => {
    const { json } = await newConsole().api('GET', '/api/events')
    expect(json).toEqual({
      events: stored.toReversed().map((event) => ({ ...event, security: expect.anything() })),
      next_cursor: null,
      history_since: null,
    })
  })

  it.each<[string, number[]]>([
    ['source=news', [4]],
    ['source=nobody', []],
    ['type=email.sent', [2, 0]],
    ['types=email.sent,email.bounced', [3, 2, 0]],
    ['bounce_type=hard', [3]],
    ['reason=UNKNOWN', [3]],
    ['tag=none', []],
    ['mailbox_provider=other&source=news', [4]],
    ['recipient=Bob%40Example.com', [3, 2]],
    ['recipient=ob%40example.com', []],
    ['message_id=m-1', [1, 0]],
    ['message_id=m-1&type=email.delivered', [1]],
    ['request_id=req_000000000000000000000001', [4, 3, 2, 1, 0]],
    ['request_id=req_000000000000000000000001&type=email.opened', [4]],
    ['request_id=req_000000000000000000000002', []],
    [`since=${toInstant(NOON_MS + 2_000)}`, [4, 3, 2]],
    [`until=${toInstant(NOON_MS + 2_000)}`, [1, 0]],
    [`since=${toInstant(NOON_MS + 1_000)}&until=${toInstant(NOON_MS + 3_000)}`, [2, 1]],
  ])('by %s', async (query, indexes) => {
    const { json } = await newConsole().api('GET', `/api/events?${query}`)
    expect(idsOf(json)).toEqual(indexes.map((index) => stored[index]?.id))
  })

  it.each(['req_1', 'req_00000000000000000000000G', 'REQ_000000000000000000000001', ''])(
    'are not searched by the malformed request id %j',
    async (id) => {
      const { status, json } = await newConsole().api('GET', `/api/events?request_id=${id}`)
      expect({ status, json }).toMatchObject({
        status: 400,
        json: { code: 'parameter_invalid', problems: [{ path: 'request_id' }] },
      })
    },
  )

  it.each([
    ['types=email.sent,sent', 'types'],
    ['types=email.sent&type=email.sent', 'types'],
    ['bounce_type=harsh', 'bounce_type'],
    ['cause=bad_luck', 'cause'],
    ['automated=maybe', 'automated'],
  ])('are not listed by %s', async (query, path) => {
    const { status, json } = await newConsole().api('GET', `/api/events?${query}`)
    expect({ status, json }).toMatchObject({ status: 400, json: { problems: [{ path }] } })
  })

  it.each(['recipient=a%40b.example', 'reason=550', 'tag=a', 'mailbox_provider=gmail'])(
    'are listed by %s to operators alone',
    async (query) => {
      const viewer = await holder(newConsole(), 'viewer')
      const { status, json } = await viewer.send('GET', `/api/events?${query}`)
      expect([status, json['code']]).toEqual([403, 'role_too_low'])
    },
  )

  it('are read in pages, each event once', async () => {
    const { api } = newConsole()
    const seen: string[] = []
    let cursor = ''
    for (let next: string | null = ''; next !== null; cursor = `&cursor=${next}`) {
      const { json } = await api('GET', `/api/events?limit=2${cursor}`)
      seen.push(...idsOf(json))
      expect(idsOf(json).length).toBeLessThanOrEqual(2)
      next = json['next_cursor'] as string | null
    }
    expect(seen).toEqual(stored.toReversed().map(({ id }) => id))
  })
})

describe('one event', () => {
  it('is returned by its id, as in a list', async () => {
    const { api } = newConsole()
    const listed = (await api('GET', '/api/events')).json['events'] as readonly MailEvent[]
    for (const event of listed) expect((await api('GET', `/api/events/${event.id}`)).json).toEqual(event)
  })

  it.each(['unknown', 'f'.repeat(44), '%00', '%F0%9F%A6%89'])('is not found by %s', async (id) => {
    const { status, json } = await newConsole().api('GET', `/api/events/${id}`)
    expect([status, json['code']]).toEqual([404, 'event_unknown'])
  })

  it('is given to viewers by their own ids, without whose it is', async () => {
    const here = newConsole()
    const viewer = await holder(here, 'viewer')
    const listed = (await viewer.send('GET', '/api/events')).json['events'] as readonly MailEvent[]
    for (const event of listed) {
      const { status, json } = await viewer.send('GET', `/api/events/${event.id}`)
      expect([status, json]).toEqual([200, { ...event, recipient: null, reason: null }])
    }
    for (const { id } of stored) expect((await viewer.send('GET', `/api/events/${id}`)).status).toBe(404)
  })
})

describe('a preview of a filter', () => {
  const preview = (filter: unknown) => newConsole().api('POST', '/api/events/preview', { filter })

  it('says what passes and what is left out, by type, with the newest of each', async () => {
    const { json } = await preview({ sources: ['shop'], where: { recipient: 'bob@example.com' } })
    expect(json).toMatchObject({ events: 5, passing: 2, since: toInstant(NOON_MS) })
    expect(json['types']).toEqual([
      { type: 'email.sent', passing: 1, left_out: 1 },
      { type: 'email.delivered', passing: 0, left_out: 1 },
      { type: 'email.bounced', passing: 1, left_out: 0 },
      { type: 'email.opened', passing: 0, left_out: 1 },
    ])
    const ids = (name: string) => (json[name] as MailEvent[]).map(({ id }) => id)
    expect([ids('passed'), ids('left_out')]).toEqual([
      [stored[3]?.id, stored[2]?.id],
      [stored[4]?.id, stored[1]?.id, stored[0]?.id],
    ])
  })

  it('names all problems of the filter', async () => {
    const { status, json } = await preview({ types: ['bounced'], where: { reason: { $like: 'x' } } })
    expect(status).toBe(422)
    expect(json['problems']).toMatchObject([{ path: 'filter.types.0' }, { path: 'filter.where.reason' }])
  })
})

describe('data derived from events', () => {
  it('includes the state of each message', async () => {
    const { json } = await newConsole().api('GET', '/api/messages?source=shop&message_id=m-2')
    expect(json).toEqual({
      states: [
        {
          recipient: 'bob@example.com',
          state: 'email.bounced',
          automated: null,
          occurred_at: toInstant(NOON_MS + 3_000),
          event_id: stored[3]?.id,
        },
      ],
      history_since: null,
    })
    const other = await newConsole().api('GET', '/api/messages?source=news&message_id=m-2')
    expect(other.json).toEqual({ states: [], history_since: null })
  })

  it('includes a suppression, with its evidence', async () => {
    const { json } = await newConsole().api('GET', '/api/suppressions/bob%40example.com')
    expect(json).toMatchObject({
      suppressed: true,
      recipient: 'bob@example.com',
      reasons: [
        {
          reason: 'hard_bounce',
          since: toInstant(NOON_MS + 3_000),
          source: 'shop',
          evidence: '550 5.1.1 unknown',
          event_id: stored[3]?.id,
          note: null,
        },
      ],
    })
  })

  it('includes counts by hour', async () => {
    const { json } = await newConsole().api('GET', `/api/counters?since=${toInstant(NOON_MS + 60_000)}`)
    expect(json).toEqual({
      since: toInstant(NOON_MS),
      events: [
        { hour: toInstant(NOON_MS + HOUR_MS), source: 'news', type: 'email.opened', count: 1 },
        { hour: toInstant(NOON_MS), source: 'shop', type: 'email.bounced', count: 1 },
        { hour: toInstant(NOON_MS), source: 'shop', type: 'email.delivered', count: 1 },
        { hour: toInstant(NOON_MS), source: 'shop', type: 'email.sent', count: 2 },
      ],
      refusals: [],
      next_cursor: null,
    })
  })
})

describe('the oldest events are removed, and the answers', () => {
  const SINCE = toInstant(NOON_MS - DAY_MS + 1)

  beforeEach(async () => {
    await store.db
      .prepare('INSERT INTO history (one, before_ms, stored_ms) VALUES (1, ?1, ?1) ON CONFLICT DO NOTHING')
      .bind(NOON_MS - DAY_MS)
      .run()
  })

  it.each([
    '/api/events',
    '/api/events?source=news&since=2030-01-01T00:00:00Z',
    '/api/events?order=arrival',
    '/api/messages?source=shop&message_id=m-2',
  ])('of %s say since when there are all', async (path) => {
    expect((await newConsole().api('GET', path)).json).toMatchObject({ history_since: SINCE })
  })

  it('of the pages say it, too', async () => {
    const someone = visitor(newConsole())
    await someone.enter()
    const words = /The store has all events since 2026-06-01 10:00:00 ?; older ones were removed\./
    expect(await someone.text('/activity')).toMatch(words)
    expect(await someone.text('/d/req_00000000000000000000dead')).toMatch(words)
  })
})
