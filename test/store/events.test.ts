import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import type { MailEvent } from '../../src/event/mail-event.ts'
import { CursorMalformed, fromCursor } from '../../src/store/cursor.ts'
import { requestFingerprint } from '../../src/store/fingerprint.ts'
import type { StoredEvent } from '../../src/store/stored-event.ts'
import { type EventQuery, cursorAt, findEvent, findEvents, listEvents } from '../../src/store/events.ts'
import { messageStates } from '../../src/store/messages.ts'
import { blankEvents } from '../../src/store/removal.ts'
import { findSuppression, listSuppressions } from '../../src/store/suppressions.ts'
import { type Scope, type Store, scopedTo } from '../../src/store/store.ts'
import { consumeEvents, consumerDeps } from '../support/consumer.ts'
import { timeOf } from '../support/effects-model.ts'
import { AFTER_ALL_MS, HOUR_MS, NOON_MS, mailEvent } from '../support/mail-events.ts'
import { emptyStore } from '../support/store.ts'

let store: Store
let all: MailEvent[]

const at = (hours: number) => new Date(NOON_MS + hours * HOUR_MS).toISOString()

const NEWS_REQUEST = `req_${'5'.repeat(24)}`

/** Forty events over ten hours of two sources; some share a time, some have no time, some name nobody. */
beforeAll(async () => {
  store = await emptyStore()
  const events = await Promise.all(
    Array.from({ length: 40 }, (_, nr) =>
      mailEvent({
        type: nr % 4 === 0 ? 'email.bounced' : nr % 4 === 1 ? 'email.delivered' : 'email.opened',
        bounce_type: nr % 4 === 0 ? 'hard' : null,
        cause: nr % 4 === 0 ? 'no_mailbox' : null,
        automated: nr % 4 === 2 ? nr % 3 === 0 : null,
        source: nr % 5 === 0 ? 'news' : 'shop',
        recipient: nr % 10 === 3 ? null : `p${nr % 3}@example.com`,
        message_id: nr % 10 === 7 ? null : `m-${nr % 6}`,
        other_message_ids: nr % 6 === 4 && nr % 10 !== 7 ? ['call-4', '4@example.com'] : [],
        atMs: nr % 8 === 2 ? undefined : NOON_MS + (nr % 10) * HOUR_MS,
        received_at: at((nr * 7) % 11),
        reason: nr % 4 === 0 ? `550 p${nr % 3}@example.com unknown` : null,
        tags: nr % 2 === 0 ? ['a', 'b'] : [],
        campaign_id: nr % 9 === 0 ? 'spring' : null,
        metadata: nr % 6 === 0 ? { order: nr, deep: { list: [1, null, 'x'] } } : {},
        nr,
      }),
    ),
  )
  for (const source of ['shop', 'news']) {
    await consumeEvents(
      consumerDeps(store),
      events.filter((event) => event.source === source),
      undefined,
      source === 'news' ? { request_id: NEWS_REQUEST } : {},
    )
  }
  all = events.sort((a, b) => timeOf(b) - timeOf(a) || (a.id < b.id ? 1 : -1))
})

/** As the consumer received it: without the decision of its delivery. */
const flat = ({ security: _security, ...event }: StoredEvent): MailEvent => event

/** All pages of a query. */
async function pages(query: Omit<EventQuery, 'limit'>, limit: number, scanMaxEvents?: number) {
  const found: MailEvent[] = []
  let cursor: string | undefined
  for (let i = 0; i < 200; i++) {
    const page = await listEvents(store, { ...query, limit, cursor }, AFTER_ALL_MS, scanMaxEvents)
    expect(page.events.length).toBeLessThanOrEqual(limit)
    found.push(...page.events.map(flat))
    if (page.next_cursor === null) return found
    cursor = page.next_cursor
  }
  throw new Error('the pages do not end')
}

