/** The search: where each name leads, and to whom. */
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import type { RefusalRecord } from '../../../src/refusals/refusal.ts'
import { listEvents } from '../../../src/store/events.ts'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { NOON_MS, mailEvent } from '../../support/mail-events.ts'
import { incident, incidentObjects } from '../../support/incidents.ts'
import { emptyStore } from '../../support/store.ts'
import { ensureSources } from '../credentials.ts'
import { newConsole, store } from '../support.ts'
import { decision } from '../../support/decision.ts'
import { type Group, hitsIn } from '../../../src/console/pages/findable.ts'
import { logIn, textOf } from './visitor.ts'

const forged = incident({ number: 7, source: 'shop', headline: '20 forged signatures' })
const here = newConsole({
  INCIDENTS: incidentObjects({
    list: async ({ sources }) => (sources === null || sources.includes('shop') ? [forged] : []),
  }),
})
const SECRET = `whsec_${btoa('a'.repeat(32))}`
const REFUSED: RefusalRecord = {
  requestId: 'req_refused0000000000000000',
  atMs: here.clock.nowMs,
  source: 'shop',
  provider: 'generic',
  code: 'signature_mismatch',
  status: 401,
  detail: {},
  decision: decision(),
  network: '198.19.7.0/24',
}
type Someone = Awaited<ReturnType<typeof logIn>>
let operator: Someone
let viewer: Someone
let limited: Someone
let stranger: Someone
let eventId: string
let eventIds: Record<string, string>

beforeAll(async () => {
  const deps = consumerDeps(await emptyStore())
  const sent = { type: 'email.sent', atMs: NOON_MS } as const
  for (const source of ['shop', 'news'])
    await consumeEvents(deps, [
      await mailEvent({
        ...sent,
        source,
        message_id: `id-of-${source}@mail.example`,
        campaign_id: `spring sale/${source}`,
      }),
    ])
  const { events } = await listEvents(store, { limit: 2 }, here.clock.nowMs)
  eventIds = Object.fromEntries(events.map(({ id, source }) => [source, id]))
  eventId = events[0]?.id ?? ''
  await ensureSources(here, ['shop', 'news', 'other'])
  for (const [path, document] of [
    ['sources/demo-mailgun', { provider: 'mailgun', secrets: { signing_key: 'a'.repeat(32) } }],
    ['destinations/demo-app', { url: 'https://app.example.com/', secrets: { signing_secret: SECRET } }],
    ['destinations/app-two', { url: 'https://two.example.com/', secrets: { signing_secret: SECRET } }],
    [
      'channels/ops',
      { kind: 'webhook', url: 'https://ops.example.com/', secrets: { signing_secret: SECRET } },
    ],
  ] as const)
    expect({ path, ...(await here.api('PUT', `/api/${path}`, document)) }).toMatchObject({
      path,
      status: 201,
      json: {},
    })
  await env.REFUSALS.getByName('refusals').report({ counts: [], latest: [REFUSED] })
  stranger = await logIn(here, 'viewer', ['other'])
  operator = await logIn(here, 'operator')
  viewer = await logIn(here, 'viewer')
  limited = await logIn(here, 'operator', ['news'])
})

const search = async ({ someone, form_token }: Someone, q: string) =>
  someone.post('/search', { form_token, q })

const target = async (who: Someone, q: string) => (await search(who, q)).headers.get('location')

/** Texts that found nothing in 0.3: each with where it leads now, or with what is offered. */
const BEGINNINGS: readonly (readonly [q: string, found: string | readonly string[]])[] = [
  ['sho', '/sources/shop'],
  ['SHOP', '/sources/shop'],
  ['demo', ['demo-mailgun', 'demo-app']],
  ['mailgun', '/sources/demo-mailgun'],
  ['app', ['demo-app', 'app-two']],
  ['demo-app', '/destinations/demo-app'],
  ['two', '/destinations/app-two'],
  ['ops', '/channels/ops'],
  ['webhook', '/channels/ops'],
  ['incident', ['Incident 7', 'Incidents']],
  ['incident 7', '/incidents/7'],
  ['forged', '/incidents/7'],
  ['deliv', '/deliverability'],
  ['suppr', ['Suppressions', 'Suppress an address']],
  ['destinations', '/destinations'],
  ['add', ['Add a source', 'Add a destination']],
  ['add a dest', '/destinations/new'],
  ['erase', '/erasures/new'],
  ['import', '/suppressions/import'],
  ['time zone', '/look'],
  ['access', '/access'],
  ['retention', '/system#retention'],
  ['dri', '/system#drills'],
  ['id-of-s', '/d/EVENT'],
  ['id-of-', ['id-of-shop@mail.example', 'id-of-news@mail.example']],
  ['req_refused', '/d/req_refused0000000000000000'],
  ['198.19.7.0/24', '/activity?show=refused&network=198.19.7.0%2F24'],
  ['198.19.7', '/activity?show=refused&network=198.19.7.0%2F24'],
]

