/** Rights of a token for one source, and a viewer's view of recipients. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { ROUTES } from '../../../src/console/api/index.ts'
import type { MailEvent } from '../../../src/event/mail-event.ts'
import { toBase64, utf8 } from '../../../src/platform/bytes.ts'
import { storeDeadLetter } from '../../../src/store/dead-letters.ts'
import { listEvents } from '../../../src/store/events.ts'
import { listQuarantine } from '../../../src/store/quarantine.ts'
import { addSuppression } from '../../../src/store/suppressions.ts'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { refusal } from '../../support/decision.ts'
import { contentsOf, deliveryFacts, mailEvent } from '../../support/mail-events.ts'
import { putIntoQuarantine } from '../../support/quarantine.ts'
import { idsFor, inlineEnvelope } from '../../support/queue.ts'
import { emptyStore } from '../../support/store.ts'
import { type Holder, holder } from '../credentials.ts'
import { type TestConsole, newConsole, store } from '../support.ts'

const NOW = Date.now()
const SOURCES = ['own', 'foreign'] as const
type Source = (typeof SOURCES)[number]

/** All kinds of stored data, for each of two sources. */
interface Kept {
  readonly event: MailEvent
  readonly eventId: string
  readonly quarantineId: string
  readonly letterId: string
}

async function keep(source: Source): Promise<Kept> {
  const event = await mailEvent({
    type: 'email.bounced',
    atMs: NOW,
    source,
    message_id: 'm-1',
    bounce_type: 'hard',
    reason: 'no such mailbox ada@example.com',
  })
  await consumeEvents(consumerDeps(store), [event])
  const problem = 'body_unreadable'
  const body = toBase64(utf8(`${source} ada@example.com`))
  await putIntoQuarantine(
    store,
    { problem, content_type: null, query: '', headers: {}, body, item: false },
    deliveryFacts({ source }),
  )
  const listed = await listQuarantine(store, { source, limit: 1 })
  const envelope = { ...(await inlineEnvelope(contentsOf([event]), `req_${source}/0`)), source }
  await storeDeadLetter(store, { messageId: 'q', envelope, reason: 'store_failed', attempts: 1 }, NOW)
  const [stored] = (await listEvents(store, { source, limit: 1 }, NOW)).events
  return {
    event,
    eventId: stored?.id ?? '',
    quarantineId: listed.quarantine[0]?.id ?? '',
    letterId: `req_${source}.0`,
  }
}

const requestIdOf = (i: number): string => `req_${i}00000000000000000000000`

let here: TestConsole
let own: Kept
let foreign: Kept
let operator: Holder
let viewer: Holder

beforeEach(async () => {
  await emptyStore()
  here = newConsole()
  own = await keep('own')
  foreign = await keep('foreign')
  const minute = Math.floor(NOW / 60_000)
  const count = { minute, code: 'signature_mismatch', network: '192.0.2.0/24', count: 1 }
  const sources = [...SOURCES, null]
  await env.REFUSALS.getByName('refusals').report({
    latest: sources.map((source, i) => refusal({ atMs: NOW, requestId: requestIdOf(i), source })),
    counts: sources.map((source) => ({ ...count, source })),
  })
  operator = await holder(here, 'operator', ['own'])
  viewer = await holder(here, 'viewer')
})

const listOf = (json: Record<string, unknown>, name: string) => json[name] as Record<string, unknown>[]

/** Lists that a token for one source may ask for. */
const LISTS = [
  ['/api/events', 'events'],
  ['/api/quarantine', 'quarantine'],
  ['/api/dead-letters', 'dead_letters'],
  ['/api/refusals', 'refusals'],
  ['/api/counters', 'events'],
  ['/api/counters', 'refusals'],
  ['/api/deliverability?by=source&since=2026-06-01T00:00:00Z&until=2026-07-01T00:00:00Z', 'values'],
  [`/api/messages?source=own&message_id=m-1`, 'states'],
] as const

/** Lists that a test of their own asks with such a token, and three answers that hold nothing of a source. */
const TESTED_ELSEWHERE = [
  '/api/deliverability/times',
  '/api/sources',
  '/api/events/stream',
  '/api/incidents',
  '/api/containments',
  '/api/me',
  '/api/openapi.json',
  '/api/providers',
]

