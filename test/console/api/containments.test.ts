import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ContainRefused } from '../../../src/registry/containment/containment.ts'
import type { ContainRequest } from '../../../src/watch/incidents/incident.ts'
import { containment, incident, incidentObjects } from '../../support/incidents.ts'
import { WHO } from '../../support/who.ts'
import { type Holder, holder } from '../credentials.ts'
import { migrate, newConsole } from '../support.ts'

const SECRETS = { hmac: 'at least 16 characters that nobody guesses' }
const NETWORK = '203.0.113.0/24'
const BLOCK = { action: 'block', network: NETWORK, seconds: 600 }
const ALL = [
  incident({ number: 3, source: null, sources: [] }),
  incident({ number: 2, source: null, sources: ['shop', 'news'] }),
  incident({ number: 1 }),
]

const registry = () => env.REGISTRY.getByName('registry')

/** An object of incidents that contains without asking whether it may. `test/watch/containment/` has the real one. */
function here(refusal?: ContainRefused) {
  const asked: [source: string, request: ContainRequest, incident: number | null, actor: string][] = []
  const objects = incidentObjects({
    async incident(number, sources) {
      const found = ALL.find((one) => one.number === number)
      const own = found?.sources.filter((name) => sources?.includes(name) ?? true) ?? []
      return found === undefined || (own.length === 0 && sources !== null) ? null : { ...found, sources: own }
    },
    list: async ({ source }) => ALL.filter(({ sources }) => source !== null && sources.includes(source)),
    async contain(source, request, number, who) {
      asked.push([source, request, number, who.actor])
      if (refusal !== undefined) return refusal
      if (request.action === 'rotate') return { ok: false, code: 'value_needed' }
      const { seconds, ...measure } = request
      return registry().containments.begin(source, measure, seconds, number, who)
    },
    lift: async (id, who) => registry().containments.lift(id, who),
  })
  return { asked, console: newConsole({ INCIDENTS: objects }) }
}

beforeAll(async () => {
  await migrate()
  for (const name of ['shop', 'news']) {
    const put = await here().console.api('PUT', `/api/sources/${name}`, {
      provider: 'generic',
      secrets: SECRETS,
    })
    expect(put.status).toBe(201)
  }
})

describe('a request to contain', () => {
  it.each([
    ['/api/sources/shop/contain', BLOCK, ['shop', BLOCK, null, 'admin']],
    [
      '/api/sources/shop/contain',
      { action: 'pause' },
      ['shop', { action: 'pause', seconds: 3_600 }, null, 'admin'],
    ],
    ['/api/incidents/1/contain', BLOCK, ['shop', BLOCK, 1, 'admin']],
    ['/api/incidents/1/contain', { ...BLOCK, source: 'shop' }, ['shop', BLOCK, 1, 'admin']],
    [
      '/api/incidents/2/contain',
      { action: 'raise_level', level: 'maximum', source: 'news' },
      ['news', { action: 'raise_level', level: 'maximum', seconds: 3_600 }, 2, 'admin'],
    ],
  ])('to %s with %j begins it', async (path, body, expected) => {
    const { asked, console } = here()
    const { status, json } = await console.api('POST', path, body)
    expect([status, asked]).toEqual([200, [expected]])
    expect(json).toMatchObject({ source: expected[0], incident: expected[2], by: 'admin', lifted_at: null })
  })

  it.each([
    ['/api/sources/nobody/contain', BLOCK, 404, 'source_unknown', 1],
    ['/api/incidents/9/contain', BLOCK, 404, 'incident_unknown', 0],
    ['/api/incidents/2/contain', BLOCK, 422, 'body_invalid', 0],
    ['/api/incidents/1/contain', { ...BLOCK, source: 'news' }, 422, 'body_invalid', 0],
    ['/api/incidents/3/contain', BLOCK, 422, 'body_invalid', 0],
    ['/api/sources/shop/contain', { action: 'block' }, 422, 'body_invalid', 0],
    ['/api/sources/shop/contain', { ...BLOCK, seconds: 59 }, 422, 'body_invalid', 0],
    ['/api/sources/shop/contain', { ...BLOCK, seconds: 86_401 }, 422, 'body_invalid', 0],
    ['/api/sources/shop/contain', { ...BLOCK, level: 'maximum' }, 422, 'body_invalid', 0],
    ['/api/sources/shop/contain', { action: 'raise_level', level: 'standard' }, 422, 'body_invalid', 0],
    ['/api/sources/shop/contain', { ...BLOCK, network: '203.0.0.0/8' }, 422, 'document_invalid', 1],
    ['/api/sources/shop/contain', { action: 'rotate', slot: 'hmac' }, 400, 'reason_needed', 0],
  ])('to %s with %j answers %i %s', async (path, body, status, code, calls) => {
    const { asked, console } = here()
    expect(await console.api('POST', path, body)).toMatchObject({ status, json: { code } })
    expect(asked).toHaveLength(calls)
  })

  it.each<[ContainRefused, number]>([
    [{ ok: false, code: 'network_verified', network: NETWORK, isCertain: true }, 409],
    [{ ok: false, code: 'network_verified', network: NETWORK, isCertain: false }, 409],
    [{ ok: false, code: 'network_published', network: NETWORK }, 409],
    [{ ok: false, code: 'too_many_containments' }, 409],
    [{ ok: false, code: 'secret_unknown' }, 404],
    [{ ok: false, code: 'value_needed' }, 409],
  ])('that is refused with %j says so', async (refusal, status) => {
    const { console } = here(refusal)
    expect(await console.api('POST', '/api/sources/shop/contain', BLOCK)).toMatchObject({
      status,
      json: { code: refusal.code },
    })
  })
})

