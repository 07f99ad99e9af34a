import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { holder } from '../credentials.ts'
import { EXAMPLE, drifted, incident, incidentObjects, incidentsKept } from '../../support/incidents.ts'
import { type TestConsole, migrate, newConsole } from '../support.ts'

beforeAll(migrate)

const ALL = [
  incident({ number: 4, source: null, sources: ['news', 'shop'] }),
  incident({ number: 3, source: null, sources: [] }),
  incident({ number: 2, source: 'news', sources: ['news'] }),
  incident({ number: 1 }),
]

const numbers = (json: Record<string, unknown>): unknown =>
  (json['incidents'] as { number: number }[]).map(({ number }) => number)

describe('the list', () => {
  it.each([
    ['', [4, 3, 2, 1], null],
    ['?limit=2', [4, 3], '3'],
    ['?limit=2&cursor=2', [1], null],
    ['?source=news', [4, 2], null],
  ])('%s is %j', async (query, expected, cursor) => {
    const { status, json } = await newConsole({ INCIDENTS: incidentsKept(ALL) }).api(
      'GET',
      `/api/incidents${query}`,
    )
    expect(status).toBe(200)
    expect(numbers(json)).toEqual(expected)
    expect(json['next_cursor']).toBe(cursor)
  })

  it.each(['?state=eaten', '?severity=awful', '?cursor=next', '?since=yesterday'])(
    'refuses %s',
    async (query) => {
      expect((await newConsole().api('GET', `/api/incidents${query}`)).status).toBe(400)
    },
  )
})

it('shows one with its findings and its timeline', async () => {
  const { json } = await newConsole({ INCIDENTS: incidentsKept(ALL) }).api('GET', '/api/incidents/1')
  expect(json).toMatchObject({
    number: 1,
    state: 'open',
    since: '2026-06-02T10:00:00.000Z',
    findings: [{ kind: 'brute_force', features: [{ name: 'failed_proofs', observed: 20, expected: 0 }] }],
    timeline: [{ kind: 'found', who: null }],
  })
})

it('shows the example of a payload, or null', async () => {
  const { api } = newConsole({ INCIDENTS: incidentsKept([drifted({ number: 7 }), ...ALL]) })
  expect((await api('GET', '/api/incidents/7')).json).toMatchObject({ findings: [{ example: EXAMPLE }] })
  expect((await api('GET', '/api/incidents/1')).json).toMatchObject({ findings: [{ example: null }] })
})

