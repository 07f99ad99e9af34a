import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Destinations, destinationObjects } from '../../support/destinations.ts'
import { ROUTES } from '../../../src/console/api/index.ts'
import { visitor } from '../pages/visitor.ts'
import { holder, sending } from '../credentials.ts'
import { type TestConsole, migrate, newConsole } from '../support.ts'

const URL_TEXT = 'https://app.example.com/email-events'
const WHSEC = 'whsec_YS1zZWNyZXQtb2YtdGhlLWNvbnNvbGUtdGVzdA=='

let here: TestConsole
let objects: Destinations

beforeAll(migrate)

beforeEach(() => {
  objects = destinationObjects()
  here = newConsole({ DESTINATIONS: objects })
})

/** Destinations whose objects were told of a change. */
const told = () => objects.calls.filter((call) => call.endsWith(' changed')).map((call) => call.split(' ')[0])

let names = 0
const newPath = () => `/api/destinations/app-${names++}`
const nameOf = (path: string) => path.split('/').at(-1)

describe('a destination', () => {
  it('is put, read, listed and removed, and its object is woken by each change', async () => {
    const path = newPath()
    const name = nameOf(path)
    const headers = { 'X-Key': 'a-value-of-a-header' }
    const put = await here.api('PUT', path, { url: URL_TEXT, headers })
    expect(put.status).toBe(201)
    expect(put.json).toMatchObject({
      name,
      url: URL_TEXT,
      headers: { 'x-key': { stored: true } },
      personal: 'full',
      concurrency: 4,
      rotations: [{ slot: 'signing_secret', state: 'waiting', made_here: true }],
      link: { url: expect.stringMatching(/^https:\/\/console\.example\/retrieve\?link=/) },
    })
    const again = await here.api('PUT', path, { url: URL_TEXT, headers })
    expect([again.status, again.json['version'], again.json['link']]).toEqual([
      200,
      put.json['version'],
      null,
    ])

    const read = await here.api('GET', path)
    expect(read.headers.get('etag')).toBe(`"${String(put.json['version'])}"`)
    const list = await here.api('GET', '/api/destinations?limit=500')
    expect(list.json['destinations']).toContainEqual(expect.objectContaining({ name }))
    expect(JSON.stringify([put, read, list])).not.toContain('a-value-of-a-header')

    expect(await here.api('DELETE', path)).toMatchObject({ status: 200, json: { removed: name } })
    expect(await here.api('DELETE', path)).toMatchObject({
      status: 404,
      json: { code: 'destination_unknown' },
    })
    expect(await here.api('GET', path)).toMatchObject({ status: 404, json: { code: 'destination_unknown' } })
    expect(told()).toEqual([name, name])
  })

  it('shows the secret that Postern made, once', async () => {
    const { json } = await here.api('PUT', newPath(), { url: URL_TEXT })
    const link = new URL((json['link'] as { url: string }).url).searchParams.get('link') ?? ''
    const show = () =>
      here.fetch('/retrieve', {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://console.example' },
        body: new URLSearchParams({ link }),
      })
    const page = await (await show()).text()
    expect(page).toMatch(/whsec_[A-Za-z0-9+/=]{44}/)
    expect(page).toContain('Enter it at the receiver')
    expect((await show()).status).toBe(404)
  })

  it('shows the public key of its Ed25519 key', async () => {
    const path = newPath()
    await here.api('PUT', path, { url: URL_TEXT, ed25519: true })
    const versions = (await here.api('GET', path)).json['secret_versions']
    expect(versions).toEqual([
      expect.objectContaining({
        slot: 'signing_key',
        public_key: expect.stringMatching(/^whpk_[\w+/]{43}=$/),
      }),
      expect.objectContaining({ slot: 'signing_secret', public_key: null }),
    ])
  })

  it.each([
    ['a wrong document', { url: 'http://10.0.0.1/', colour: 1 }, ['colour', 'url', 'url']],
    ['the gateway', { url: 'https://gate.example/hooks/shop' }, ['url']],
    ['this console', { url: 'https://console.example/' }, ['url']],
    ['the mark of a local installation', { url: URL_TEXT, private_network: true }, ['private_network']],
    [
      'a condition that is none',
      { url: URL_TEXT, filter: { where: { type: { $like: 'x' } } } },
      ['filter.where.type'],
    ],
  ])('with %s is refused with all its problems, and nothing is saved', async (_what, document, paths) => {
    const path = newPath()
    const { status, json } = await here.api('PUT', path, document)
    expect([status, json['code']]).toEqual([422, 'document_invalid'])
    expect((json['problems'] as { path: string }[]).map(({ path }) => path)).toEqual(paths)
    expect(told()).toEqual([])
    expect((await here.api('GET', path)).status).toBe(404)
  })

  it('is saved even if its object does not answer', async () => {
    const DESTINATIONS = destinationObjects({ changed: () => Promise.reject(new TypeError('is away')) })
    here = newConsole({ DESTINATIONS })
    expect((await here.api('PUT', newPath(), { url: URL_TEXT })).status).toBe(201)
    expect(here.logged).toContainEqual(
      expect.objectContaining({ message: 'destination', fault: 'TypeError' }),
    )
  })
})