describe('a token for one source', () => {
  it('has a test of each list that it may ask for', () => {
    const lists = ROUTES.filter(
      ({ method, path, scoped }) => method === 'GET' && scoped === true && !path.includes('{'),
    )
    const tested = [...LISTS.map(([path]) => path.replace(/\?.*/, '')), ...TESTED_ELSEWHERE]
    expect(new Set(tested)).toEqual(new Set(lists.map(({ path }) => path)))
  })

  it('reads its refusals page by page, by cursors that do not tell how many others there are', async () => {
    await env.REFUSALS.getByName('refusals').report({
      latest: [refusal({ atMs: NOW, requestId: requestIdOf(7), source: 'own' })],
      counts: [],
    })
    const first = await operator.send('GET', '/api/refusals?limit=1')
    const cursor = String(first.json['next_cursor'])
    expect(cursor).toMatch(/^[\w-]{120,}$/)
    const second = await operator.send('GET', `/api/refusals?limit=1&cursor=${cursor}`)
    expect(listOf(second.json, 'refusals')).toMatchObject([{ source: 'own', request_id: requestIdOf(0) }])
    const guessed = await operator.send('GET', '/api/refusals?limit=1&cursor=9.0')
    expect(guessed).toMatchObject({ status: 400, json: { code: 'parameter_invalid' } })
  })

  it.each(LISTS)('finds its own in %s (%s), and no other', async (path, name) => {
    const rows = listOf((await operator.send('GET', path)).json, name)
    expect(rows).not.toEqual([])
    expect(rows.filter((row) => 'source' in row && row['source'] !== 'own')).toEqual([])
    expect(JSON.stringify(rows)).not.toContain('foreign')
  })

  it('finds a refusal of its source by request id, and none of another source or without a source', async () => {
    const [ofOwn, ofForeign, ofNone] = await Promise.all(
      [0, 1, 2].map((i) => operator.send('GET', `/api/refusals/${requestIdOf(i)}`)),
    )
    expect(ofOwn).toMatchObject({ status: 200, json: { source: 'own' } })
    expect(ofForeign).toMatchObject({ status: 404, json: { code: 'refusal_unknown' } })
    expect(ofNone).toMatchObject({ status: 404, json: { code: 'refusal_unknown' } })
  })

  it.each([
    ['/api/events?', 'events'],
    ['/api/events?message_id=m-1&', 'events'],
    ['/api/events?recipient=ada%40example.com&', 'events'],
    ['/api/quarantine?', 'quarantine'],
    ['/api/refusals?', 'refusals'],
    ['/api/counters?', 'events'],
    ['/api/deliverability?since=2026-06-01T00:00:00Z&until=2026-07-01T00:00:00Z&', 'values'],
    ['/api/messages?message_id=m-1&', 'states'],
  ])('has the same answer from %s (%s) for another source as for none', async (path, name) => {
    const [ofForeign, ofUnknown] = await Promise.all(
      ['foreign', 'unknown'].map((source) => operator.send('GET', `${path}source=${source}`)),
    )
    expect(ofForeign?.status).toBe(200)
    expect(listOf(ofForeign?.json ?? {}, name)).toEqual([])
    expect(ofForeign).toEqual(ofUnknown)
    const all = await here.api('GET', `${path}source=foreign`)
    expect(listOf(all.json, name)).not.toEqual([])
  })

  it('lists only its own source', async () => {
    for (const name of SOURCES) {
      const document = { provider: 'generic', secrets: { hmac: 'secret-of-the-scope-test' } }
      await here.api('PUT', `/api/sources/${name}`, document)
    }
    const { json } = await operator.send('GET', '/api/sources')
    expect(listOf(json, 'sources').map(({ name }) => name)).toEqual(['own'])
  })

  it.each<[string, (kept: Kept) => string, (kept: Kept) => string]>([
    ['GET', ({ eventId }) => `/api/events/${eventId}`, () => '/api/events/unknown'],
    ['GET', ({ quarantineId }) => `/api/quarantine/${quarantineId}`, () => '/api/quarantine/unknown'],
    [
      'POST',
      ({ quarantineId }) => `/api/quarantine/${quarantineId}/replay`,
      () => '/api/quarantine/unknown/replay',
    ],
    ['DELETE', ({ quarantineId }) => `/api/quarantine/${quarantineId}`, () => '/api/quarantine/unknown'],
    ['DELETE', ({ letterId }) => `/api/dead-letters/${letterId}`, () => '/api/dead-letters/unknown'],
  ])('takes another’s for none: %s', async (method, path, unknown) => {
    const asked = async (at: string) => {
      const { status, json } = await operator.send(method, at)
      return { status, code: json['code'], detail: json['detail'] }
    }
    expect(await asked(path(foreign))).toMatchObject({ status: 404 })
    expect(await asked(path(foreign))).toEqual(await asked(unknown(foreign)))
    expect((await operator.send(method, path(own))).status).not.toBe(404)
    expect(listOf((await here.api('GET', '/api/quarantine?source=foreign')).json, 'quarantine')).toHaveLength(
      1,
    )
    const left = listOf((await here.api('GET', '/api/dead-letters')).json, 'dead_letters')
    expect(left.map(({ id }) => id)).toContain(foreign.letterId)
  })

  it('redrives only the dead letters of its source', async () => {
    const named = await operator.send('POST', '/api/dead-letters/redrive', { ids: [foreign.letterId] })
    expect(named.json['failed']).toEqual([{ id: foreign.letterId, problem: 'dead_letter_unknown' }])
    const all = await operator.send('POST', '/api/dead-letters/redrive', { all: true })
    expect(all.json).toMatchObject({ redriven: [own.letterId], failed: [], more: false })
    expect(here.queue.envelopes.map(({ source }) => source)).toEqual(['own'])
  })

  it.each(['', 'foreign'])(
    'counts and reads again only the quarantine of its source (asked: %j)',
    async (source) => {
      const body = { all: true, ...(source === '' ? {} : { source }) }
      const count = source === '' ? 1 : 0
      const plan = await operator.send('POST', '/api/quarantine/replay', { ...body, plan: true })
      expect(plan.json).toMatchObject({ matching: count })
      const { json } = await operator.send('POST', '/api/quarantine/replay', body)
      expect(listOf(json, 'failed').map(({ id }) => id)).toEqual(count === 0 ? [] : [own.quarantineId])
      const letters = await operator.send('POST', '/api/dead-letters/redrive', { ...body, plan: true })
      expect(letters.json).toMatchObject({ matching: count })
    },
  )
})

