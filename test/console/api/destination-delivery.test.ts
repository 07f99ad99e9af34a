import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ACTIVE, ATTEMPT, type Destinations, destinationObjects } from '../../support/destinations.ts'
import { idsFor } from '../../support/queue.ts'
import { holder } from '../credentials.ts'
import { type TestConsole, migrate, newConsole } from '../support.ts'

const WAITING = { tries: 1, first_failed_at: null, next_try_at: null, blocked: 0 }

const URL_TEXT = 'https://app.example.com/email-events'

let objects: Destinations
let here: TestConsole
let name = ''
beforeAll(migrate)

beforeEach(async () => {
  objects = destinationObjects()
  here = newConsole({ DESTINATIONS: objects })
  name = `delivery-${crypto.randomUUID()}`
  expect((await here.api('PUT', `/api/destinations/${name}`, { url: URL_TEXT })).status).toBe(201)
  objects.calls.length = 0
})

const call = (method: string, path: string, body?: unknown) =>
  here.api(method, `/api/destinations/${name}${path}`, body)

const SINCE = '2026-06-02T10:00:00Z'

describe('an action', () => {
  it.each([
    ['POST', '/test', {}, 200, 'test'],
    ['POST', '/replay', { since: SINCE }, 202, 'replay'],
    ['POST', '/replay', { since: SINCE, plan: true }, 200, 'replay'],
    ['POST', '/replay', { since: SINCE, filter: { types: ['email.bounced'] } }, 202, 'replay'],
    ['DELETE', '/replay', undefined, 200, 'cancelReplay'],
    ['GET', '/attempts', undefined, 200, 'attempts'],
    ['GET', '/attempts?event_id=evt-1&limit=5', undefined, 200, 'attempts'],
    ['GET', '/waiting', undefined, 200, 'waiting'],
    ['POST', '/waiting/retry', {}, 200, 'retryNow'],
    ['POST', '/waiting/retry', { ids: ['evt-1'] }, 200, 'retryNow'],
    ['POST', '/waiting/skip', { id: 'evt-1' }, 200, 'skip'],
    ['GET', '/given-up', undefined, 200, 'givenUp'],
    ['POST', '/given-up/redrive', { all: true }, 200, 'redrive'],
    ['POST', '/given-up/redrive', { ids: ['evt-1'], plan: true }, 200, 'redrive'],
    ['POST', '/given-up/redrive', { since: SINCE }, 200, 'redrive'],
  ])('%s %s %j answers %i and asks the object to %s', async (method, path, body, status, asked) => {
    expect((await call(method, path, body)).status).toBe(status)
    expect(objects.calls).toEqual([`${name} ${asked}`])
  })

  it.each([
    ['POST', '/replay', {}, 422],
    ['POST', '/replay', { since: 'yesterday' }, 422],
    ['POST', '/replay', { since: SINCE, filter: { types: ['email.eaten'] } }, 422],
    ['POST', '/replay', { since: SINCE, filter: { where: { smtp_code: { $is: 1 } } } }, 422],
    ['POST', '/waiting/skip', { id: 'another' }, 404],
    ['POST', '/given-up/redrive', {}, 422],
    ['POST', '/given-up/redrive', { all: false }, 422],
  ])('%s %s %j is refused with %i', async (method, path, body, status) => {
    expect((await call(method, path, body)).status).toBe(status)
  })

  it.each([
    ['POST', '/test'],
    ['POST', '/pause'],
    ['POST', '/resume'],
    ['GET', '/attempts'],
    ['GET', '/waiting'],
    ['GET', '/given-up'],
  ])('%s %s of an unknown destination is 404, and no object is asked', async (method, path) => {
    name = 'unknown'
    const { status, json } = await call(method, path, method === 'POST' ? {} : undefined)
    expect([status, json['code']]).toEqual([404, 'destination_unknown'])
    expect(objects.calls).toEqual([])
  })

  it('is refused while a replay runs', async () => {
    here = newConsole({ DESTINATIONS: destinationObjects({ replay: async () => null }) })
    const { status, json } = await call('POST', '/replay', { since: SINCE })
    expect([status, json['code']]).toEqual([409, 'replay_running'])
  })
})

describe('a pause', () => {
  it('changes the document, keeps the secret, and ends with a resume that the object hears of', async () => {
    const before = await call('GET', '')
    expect((await call('POST', '/pause', {})).json).toMatchObject({ paused: true })
    expect((await call('GET', '')).json).toMatchObject({ paused: true, url: URL_TEXT })
    expect((await call('POST', '/resume', {})).json).toMatchObject({ paused: false })
    const after = await call('GET', '')
    expect(after.json['secret_versions']).toEqual(before.json['secret_versions'])
    expect(objects.calls.filter((one) => !one.endsWith(' status'))).toEqual([
      `${name} changed`,
      `${name} resume`,
    ])
  })
})

describe('a pause that has an end', () => {
  it('is over by itself', async () => {
    const until = new Date(here.clock.nowMs + 3_600_000).toISOString()
    const paused = { paused: true, paused_until: until }
    expect((await call('POST', '/pause?seconds=3600')).json).toMatchObject(paused)
    expect((await call('GET', '')).json).toMatchObject(paused)
    here.clock.nowMs += 3_600_000
    expect((await call('GET', '')).json).toMatchObject({ paused: false, paused_until: null })
    expect((await call('POST', '/resume')).json).toMatchObject({ paused: false, paused_until: null })
  })

  it.each(['59', '604801', 'x', '-60', '1e3', ''])('of %j seconds is refused', async (seconds) => {
    expect((await call('POST', `/pause?seconds=${seconds}`)).status).toBe(400)
    expect((await call('GET', '')).json).toMatchObject({ paused: false })
  })
})