describe('the search by a beginning', () => {
  it.each(BEGINNINGS)('%s', async (q, found) => {
    const answer = await search(operator, q)
    if (typeof found === 'string')
      expect(answer.headers.get('location')).toBe(found.replace('EVENT', eventIds['shop'] ?? ''))
    else {
      expect(answer.status).toBe(200)
      const text = textOf(await answer.text())
      for (const name of found) expect(text).toContain(` ${name} `)
    }
  })

  it.each([12, 20])('finds events by the first %i characters of their ids', async (length) => {
    const answer = await search(operator, eventId.slice(0, length))
    const said = answer.headers.get('location') ?? (await answer.text())
    expect(said).toContain(`/d/${eventId}`)
  })

  it.each(['demo', 'add a source', 'ops', '198.19.7.0/24', 'req_refused', 'id-of-shop', 'forged'])(
    '%s shows a viewer of another source nothing',
    async (q) => expect((await search(stranger, q)).status).toBe(404),
  )
})

describe('the palette', () => {
  const palette = async ({ someone }: Someone) => someone.text('/palette.json')

  it('has what has a name, by role and scope', async () => {
    const all = JSON.parse(await palette(operator)) as Group[]
    expect(hitsIn(all, 'demo').map(({ href }) => href)).toEqual([
      '/sources/demo-mailgun',
      '/destinations/demo-app',
      '/sources/demo-mailgun/settings#secrets',
      '/destinations/demo-app/test',
    ])
    expect(hitsIn(all, 'log out')[0]?.href).toBe('/logout')
    // On the page of the system, only admins have this card.
    const backups = async (who: Someone) => hitsIn(JSON.parse(await palette(who)) as Group[], 'backups')
    expect(await backups(operator)).toEqual([])
    expect((await backups(await logIn(here, 'admin')))[0]?.href).toBe('/system#backups')
    const own = JSON.parse(await palette(stranger)) as Group[]
    expect(own.flatMap(({ kind, rows }) => (kind === 'Page' ? [] : rows.map(([name]) => name)))).toEqual([
      'other',
      'Change look, theme and time zone',
      'Log out',
    ])
  })

  it('is small, and in no cache', async () => {
    const answer = await operator.someone.get('/palette.json')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect((await answer.text()).length).toBeLessThan(10_240)
  })
})

describe('the search leads', () => {
  it.each([
    ['Incident 42', '/incidents/42'],
    ['#42', '/incidents/42'],
    ['req_00000000000000000000000a', '/d/req_00000000000000000000000a'],
    ['shop', '/sources/shop'],
    ['id-of-shop@mail.example', '/d/shop/id-of-shop%40mail.example'],
    ['<id-of-shop@mail.example>', '/d/shop/%3Cid-of-shop%40mail.example%3E'],
    ['spring sale/shop', '/activity?campaign=spring+sale%2Fshop'],
  ])('from %s to its page', async (q, location) => {
    expect(await target(operator, ` ${q} `)).toBe(location)
    expect((await operator.someone.get(location)).status).not.toBe(500)
  })

  it('from an event’s id to the event, and from a message to its events', async () => {
    expect(await target(operator, eventId)).toBe(`/d/${eventId}`)
    for (const id of ['id-of-shop@mail.example', '<id-of-shop@mail.example>'])
      expect((await operator.someone.get((await target(operator, id)) ?? '')).headers.get('location')).toBe(
        `/d/${eventId}`,
      )
  })

  it('from an address to a person, without the address in the URL', async () => {
    expect(await target(operator, 'Ada@Example.com')).toMatch(/^\/people\/[0-9a-f]{32}$/)
  })
})

it('says to a viewer who follows the link of an operator that she sees other ids', async () => {
  const unknown = `/d/${'0'.repeat(44)}`
  expect(await viewer.someone.text(`/d/${eventId}`)).toContain('you see events under ids of their own')
  expect(await operator.someone.text(unknown)).not.toContain('ids of their own')
})

describe('the search finds nothing', () => {
  it('of whom a viewer or a limited token may not see, and puts no address into a URL', async () => {
    for (const who of [viewer, limited]) {
      const response = await search(who, 'ada@example.com')
      expect(response.status).toBe(404)
      expect(await response.text()).toContain('takes the role operator')
    }
  })

  it.each(['shop', 'id-of-shop@mail.example', 'spring sale/shop'])(
    'of other sources: %s as if it were not there',
    async (q) => {
      const [response, unknown] = await Promise.all([search(limited, q), search(limited, `${q}x`)])
      expect([response.status, unknown.status]).toEqual([404, 404])
      const own = q.replace('shop', 'news')
      expect(await target(limited, own)).not.toBeNull()
    },
  )

  it('and shows the words as text', async () => {
    const response = await search(operator, '<script>\u202E')
    expect([response.status, await response.text()]).toEqual([
      404,
      expect.stringMatching(/&lt;script&gt;.*U\+202E/s),
    ])
  })
})