describe('a viewer', () => {
  it('sees events without recipients', async () => {
    await addSuppression(store, 'ada@example.com', 'Called us: ada@example.com.', NOW)
    const paths = [
      '/api/events',
      '/api/messages?source=own&message_id=m-1',
      '/api/quarantine',
      '/api/dead-letters',
      '/api/refusals',
      '/api/counters',
      '/api/sources',
    ]
    for (const path of paths) {
      const { status, json } = await viewer.send('GET', path)
      expect(status).toBe(200)
      expect(JSON.stringify(json)).not.toContain('ada@')
    }
    const { json } = await viewer.send('GET', '/api/events?source=own')
    const id = await idsFor('viewers').of(own.event.id)
    expect(listOf(json, 'events')).toMatchObject([
      { id, type: 'email.bounced', recipient: null, reason: null, bounce_type: 'hard' },
    ])
    expect((await here.api('GET', '/api/events?source=own')).json['events']).toMatchObject([
      { recipient: 'ada@example.com', reason: 'no such mailbox ada@example.com' },
    ])
  })

  it('can check whether an address is suppressed, without its evidence and note', async () => {
    await addSuppression(store, 'ada@example.com', 'Called us.', NOW)
    const { status, json } = await viewer.send('GET', '/api/suppressions/ada%40example.com')
    expect(status).toBe(200)
    const reasons = listOf(json, 'reasons')
    expect(new Set(reasons.map(({ reason }) => reason))).toEqual(new Set(['hard_bounce', 'manual']))
    expect(JSON.stringify(reasons)).not.toMatch(/ada@|Called/)
    expect(reasons.map(({ event_id }) => event_id)).toEqual([null, null])
    const absent = await viewer.send('GET', '/api/suppressions/nobody%40example.com')
    expect([json, absent.json].map(({ history }) => history)).toEqual([null, null])
  })

  it.each([
    '/api/events?recipient=ada%40example.com',
    '/api/suppressions',
    '/api/quarantine/x',
    '/api/tokens',
    '/api/audit',
  ])('may not ask %s', async (path) => {
    expect(await viewer.send('GET', path)).toMatchObject({ status: 403, json: { code: 'role_too_low' } })
  })
})
