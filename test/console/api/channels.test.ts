import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type IncidentObjects, incidentObjects } from '../../support/incidents.ts'
import { holder } from '../credentials.ts'
import { type TestConsole, migrate, newConsole, registryWith } from '../support.ts'

const SECRET = 'hV8sWqLr2nJx5Kd'
const SLACK = {
  kind: 'slack',
  secrets: { webhook_url: `https://hooks.slack.com/services/T0AAA/B0BBB/${SECRET}` },
}
const MAIL = { kind: 'mail', from: 'postern@example.com', to: ['ada@example.com'] }

let here: TestConsole
let objects: IncidentObjects

beforeAll(migrate)

beforeEach(async () => {
  objects = incidentObjects()
  here = newConsole({ INCIDENTS: objects })
  const { json } = await here.api('GET', '/api/channels')
  for (const { name } of json['channels'] as { name: string }[])
    await here.api('DELETE', `/api/channels/${name}`)
  objects.calls.length = 0
})

describe('a channel', () => {
  it('is put, read, listed and removed, and the object that sends is told', async () => {
    const put = await here.api('PUT', '/api/channels/ops', SLACK)
    expect([put.status, put.json]).toMatchObject([
      201,
      {
        name: 'ops',
        kind: 'slack',
        minimum_severity: 'warning',
        secrets: { webhook_url: { stored: true } },
        status: { state: 'unused', failures: 0, last_error: null },
      },
    ])
    const changed = await here.api('PUT', '/api/channels/ops', { kind: 'slack', reminder_seconds: 0 })
    expect([changed.status, changed.json['reminder_seconds']]).toEqual([200, 0])
    const read = await here.api('GET', '/api/channels/ops')
    expect(read.headers.get('etag')).toBe(`"${String(changed.json['version'])}"`)
    const list = await here.api('GET', '/api/channels')
    expect(list.json['channels']).toEqual([read.json])
    expect(JSON.stringify([put, changed, read, list])).not.toContain(SECRET)

    const removed = await here.api('DELETE', '/api/channels/ops')
    expect(removed).toMatchObject({ status: 200, json: { removed: 'ops' } })
    for (const [method, path] of [
      ['GET', '/api/channels/ops'],
      ['DELETE', '/api/channels/ops'],
      ['POST', '/api/channels/ops/test'],
    ] as const)
      expect(await here.api(method, path)).toMatchObject({ status: 404, json: { code: 'channel_unknown' } })
    expect(objects.calls.filter((call) => call === 'channelsChanged')).toHaveLength(3)
  })

  it('with a wrong document is refused with all its problems, without a value', async () => {
    const wrong = { kind: 'slack', color: SECRET, secrets: { webhook_url: `http://10.0.0.1/${SECRET}` } }
    const { status, json } = await here.api('PUT', '/api/channels/ops', wrong)
    expect([status, json['code']]).toEqual([422, 'document_invalid'])
    const paths = (json['problems'] as { path: string }[]).map(({ path }) => path)
    expect(paths).toEqual(['color', 'secrets.webhook_url'])
    expect(JSON.stringify(json)).not.toContain(SECRET)
    expect(objects.calls).toEqual([])
  })

  it('shows how it stands', async () => {
    const atMs = Date.parse('2026-11-27T03:12:00Z')
    const lastError = { error: 'The channel answered 410.', status: 410, atMs }
    const status = { failures: 2, failingSinceMs: atMs, lastSuccessMs: null, lastError, isBroken: true }
    here = newConsole({
      INCIDENTS: incidentObjects({ channelStatus: async () => [{ name: 'ops', ...status }] }),
    })
    const { json } = await here.api('PUT', '/api/channels/ops', SLACK)
    expect(json['status']).toEqual({
      state: 'broken',
      failures: 2,
      failing_since: '2026-11-27T03:12:00.000Z',
      last_success_at: null,
      last_error: { error: 'The channel answered 410.', status: 410, at: '2026-11-27T03:12:00.000Z' },
    })
  })

  it('is saved even if the object that sends does not answer', async () => {
    const away = () => Promise.reject(new TypeError('is away'))
    here = newConsole({ INCIDENTS: incidentObjects({ channelsChanged: away, channelStatus: away }) })
    const put = await here.api('PUT', '/api/channels/ops', SLACK)
    expect([put.status, put.json['status']]).toEqual([201, null])
    expect(here.logged).toContainEqual(expect.objectContaining({ message: 'incidents', fault: 'TypeError' }))
  })

  it('is paused and resumed, keeps its secrets, and the object that sends is told', async () => {
    await here.api('PUT', '/api/channels/ops', SLACK)
    for (const [action, paused, state] of [
      ['pause', true, 'paused'],
      ['resume', false, 'unused'],
    ] as const) {
      objects.calls.length = 0
      const { status, json } = await here.api('POST', `/api/channels/ops/${action}`)
      expect([status, json]).toMatchObject([
        200,
        { paused, status: { state }, secrets: { webhook_url: { stored: true } } },
      ])
      expect(objects.calls).toContain('channelsChanged')
      expect((await here.api('GET', '/api/channels/ops')).json).toMatchObject({ paused })
      expect((await here.api('POST', `/api/channels/none/${action}`)).status).toBe(404)
    }
  })

  it('is tested, with a line in the audit log', async () => {
    await here.api('PUT', '/api/channels/ops', SLACK)
    expect(await here.api('POST', '/api/channels/ops/test')).toMatchObject({
      json: { delivered: true, error: null, status: null },
    })
    expect(objects.calls).toContain('testChannel ops')
    const { json } = await here.api('GET', '/api/audit?limit=1')
    expect(JSON.stringify(json)).toContain('channel.tested')

    const failing = { delivered: false, error: 'The channel answered 403.', status: 403 } as const
    here = newConsole({ INCIDENTS: incidentObjects({ testChannel: async () => failing }) })
    expect(await here.api('POST', '/api/channels/ops/test')).toMatchObject({
      json: { delivered: false, error: 'The channel answered 403.', status: 403 },
    })
  })
})