const QUERIES: readonly (readonly [
  what: string,
  query: Omit<EventQuery, 'limit'>,
  isAsked: (event: MailEvent) => boolean,
])[] = [
  ['everything', {}, () => true],
  ['a source', { source: 'news' }, (e) => e.source === 'news'],
  ['an unknown source', { source: 'none' }, () => false],
  ['a type', { types: ['email.bounced'] }, (e) => e.type === 'email.bounced'],
  ['two types', { types: ['email.bounced', 'email.delivered'] }, (e) => e.type !== 'email.opened'],
  [
    'two types of a source',
    { types: ['email.bounced', 'email.opened'], source: 'news' },
    (e) => e.type !== 'email.delivered' && e.source === 'news',
  ],
  ['a type of bounce', { bounce_type: 'hard' }, (e) => e.bounce_type === 'hard'],
  ['a cause', { cause: 'no_mailbox' }, (e) => e.cause === 'no_mailbox'],
  ['what a machine did', { automated: 'true' }, (e) => e.automated === true],
  ['what no machine did', { automated: 'false' }, (e) => e.automated === false],
  [
    'what nobody knows of',
    { automated: 'unknown' },
    (e) => e.type === 'email.opened' && e.automated === null,
  ],
  ['another cause', { cause: 'content' }, () => false],
  ['another type of bounce', { bounce_type: 'soft' }, () => false],
  ['a word of the server', { reason: 'P1@EXAMPLE' }, (e) => e.reason?.includes('p1@example') === true],
  ['a tag', { tag: 'b' }, (e) => e.tags.includes('b')],
  ['a part of a tag', { tag: '' }, () => false],
  ['a mailbox provider', { mailbox_provider: 'other' }, (e) => e.recipient !== null],
  ['another mailbox provider', { mailbox_provider: 'gmail' }, () => false],
  [
    'a tag and a word of a type',
    { tag: 'a', reason: 'unknown', types: ['email.bounced'] },
    (e) => e.type === 'email.bounced' && e.tags.includes('a'),
  ],
  [
    'a source and a type',
    { source: 'shop', types: ['email.opened'] },
    (e) => e.source === 'shop' && e.type === 'email.opened',
  ],
  ['a person', { recipient: 'p1@example.com' }, (e) => e.recipient === 'p1@example.com'],
  ['a person, spelled otherwise', { recipient: 'P1@EXAMPLE.com ' }, (e) => e.recipient === 'p1@example.com'],
  ['an unknown person', { recipient: 'nobody@example.com' }, () => false],
  [
    'a person and a type',
    { recipient: 'p2@example.com', types: ['email.opened'] },
    (e) => e.recipient === 'p2@example.com' && e.type === 'email.opened',
  ],
  ['a message', { message_id: 'm-3' }, (e) => e.message_id === 'm-3'],
  ['a message, by an id in brackets', { message_id: '<m-3>' }, (e) => e.message_id === 'm-3'],
  ['a message, by the id of the send API', { message_id: 'call-4' }, (e) => e.message_id === 'm-4'],
  ['a message, by its own header', { message_id: '<4@example.com>' }, (e) => e.message_id === 'm-4'],
  ['a part of an id', { message_id: 'call' }, () => false],
  ['the list of ids', { message_id: '["call-4","4@example.com"]' }, () => false],
  [
    'a message of a source',
    { message_id: 'm-0', source: 'news' },
    (e) => e.message_id === 'm-0' && e.source === 'news',
  ],
  [
    'a message and a person',
    { message_id: 'm-1', recipient: 'p1@example.com' },
    (e) => e.message_id === 'm-1' && e.recipient === 'p1@example.com',
  ],
  ['an unknown message', { message_id: 'none' }, () => false],
  ['a campaign', { campaign_id: 'spring' }, (e) => e.campaign_id === 'spring'],
  ['an unknown campaign', { campaign_id: 'spring ' }, () => false],
  [
    'a campaign of a person and a source',
    { campaign_id: 'spring', recipient: 'p0@example.com', source: 'shop' },
    (e) => e.campaign_id === 'spring' && e.recipient === 'p0@example.com' && e.source === 'shop',
  ],
  ['a delivery', { request_id: NEWS_REQUEST }, (e) => e.source === 'news'],
  [
    'a delivery and a type',
    { request_id: NEWS_REQUEST, types: ['email.opened'] },
    (e) => e.source === 'news' && e.type === 'email.opened',
  ],
  ['an unknown delivery', { request_id: `req_${'6'.repeat(24)}` }, () => false],
  ['since a time', { since: at(4) }, (e) => timeOf(e) >= NOON_MS + 4 * HOUR_MS],
  ['until a time', { until: at(4) }, (e) => timeOf(e) < NOON_MS + 4 * HOUR_MS],
  [
    'between times with another zone, of a person',
    { since: at(2).replace('Z', '+00:00'), until: at(7), recipient: 'p0@example.com' },
    (e) =>
      timeOf(e) >= NOON_MS + 2 * HOUR_MS &&
      timeOf(e) < NOON_MS + 7 * HOUR_MS &&
      e.recipient === 'p0@example.com',
  ],
]