describe('the report', () => {
  const here = () => newConsole({ INCIDENTS: incidentsKept(ALL) })

  it.each(['', '?format=markdown'])('is Markdown with %j', async (query) => {
    const response = await here().fetch(`/api/incidents/2/report${query}`, {
      headers: { authorization: `Bearer ${env.ADMIN_TOKEN}` },
    })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/markdown; charset=utf-8')
    expect(await response.text()).toMatch(/^# Incident 2: Wrong secrets from one network at news\n\n/)
  })

  it('is the incident itself with ?format=json', async () => {
    const { api } = here()
    const report = await api('GET', '/api/incidents/2/report?format=json')
    expect(report.json).toEqual((await api('GET', '/api/incidents/2')).json)
  })

  it.each([
    ['/api/incidents/9/report', 404],
    ['/api/incidents/1/report?format=pdf', 400],
  ])('%s is refused with %i', async (path, status) => {
    expect((await here().api('GET', path)).status).toBe(status)
  })
})

describe('an act', () => {
  it.each([
    ['acknowledge', {}, 200, { act: 'acknowledge', assignee: null }, 'incident.acknowledged'],
    [
      'acknowledge',
      { assignee: 'ada' },
      200,
      { act: 'acknowledge', assignee: 'ada' },
      'incident.acknowledged',
    ],
    ['assign', { assignee: null }, 200, { act: 'assign', assignee: null }, 'incident.assigned'],
    ['notes', { text: 'looked' }, 200, { act: 'note', text: 'looked' }, 'incident.noted'],
    ['resolve', {}, 200, { act: 'resolve', note: null }, 'incident.resolved'],
    [
      'review',
      { cause: 'a', lessons: 'b' },
      409,
      { act: 'review', cause: 'a', lessons: 'b' },
      'incident.reviewed',
    ],
  ])('%s %j answers %i', async (verb, body, status, asked, audited) => {
    const objects = incidentsKept(ALL)
    const here = newConsole({ INCIDENTS: objects })
    expect((await here.api('POST', `/api/incidents/1/${verb}`, body)).status).toBe(status)
    expect(objects.acts).toEqual([asked])
    const { json } = await here.api('GET', '/api/audit?limit=1')
    expect(json).toMatchObject({ entries: [{ action: audited, target: 'incident/1' }] })
  })

  it.each([
    ['/api/incidents/9/acknowledge', {}, 404],
    ['/api/incidents/one/acknowledge', {}, 404],
    ['/api/incidents/1/notes', { text: ' ' }, 422],
    ['/api/incidents/1/notes', { text: 'all is well\u202E.' }, 422],
    ['/api/incidents/1/resolve', { note: '\u001B[2J' }, 422],
    ['/api/incidents/1/review', { cause: 'x', lessons: '\u2066x' }, 422],
    ['/api/incidents/1/assign', { assignee: 'ada\u0000' }, 422],
    ['/api/incidents/1/assign', {}, 422],
  ])('%s %j is refused with %i', async (path, body, status) => {
    const objects = incidentsKept(ALL)
    expect((await newConsole({ INCIDENTS: objects }).api('POST', path, body)).status).toBe(status)
    expect(objects.acts).toEqual([])
  })
})

it('shows a token for both sources of an incident the incident', async () => {
  const here = newConsole({ INCIDENTS: incidentsKept(ALL) })
  const { send } = await holder(here, 'operator', ['news', 'shop'])
  expect(numbers((await send('GET', '/api/incidents')).json)).toEqual([4, 2, 1])
  expect((await send('GET', '/api/incidents/4')).json).toMatchObject({
    source: null,
    sources: ['news', 'shop'],
  })
})

it('shows a token for one source only its incidents', async () => {
  const here = newConsole({ INCIDENTS: incidentsKept(ALL) })
  const { send } = await holder(here, 'operator', ['news'])
  expect(numbers((await send('GET', '/api/incidents')).json)).toEqual([2])
  expect((await send('GET', '/api/incidents/1')).status).toBe(404)
  expect((await send('GET', '/api/incidents/1/report')).status).toBe(404)
  expect((await send('GET', '/api/incidents/3')).status).toBe(404)
  expect((await send('GET', '/api/incidents/4')).status).toBe(404)
  expect((await send('POST', '/api/incidents/1/acknowledge', {})).status).toBe(404)
  expect((await send('POST', '/api/incidents/2/acknowledge', {})).status).toBe(200)
})

it('lets a token for one source of several add notes, and no more', async () => {
  const objects = incidentsKept([incident({ number: 2, source: 'news', sources: ['news'], isPartial: true })])
  const { send } = await holder(newConsole({ INCIDENTS: objects }), 'operator', ['news'])
  expect((await send('GET', '/api/incidents/2')).json).toMatchObject({ partial: true })
  expect((await send('POST', '/api/incidents/2/notes', { text: 'Seen.' })).status).toBe(200)
  for (const [verb, body] of [
    ['acknowledge', {}],
    ['assign', { assignee: 'ada' }],
    ['resolve', {}],
    ['review', { cause: 'c', lessons: 'l' }],
  ] as const) {
    const { status, json } = await send('POST', `/api/incidents/2/${verb}`, body)
    expect([verb, status, json['code']]).toEqual([verb, 403, 'scope_too_narrow'])
  }
})

const gone = (): Promise<never> => Promise.reject(new Error('the object is down'))

describe('the watch is woken', () => {
  const DOCUMENT = { provider: 'generic', secrets: { hmac: 'a-shared-secret-of-the-tests' } }
  const APPLIED = { sources: { woken: DOCUMENT } }

  it.each<[string, (here: TestConsole) => Promise<unknown>, readonly string[]]>([
    ['if a source is put', ({ api }) => api('PUT', '/api/sources/woken', DOCUMENT), ['wake']],
    ['not if a source is refused', ({ api }) => api('PUT', '/api/sources/woken', {}), []],
    ['if a configuration is applied', ({ api }) => api('POST', '/api/configuration', APPLIED), ['wake']],
    ['not by a plan', ({ api }) => api('POST', '/api/configuration', { ...APPLIED, dry_run: true }), []],
    ['each night', ({ scheduled }) => scheduled(), ['wake']],
  ])('%s', async (_when, work, expected) => {
    const INCIDENTS = incidentObjects()
    await work(newConsole({ INCIDENTS }))
    expect(INCIDENTS.calls.filter((call) => call === 'wake')).toEqual(expected)
  })

  it('and a source is put all the same if its object does not answer', async () => {
    const here = newConsole({ INCIDENTS: incidentObjects({ wake: gone }) })
    expect((await here.api('PUT', '/api/sources/woken', DOCUMENT)).status).toBeLessThan(300)
    await expect(here.scheduled()).rejects.toThrow('jobs failed: wake_watch')
  })
})

describe('while the object that keeps incidents does not answer', () => {
  it.each([
    ['GET', '/api/incidents', undefined],
    ['GET', '/api/incidents/1', undefined],
    ['GET', '/api/incidents/1/report', undefined],
    ['POST', '/api/incidents/1/acknowledge', {}],
    ['POST', '/api/incidents/1/assign', { assignee: 'ada' }],
    ['POST', '/api/incidents/1/notes', { text: 'looked' }],
    ['POST', '/api/incidents/1/resolve', {}],
    ['POST', '/api/incidents/1/review', { cause: 'a', lessons: 'b' }],
  ])('%s %s says so', async (method, path, body) => {
    const here = newConsole({ INCIDENTS: incidentObjects({ list: gone, incident: gone }) })
    expect((await here.api(method, path, body)).json).toMatchObject({ status: 503, code: 'not_set_up' })
    expect(here.logged).toContainEqual(
      expect.objectContaining({ event: 'dependency_unavailable', message: 'incidents' }),
    )
  })

  it('says so if it is lost between reading and acting', async () => {
    const here = newConsole({ INCIDENTS: incidentObjects({ incident: async () => incident(), act: gone }) })
    const { json } = await here.api('POST', '/api/incidents/17/acknowledge', {})
    expect(json).toMatchObject({ status: 503, code: 'not_set_up' })
  })
})