describe('a token', () => {
  it.each([
    ['viewer', null, 'GET', 200],
    ['viewer', null, 'PUT', 403],
    ['operator', null, 'PUT', 201],
    ['operator', null, 'DELETE', 404],
    // A destination may get the events of every source, and its document names other ones.
    ['viewer', ['shop'], 'GET', 403],
    ['operator', ['shop'], 'PUT', 403],
    ['operator', ['shop'], 'DELETE', 403],
  ] as const)('of a %s for %j: %s → %i', async (role, sources, method, status) => {
    const path = method === 'GET' ? '/api/destinations' : newPath()
    const someone = await holder(here, role, sources === null ? undefined : [...sources])
    const body = method === 'PUT' ? { url: URL_TEXT } : undefined
    expect((await someone.send(method, path, body)).status).toBe(status)
  })
})

describe('a viewer', () => {
  const NAME = 'for-viewers'
  const hidden = /token=hidden|hidden@example/
  const paths = [
    ...ROUTES.filter(({ method, role }) => method === 'GET' && role === 'viewer')
      .map(({ path }) => path.replace('/api/destinations/{name}', `/api/destinations/${NAME}`))
      .filter((path) => !path.includes('{') && !path.endsWith('/stream')),
    '/destinations',
    `/destinations/${NAME}`,
    `/destinations/${NAME}/settings`,
    '/settings/postern.json',
    '/settings',
  ]

  it.each(paths)('sees no URL and no condition of a destination at %s', async (path) => {
    const put = await here.api('PUT', `/api/destinations/${NAME}`, {
      url: 'https://app.example.com/hook?token=hidden',
      filter: { types: ['email.bounced'], where: { recipient: 'hidden@example.com' } },
    })
    expect(put.status).toBeLessThan(300)
    const { token, send } = await holder(here, 'viewer')
    const someone = visitor(here)
    await someone.enter(token)
    const text = path.startsWith('/api/')
      ? JSON.stringify((await send('GET', path)).json)
      : await (await someone.get(path)).text()
    expect(text).not.toMatch(hidden)
  })

  it('gets null in place of them, and an operator gets them', async () => {
    const { send: viewer } = await holder(here, 'viewer')
    const { send: operator } = await holder(here, 'operator')
    const path = `/api/destinations/${NAME}`
    const { json } = await viewer('GET', path)
    expect(json).toMatchObject({ url: null, filter: { types: ['email.bounced'], where: null } })
    expect(JSON.stringify((await operator('GET', path)).json)).toMatch(hidden)
    expect(JSON.stringify((await operator('GET', '/api/configuration')).json)).toMatch(hidden)
    // A document that a viewer has read changes nothing.
    expect((await operator('PUT', path, { url: json['url'], filter: json['filter'] })).status).toBe(422)
  })
})