describe('rights', () => {
  it.each([
    ['viewer', [200, 403, 403, 403, 403]],
    ['operator', [200, 403, 200, 200, 403]],
    ['admin', [200, 200, 200, 200, 200]],
  ] as const)('%s', async (role, statuses) => {
    await here.api('PUT', '/api/channels/ops', MAIL)
    const { send: call } = await holder(here, role)
    const done: number[] = []
    for (const [method, path, body] of [
      ['GET', '/api/channels/ops', undefined],
      ['PUT', '/api/channels/ops', MAIL],
      ['POST', '/api/channels/ops/test', undefined],
      ['POST', '/api/channels/ops/pause', undefined],
      ['DELETE', '/api/channels/ops', undefined],
    ] as const)
      done.push((await call(method, path, body)).status)
    expect(done).toEqual(statuses)
  })

  it.each([
    ['address', MAIL, '@example.com'],
    ['URL', { kind: 'alertmanager', url: 'https://alerts.example.com/' }, 'https://alerts'],
  ])('let viewers see no %s', async (_what, document, hidden) => {
    expect((await here.api('PUT', '/api/channels/ops', document)).status).toBe(201)
    const { send: viewer } = await holder(here, 'viewer')
    const { send: operator } = await holder(here, 'operator')
    for (const path of ['/api/channels', '/api/channels/ops', '/api/configuration']) {
      expect(JSON.stringify((await viewer('GET', path)).json)).not.toContain(hidden)
      expect(JSON.stringify((await operator('GET', path)).json)).toContain(hidden)
    }
  })

  it('let no token for some sources see channels', async () => {
    const { send: call } = await holder(here, 'operator', ['shop'])
    expect((await call('GET', '/api/channels')).status).toBe(403)
  })
})

describe('the configuration', () => {
  const apply = (channels: unknown, more: object = {}) =>
    here.api('POST', '/api/configuration', { sources: {}, channels, ...more })

  it('has channels as documents that can be applied again', async () => {
    const applied = await apply({ ops: { ...SLACK, minimum_severity: 'error' }, people: MAIL })
    expect(applied.json['channel_changes']).toMatchObject([
      { name: 'ops', change: 'created' },
      { name: 'people', change: 'created' },
    ])
    expect(objects.calls).toContain('channelsChanged')
    const { channels } = (await here.api('GET', '/api/configuration')).json
    expect(channels).toEqual({
      ops: { kind: 'slack', minimum_severity: 'error', secrets: { webhook_url: { stored: true } } },
      people: { ...MAIL, secrets: {} },
    })
    const again = await apply(channels, { prune: true })
    expect(again.json['channel_changes']).toMatchObject([{ change: 'unchanged' }, { change: 'unchanged' }])
  })

  it('changes channels for admins only', async () => {
    await apply({ ops: SLACK })
    const { send: call } = await holder(here, 'operator')
    const body = (channels: unknown) => ({ sources: {}, channels })
    const unchanged = await call('POST', '/api/configuration', body({ ops: { kind: 'slack' } }))
    expect(unchanged.status).toBe(200)
    const changed = await call(
      'POST',
      '/api/configuration',
      body({ ops: { kind: 'slack', grouping_seconds: 0 } }),
    )
    expect([changed.status, changed.json['code']]).toEqual([403, 'role_too_low'])
  })

  it('of an operator is applied only to the version in which its channels change nothing', async () => {
    await apply({ ops: SLACK })
    const real = env.REGISTRY.getByName('registry').configuration
    const asked: unknown[] = []
    const REGISTRY = registryWith({
      configuration: {
        apply: async (wanted, who) => {
          asked.push(wanted)
          return real.apply(wanted, who)
        },
      },
    })
    const { send: call } = await holder(newConsole({ INCIDENTS: objects, REGISTRY }), 'operator')
    const { version } = (await here.api('GET', '/api/configuration')).json
    await call('POST', '/api/configuration', { sources: {}, channels: { ops: { kind: 'slack' } } })
    expect(asked).toMatchObject([{ dryRun: true }, { dryRun: false, expectedVersion: version }])
  })
})