it('gives the state of a message by each of its ids', async () => {
  const byId = await messageStates(store, { source: 'shop', message_id: 'm-4' })
  expect(byId).not.toEqual([])
  for (const message_id of ['call-4', '<4@example.com>', '<m-4>'])
    expect(await messageStates(store, { source: 'shop', message_id })).toEqual(byId)
  expect(await messageStates(store, { source: 'shop', message_id: 'call-5' })).toEqual([])
})

describe('listing events', () => {
  it.each(QUERIES)('%s: newest first, complete, page by page', async (_what, query, isAsked) => {
    const expected = all.filter(isAsked)
    expect((await listEvents(store, { ...query, limit: 100 }, AFTER_ALL_MS)).events.map(flat)).toEqual(
      expected,
    )
    for (const limit of [1, 3, 7]) expect(await pages(query, limit)).toEqual(expected)
    // Also if one call may scan fewer events than there are.
    for (const scanMaxEvents of [1, 4, 50]) expect(await pages(query, 3, scanMaxEvents)).toEqual(expected)
  })

  it('opens so many events for what is sealed, and gives a cursor behind them', async () => {
    const query = { tag: 'a', limit: 100 }
    const first = await listEvents(store, query, AFTER_ALL_MS, undefined, undefined, 5)
    expect(first.events.map(flat)).toEqual(all.slice(0, 5).filter(({ tags }) => tags.includes('a')))
    const rest = await listEvents(store, { ...query, cursor: first.next_cursor ?? '' }, AFTER_ALL_MS)
    expect([...first.events, ...rest.events].map(flat)).toEqual(all.filter(({ tags }) => tags.includes('a')))
    const viewer = scopedTo(store, { sources: null, personal: false })
    expect((await listEvents(viewer, query, AFTER_ALL_MS)).events).toEqual([])
  })

  it.each([
    ['who sees all', { sources: null, personal: true }],
    ['a viewer', { sources: null, personal: false }],
    ['who sees a source', { sources: ['shop'], personal: true }],
  ])('gives %s a cursor of the page that begins with an event', async (_who, scope: Scope) => {
    const scoped = scopedTo(store, scope)
    const { events } = await listEvents(scoped, { limit: 40 }, AFTER_ALL_MS)
    for (const [i, event] of events.entries()) {
      const cursor = await cursorAt(scoped, event)
      const page = await listEvents(scoped, { limit: 3, cursor }, AFTER_ALL_MS)
      expect(page.events).toEqual(events.slice(i, i + 3))
    }
  })

  it('says on a full page whether another page follows', async () => {
    expect((await listEvents(store, { limit: 40 }, AFTER_ALL_MS)).next_cursor).toBeNull()
    expect((await listEvents(store, { limit: 39 }, AFTER_ALL_MS)).next_cursor).not.toBeNull()
  })

  it('gives whoever sees some sources a cursor that tells nothing of the events of others', async () => {
    const scoped = scopedTo(store, { sources: ['news'], personal: true })
    // The page ends between events that are not in it, before it has found anything.
    const query = { recipient: 'p0@example.com', source: 'news', types: ['email.opened'], limit: 1 } as const
    const [plain, sealed] = await Promise.all(
      [store, scoped].map(async (one) => (await listEvents(one, query, AFTER_ALL_MS, 1)).next_cursor ?? ''),
    )
    expect(fromCursor(plain).id).toMatch(/^[0-9a-f]{44}/)
    expect(() => fromCursor(sealed)).toThrow(CursorMalformed)
    await expect(listEvents(scoped, { ...query, cursor: plain }, AFTER_ALL_MS)).rejects.toThrow(
      CursorMalformed,
    )
  })

  it.each(['x', '', 'AAAA', '~', 'MTIz', 'a'.repeat(400)])('refuses the cursor %j', async (cursor) => {
    await expect(listEvents(store, { limit: 1, cursor }, AFTER_ALL_MS)).rejects.toThrow(CursorMalformed)
  })

  it('uses indexes and keys, and never scans a whole table', async () => {
    const plans: string[] = []
    const db = {
      prepare: (sql: string) => ({
        bind(...values: unknown[]) {
          const statement = env.STORE.prepare(sql).bind(...values)
          return Object.assign(statement, {
            plan: () => env.STORE.prepare(`EXPLAIN QUERY PLAN ${sql}`).bind(...values),
          })
        },
      }),
      async batch(statements: (D1PreparedStatement & { plan: () => D1PreparedStatement })[]) {
        for (const statement of statements) {
          const { results } = await statement.plan().all<{ detail: string }>()
          plans.push(results.map(({ detail }) => detail).join(' | '))
        }
        return env.STORE.batch(statements)
      },
    } as unknown as D1Database
    for (const [, query] of QUERIES) await listEvents({ ...store, db }, { ...query, limit: 5 }, AFTER_ALL_MS)
    expect(plans.length).toBeGreaterThan(30)
    for (const plan of plans) {
      expect(plan).not.toMatch(/SCAN (?:b|n|t|s|r|segments|inverted_index|recipients)\b/)
      expect(plan).toMatch(
        /SEARCH (?:b|n|t|s) USING (?:INTEGER PRIMARY KEY|PRIMARY KEY|COVERING INDEX segments_by_id|INDEX segments_by_receipt)/,
      )
    }
  })
})