describe('an operator of one source', () => {
  const blockBy = async (network: string, refusal?: ContainRefused, path = '/api/sources/shop/contain') => {
    const { asked, console } = here(refusal)
    const { send } = await holder(console, 'operator', ['shop'])
    const { status, json } = await send('POST', path, { ...BLOCK, network })
    return { asked: asked.length, status, json }
  }

  it.each([
    ['the network of an incident', NETWORK, '/api/sources/shop/contain'],
    ['an address in it', '203.0.113.7', '/api/sources/shop/contain'],
    ['it, for the incident', NETWORK, '/api/incidents/1/contain'],
  ])('blocks %s', async (_what, network, path) => {
    expect(await blockBy(network, undefined, path)).toMatchObject({ status: 200, asked: 1 })
  })

  it('gets one answer for all other networks, whatever is known of them', async () => {
    const verified = { ok: false, code: 'network_verified', network: NETWORK } as const
    const answers = [
      await blockBy('198.51.100.0/24'),
      await blockBy('203.0.112.0/23'),
      await blockBy('no network'),
      await blockBy('198.51.100.0/24', undefined, '/api/incidents/1/contain'),
      await blockBy(NETWORK, { ...verified, isCertain: true }),
      await blockBy(NETWORK, { ...verified, isCertain: false }),
      await blockBy(NETWORK, { ok: false, code: 'network_published', network: NETWORK }),
    ]
    expect(answers.map(({ asked }) => asked)).toEqual([0, 0, 0, 0, 1, 1, 1])
    for (const { status, json } of answers) expect([status, json['code']]).toEqual([409, 'network_refused'])
    expect(new Set(answers.map(({ json }) => json['detail'])).size).toBe(1)
  })
})

describe('containments', () => {
  it('are listed by page and source, lifted once, and seen only with their source', async () => {
    const { console } = here()
    const begun = []
    for (const [source, network] of [
      ['shop', '198.51.100.0/24'],
      ['news', '198.51.101.0/24'],
    ] as const) {
      const made = await registry().containments.begin(source, { action: 'block', network }, 600, null, WHO)
      begun.push(made.ok ? made.containment.id : '')
    }
    const [own = '', foreign = ''] = begun
    const listed = async (query: string, send: Holder['send'] = console.api) => {
      const { json } = await send('GET', `/api/containments${query}`)
      const rows = json['containments'] as { id: string; source: string }[]
      return { rows, cursor: json['next_cursor'] as string | null }
    }
    const all = (await listed('')).rows.map(({ id }) => id)
    expect(all).toEqual(expect.arrayContaining(begun))
    const first = await listed('?limit=1')
    expect((await listed(`?limit=500&cursor=${first.cursor}`)).rows.map(({ id }) => id)).toEqual(all.slice(1))
    expect((await listed(`?cursor=${crypto.randomUUID()}`)).rows).toEqual([])
    expect(new Set((await listed('?source=news')).rows.map(({ source }) => source))).toEqual(
      new Set(['news']),
    )

    const { send } = await holder(console, 'operator', ['shop'])
    expect(new Set((await listed('', send)).rows.map(({ source }) => source))).toEqual(new Set(['shop']))
    expect((await send('DELETE', `/api/containments/${foreign}`)).status).toBe(404)
    expect((await send('POST', '/api/sources/news/contain', BLOCK)).status).toBe(404)
    expect((await send('POST', '/api/incidents/2/contain', { ...BLOCK, source: 'news' })).status).toBe(422)
    expect((await send('POST', '/api/incidents/2/contain', { ...BLOCK, source: 'shop' })).status).toBe(200)
    expect((await send('POST', '/api/incidents/3/contain', { ...BLOCK, source: 'shop' })).status).toBe(404)
    expect((await registry().snapshots.source('news'))?.containment).not.toBeUndefined()

    const viewer = await holder(console, 'viewer')
    expect((await viewer.send('DELETE', `/api/containments/${own}`)).status).toBe(403)
    const lifted = await send('DELETE', `/api/containments/${own}`)
    expect(lifted).toMatchObject({ status: 200, json: { id: own, source: 'shop', action: 'block' } })
    expect(lifted.json['lifted_at']).not.toBeNull()
    expect((await send('DELETE', `/api/containments/${own}`)).json).toMatchObject({
      code: 'containment_unknown',
    })
  })
})

it('an incident says what to do, and what was done', async () => {
  const request = { action: 'block', network: NETWORK, seconds: 3_600 } as const
  const command = `postern incidents contain 1 --block ${NETWORK} --for 3600`
  const shown = incident({
    actions: [
      { label: 'Block', source: 'shop', contain: request, command },
      { label: 'Resolve', source: null, contain: null, command: null },
    ],
    containments: [
      containment({ measure: { action: 'rotate', slot: 'basic' }, startedAtMs: 1, endsAtMs: 1 }),
    ],
  })
  const { api } = newConsole({ INCIDENTS: incidentObjects({ incident: async () => shown }) })
  expect((await api('GET', '/api/incidents/17')).json).toMatchObject({
    actions: [
      { label: 'Block', contain: request, command },
      { label: 'Resolve', contain: null, command: null },
    ],
    containments: [{ id: 'c-1', action: 'rotate', slot: 'basic', network: null, by: 'policy' }],
  })
  const several = { ...shown, source: null, sources: ['news', 'shop'] }
  const other = newConsole({ INCIDENTS: incidentObjects({ incident: async () => several }) })
  expect((await other.api('GET', '/api/incidents/17')).json).toMatchObject({
    actions: [{ label: 'Block', contain: { ...request, source: 'shop' } }, { contain: null }],
  })
})