describe('its secrets', () => {
  const post = (path: string, body: unknown, headers?: Record<string, string>) =>
    sending(here, env.ADMIN_TOKEN)('POST', path, body, headers)

  it('are rotated, fetched again, activated and revoked', async () => {
    const path = newPath()
    const slot = `${path}/secrets/signing_secret`
    await here.api('PUT', path, { url: URL_TEXT, secrets: { signing_secret: WHSEC } })
    const rotated = await post(`${slot}/rotate`, {})
    expect(rotated.json).toEqual({
      destination: nameOf(path),
      slot: 'signing_secret',
      version: 2,
      state: 'pending',
      link: { url: expect.any(String), ends_at: expect.any(String) },
    })
    expect(await post(`${slot}/2/link`, {})).toMatchObject({ status: 200, json: { link: {} } })
    expect(await post(`${slot}/2/activate`, {})).toMatchObject({ json: { state: 'active' } })
    expect(await post(`${slot}/1/revoke`, {})).toMatchObject({ json: { state: 'revoked' } })
    expect(await post(`${slot}/2/revoke`, {})).toMatchObject({ status: 409, json: { code: 'would_strand' } })
    expect(await post(`${slot}/rotate`, { emergency: true })).toMatchObject({
      json: { code: 'reason_needed' },
    })
    expect(await post(`${slot}/rotate`, { emergency: true }, { 'x-reason': 'leaked' })).toMatchObject({
      json: { version: 3, state: 'active' },
    })
    expect(await post(`${path}/secrets/hmac/rotate`, {})).toMatchObject({ json: { code: 'secret_unknown' } })
    const unknown = await post('/api/destinations/nobody/secrets/signing_secret/rotate', {})
    expect(unknown).toMatchObject({ status: 404, json: { code: 'destination_unknown' } })
  })
})

describe('the configuration', () => {
  it('has destinations, and goes back in unchanged', async () => {
    const path = newPath()
    const name = nameOf(path) ?? ''
    const document = {
      url: URL_TEXT,
      filter: { types: ['email.bounced'], where: { bounce_type: { $eq: 'hard' } } },
      headers: { 'x-key': 'a-value-of-a-header' },
      start: 'oldest',
    }
    await here.api('PUT', path, document)
    const { json } = await here.api('GET', '/api/configuration')
    const { destinations } = json as { destinations: Record<string, unknown> }
    expect(destinations[name]).toEqual({
      ...document,
      headers: { 'x-key': { stored: true } },
      secrets: { signing_secret: { stored: true } },
    })
    objects.calls.length = 0
    const same = await here.api('POST', '/api/configuration', { sources: {}, destinations })
    expect(same.json['destination_changes']).toContainEqual({
      name,
      change: 'unchanged',
      settings: [],
      secrets: [],
    })
    expect(told()).toEqual([])
  })

  it('is applied to destinations that it names, and leaves all of them without any', async () => {
    const [kept, gone] = [newPath(), newPath()]
    for (const path of [kept, gone]) await here.api('PUT', path, { url: URL_TEXT })
    const changesOf = async (body: Record<string, unknown>) => {
      const { status, json } = await here.api('POST', '/api/configuration', { sources: {}, ...body })
      expect(status).toBe(200)
      const changes = json['destination_changes'] as { name: string; change: string }[]
      return Object.fromEntries(changes.map(({ name, change }) => [name, change]))
    }
    const [keptName = '', goneName = ''] = [nameOf(kept), nameOf(gone)]
    expect(await changesOf({ prune: true })).toEqual({})
    const destinations = { [keptName]: { url: URL_TEXT, paused: true } }
    expect(await changesOf({ destinations })).toMatchObject({ [keptName]: 'changed', [goneName]: 'left' })
    objects.calls.length = 0
    expect(await changesOf({ destinations, prune: true, dry_run: true })).toMatchObject({
      [goneName]: 'removed',
    })
    expect(told()).toEqual([])
    expect((await here.api('GET', gone)).status).toBe(200)
    await changesOf({ destinations, prune: true })
    expect(told()).toContain(goneName)
    expect((await here.api('GET', gone)).status).toBe(404)
  })

  it('is refused whole, with the paths of its destinations', async () => {
    const body = { sources: {}, destinations: { app: { url: 'x' }, 'No Name': { url: URL_TEXT } } }
    const { json } = await here.api('POST', '/api/configuration', body)
    expect(json).toMatchObject({
      code: 'configuration_invalid',
      problems: [{ path: 'destinations.app.url' }, { path: 'destinations' }],
    })
  })
})