describe('finding one event', () => {
  const idsOf = async (scope: Scope) =>
    (await listEvents(scopedTo(store, scope), { limit: 100 }, AFTER_ALL_MS)).events.map(({ id }) => id)

  it('by its id: each as in a list', async () => {
    const { events } = await listEvents(store, { limit: 100 }, AFTER_ALL_MS)
    expect(await Promise.all(events.map(({ id }) => findEvent(store, id)))).toEqual(events)
    const ids = events.map(({ id }) => id)
    const found = await findEvents(store, [...ids, 'x', ...ids])
    expect(ids.map((id) => found.get(id))).toEqual(events)
    expect(found.size).toBe(events.length)
    expect((await findEvents(store, [])).size).toBe(0)
  })

  it.each(['', 'x', '0', 'f'.repeat(44), 'F'.repeat(44), "' OR 1=1 --", '\0', 'é'.repeat(44)])(
    'finds none by %j',
    async (id) => {
      expect(await findEvent(store, id)).toBeUndefined()
      const viewer = scopedTo(store, { sources: null, personal: false })
      expect(await findEvent(viewer, id)).toBeUndefined()
    },
  )

  it('takes from viewers the ids that they were given alone, and shows them nobody', async () => {
    const scope = { sources: null, personal: false }
    const [own, given] = await Promise.all([idsOf({ ...scope, personal: true }), idsOf(scope)])
    const viewer = scopedTo(store, scope)
    const seen = await Promise.all(given.map((id) => findEvent(viewer, id)))
    expect(seen.map((event) => event?.id)).toEqual(given)
    expect(seen.filter((event) => event?.recipient !== null || event.tags.length > 0)).toEqual([])
    expect(await Promise.all(own.map((id) => findEvent(viewer, id)))).toEqual(own.map(() => undefined))
    expect(await Promise.all(given.map((id) => findEvent(store, id)))).toEqual(given.map(() => undefined))
  })

  it.each([true, false])('finds what is of other sources for nobody (personal: %s)', async (personal) => {
    const [news, every] = await Promise.all([
      idsOf({ sources: ['news'], personal }),
      idsOf({ sources: null, personal }),
    ])
    const scoped = scopedTo(store, { sources: ['news'], personal })
    const found = await Promise.all(every.map(async (id) => (await findEvent(scoped, id))?.id))
    expect(found.filter((id) => id !== undefined)).toEqual(news)
    expect([...(await findEvents(scoped, every)).keys()].toSorted()).toEqual(news.toSorted())
  })
})