describe('a change of a secret', () => {
  it.each([
    ['rotate', {}],
    ['rotate', { value: `whsec_${btoa('b'.repeat(32))}` }],
    ['1/activate', {}],
  ])('%s %j: the object hears of it at once', async (change, body) => {
    expect((await call('POST', `/secrets/signing_secret/${change}`, body)).status).toBe(200)
    expect(objects.calls).toEqual([`${name} changed`])
  })

  it('that is refused asks the object for nothing', async () => {
    expect((await call('POST', '/secrets/signing_secret/rotate', { value: 'short' })).status).toBe(422)
    expect(objects.calls).toEqual([])
  })
})

describe('delivery', () => {
  it('is shown with the destination, and null if the object does not answer', async () => {
    expect((await call('GET', '')).json['delivery']).toEqual(ACTIVE)
    here = newConsole({
      DESTINATIONS: destinationObjects({ status: () => Promise.reject(new TypeError('is away')) }),
    })
    const { status, json } = await call('GET', '')
    expect([status, json['delivery']]).toEqual([200, null])
  })
})

it.each([
  ['viewer', null],
  ['operator', 'ok'],
] as const)('shows a %s of an endpoint’s answer, which may quote an address: %s', async (role, response) => {
  const someone = await holder(here, role)
  const { json } = await someone.send('GET', `/api/destinations/${name}/attempts`)
  expect(json['attempts']).toMatchObject([{ id: 'evt-1', status: 200, response }])
})

describe('ids of deliveries and events', () => {
  const EVENT = `019e87c69900${'0a'.repeat(16)}`
  const SENT = `019e87c69900${'0b'.repeat(16)}`
  const one = { ...ATTEMPT, id: SENT, event_ids: [EVENT] }
  const asked: unknown[] = []
  const lists = {
    attempts: async (query: unknown) => {
      asked.push(query)
      return { entries: [one], next: null }
    },
    waiting: async () => ({ entries: [{ ...one, ...WAITING }], next: null }),
    givenUp: async () => ({ entries: [{ ...one, ...WAITING, given_up_at: one.at }], next: null }),
  }

  it.each([
    ['viewer', 'attempts'],
    ['viewer', 'waiting'],
    ['viewer', 'given-up'],
    ['operator', 'attempts'],
    ['operator', 'waiting'],
    ['operator', 'given-up'],
  ] as const)('are those of a %s in the list of %s', async (role, list) => {
    here = newConsole({ DESTINATIONS: destinationObjects(lists) })
    const { json } = await (await holder(here, role)).send('GET', `/api/destinations/${name}/${list}`)
    const [id, event] = role === 'viewer' ? await Promise.all([SENT, EVENT].map(idsFor('viewers').of)) : [SENT, EVENT]
    expect(json[list.replace('-', '_')]).toMatchObject([{ id, event_ids: [event] }])
  }) // prettier-ignore

  it.each([EVENT, SENT])('find attempts when a viewer passes them back: %s', async (id) => {
    here = newConsole({ DESTINATIONS: destinationObjects(lists) })
    asked.length = 0
    const viewer = await holder(here, 'viewer')
    await viewer.send('GET', `/api/destinations/${name}/attempts?event_id=${await idsFor('viewers').of(id)}`)
    expect(asked).toMatchObject([{ event_id: id }])
  })
})

it('has a line in the audit log for each action', async () => {
  await call('POST', '/test', {})
  await call('POST', '/replay', { since: SINCE })
  await call('POST', '/replay', { since: SINCE, plan: true })
  await call('DELETE', '/replay')
  await call('POST', '/waiting/retry', { ids: ['evt-1'] })
  await call('POST', '/waiting/skip', { id: 'evt-1' })
  await call('POST', '/given-up/redrive', { all: true })
  await call('POST', '/given-up/redrive', { all: true, plan: true })
  await call('POST', '/resume', {})
  const lines = await env.REGISTRY.getByName('registry').audit.before(Number.MAX_SAFE_INTEGER, 20)
  const own = lines
    .map(({ text }) => JSON.parse(text) as { action: string; target: string })
    .filter(({ target }) => target === `destination/${name}`)
    .map(({ action }) => action)
  expect(own).toEqual([
    'destination.resumed',
    'destination.redriven',
    'delivery.skipped',
    'delivery.retried',
    'replay.ended',
    'destination.replayed',
    'destination.tested',
    'destination.created',
  ])
})

it('skips nothing of a source that a hold keeps', async () => {
  const admin = await holder(newConsole(), 'admin')
  const hold = (holds: readonly object[]) =>
    admin.send('PUT', '/api/retention', { holds }, { 'x-reason': 'dispute 4711' })
  await hold([{ source: 'shop', reason: 'dispute 4711' }])
  const skipped = await call('POST', '/waiting/skip', { id: 'evt-1' })
  await hold([])
  expect(skipped).toMatchObject({ status: 409, json: { code: 'held' } })
  expect(await call('POST', '/waiting/skip', { id: 'evt-1' })).toMatchObject({ status: 200 })
})