describe('an erased person', () => {
  it('is removed from events, states and evidence; the events and the suppression stay', async () => {
    const before = await listEvents(store, { limit: 100 }, AFTER_ALL_MS)
    await env.STORE.prepare('DELETE FROM recipients WHERE recipient = unhex(?1)')
      .bind(await store.people.indexOf('p0@example.com'))
      .run()
    const { events } = await listEvents(store, { limit: 100 }, AFTER_ALL_MS)
    expect(events).toEqual(
      before.events.map((event) =>
        event.recipient === 'p0@example.com'
          ? { ...event, recipient: null, reason: null, tags: [], metadata: {} }
          : event,
      ),
    )
    const states = await messageStates(store, { source: 'news', message_id: 'm-0' })
    expect(states.map(({ recipient }) => recipient)).toContain(null)
    expect(await findSuppression(store, 'p0@example.com', 0)).toMatchObject({
      recipient: 'p0@example.com',
      reasons: [{ reason: 'hard_bounce', evidence: 'bounced' }],
    })
    const listed = (await listSuppressions(store, { limit: 10 }, 0)).suppressions.map(
      ({ recipient }) => recipient,
    )
    expect(listed.sort()).toEqual(['p1@example.com', 'p2@example.com'])
  })

  it('who returns has a new key, which opens nothing that was sealed before', async () => {
    const event = await mailEvent({
      type: 'email.opened',
      atMs: NOON_MS + 20 * HOUR_MS,
      recipient: 'p0@example.com',
    })
    await consumeEvents(consumerDeps(store), [event])
    const { events } = await listEvents(store, { recipient: 'p0@example.com', limit: 100 }, AFTER_ALL_MS)
    expect(events.filter(({ recipient }) => recipient !== null).map(flat)).toEqual([event])
    expect(events.length).toBeGreaterThan(5)
    expect((await findSuppression(store, 'p0@example.com', 0))?.reasons).toMatchObject([
      { evidence: 'bounced' },
    ])
  })
})

it('finds an event no more that was blanked, and the others of its segment still', async () => {
  const { events } = await listEvents(store, { limit: 100 }, AFTER_ALL_MS)
  const types = ['email.delivered'] as const
  const upTo = Number.MAX_SAFE_INTEGER
  await blankEvents(store, { upTo, keep: [], segments: 100, types }, AFTER_ALL_MS)
  const found = await Promise.all(events.map(({ id }) => findEvent(store, id)))
  expect(found.filter((event) => event !== undefined)).toEqual(
    events.filter(({ type }) => type !== 'email.delivered'),
  )
})

it('finds the events of a delivery at once, and in segments that list no deliveries by reading the newer ones', async () => {
  const twoDays = await emptyStore()
  const [old, newer] = await Promise.all(
    [NOON_MS - 24 * HOUR_MS, NOON_MS].map((atMs) =>
      mailEvent({ type: 'email.sent', recipient: null, atMs, nr: 1 }),
    ),
  )
  await consumeEvents(consumerDeps(twoDays), [old as MailEvent], undefined, { request_id: NEWS_REQUEST })
  await consumeEvents(consumerDeps(twoDays), [newer as MailEvent])
  const found = async (scanMaxEvents?: number) =>
    (
      await listEvents(twoDays, { request_id: NEWS_REQUEST, limit: 5 }, AFTER_ALL_MS, scanMaxEvents)
    ).events.map(flat)
  expect(await found(1)).toEqual([old])

  const { meta } = await env.STORE.prepare(
    `UPDATE segments SET fingerprints = json_remove(fingerprints, '$[3]') WHERE fingerprints ->> 3 = ?`,
  )
    .bind(requestFingerprint(NEWS_REQUEST))
    .run()
  expect(meta.changes).toBe(1)
  expect(await found(1)).toEqual([])
  expect(await found()).toEqual([old])
})
