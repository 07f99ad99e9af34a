/** The demo's application, and how its destination is saved. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Console } from '../../src/simulator/console.ts'
import { type Received, send } from '../../src/simulator/http.ts'
import { putDemoDestination } from '../../src/simulator/demo/destination.ts'
import { DEMO_PROVIDERS, putDemoSources } from '../../src/simulator/demo/sources.ts'
import {
  type DemoReceiver,
  type ReceivedRequest,
  type ReceiverOptions,
  startReceiver,
} from '../../src/simulator/demo/receiver.ts'

const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
const OTHER = `whsec_${Buffer.alloc(32, 2).toString('base64')}`

describe('the receiver of the demo', () => {
  let receiver: DemoReceiver
  const requests: ReceivedRequest[] = []
  const open = async (changes: Partial<ReceiverOptions> = {}) => {
    receiver = await startReceiver({
      secret: SECRET,
      random: () => 0.5,
      failShare: 0,
      slowShare: 0,
      onRequest: (request) => requests.push(request),
      ...changes,
    })
  }
  beforeEach(() => {
    requests.length = 0
  })
  afterEach(() => receiver.hangUp())

  const post = (secret: string, body: string): Promise<Received> => {
    const [id, now] = ['evt-1', new Date()]
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
      'webhook-signature': new Webhook(secret).sign(id, now, body),
    }
    return send(new URL(receiver.endpointUrl), { method: 'POST', headers, body: Buffer.from(body) })
  }

  it.each<[string, Partial<ReceiverOptions>, string, string, ReceivedRequest]>([
    ['accepts an event', {}, SECRET, '{"data": {"id": "a"}}', { status: 200, eventIds: ['a'] }],
    [
      'accepts a batch',
      {},
      SECRET,
      '{"data": [{"id": "a"}, {"id": "b"}]}',
      { status: 200, eventIds: ['a', 'b'] },
    ],
    ['refuses another secret', {}, OTHER, '{"data": {"id": "a"}}', { status: 401, eventIds: [] }],
    [
      'fails a share of the requests',
      { failShare: 0.6 },
      SECRET,
      '{"data": {"id": "a"}}',
      { status: 500, eventIds: [] },
    ],
  ])('%s', async (_what, changes, secret, body, expected) => {
    await open(changes)
    expect((await post(secret, body)).status).toBe(expected.status)
    expect(requests).toEqual([expected])
  })

  it('accepts at the second try what it has failed', async () => {
    await open({ failShare: 1 })
    const tries = []
    for (let i = 0; i < 3; i += 1) tries.push((await post(SECRET, '{"data": {"id": "a"}}')).status)
    expect(tries).toEqual([500, 200, 500])
  })

  it('ends at once, also while it is slow', async () => {
    await open({ slowShare: 1 })
    const cut = expect(post(SECRET, '{"data": {"id": "a"}}')).rejects.toThrow(/socket hang up|ECONNRESET/)
    await new Promise((resolve) => setTimeout(resolve, 50))
    await receiver.hangUp()
    await cut
    await open()
  })
})

const received = (status: number, json: unknown): Received => ({
  status,
  headers: new Map(),
  body: Buffer.from(JSON.stringify(json)),
})
const unused = () => Promise.reject(new Error('not to be called'))

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe('the destination of the demo', () => {
  /** The stored document; undefined if there is none. */
  let stored: Record<string, unknown> | undefined
  beforeEach(() => {
    stored = undefined
  })

  const console: Console = {
    get: async () =>
      stored === undefined
        ? received(404, {})
        : received(200, { name: 'demo-app', version: 3, headers: {}, delivery: null, ...stored }),
    put: async (_path, json) => {
      const { secrets: _secrets, ...settings } = json as Record<string, unknown>
      stored = settings
      return received(200, {})
    },
    post: unused,
    remove: unused,
  }
  const put = (endpointUrl: string) =>
    putDemoDestination({ console, endpointUrl, secret: SECRET, notesPath: join(folder, 'notes.json') })

  it('is new at the first start, and gets the new URL at the next', async () => {
    expect(await put('http://127.0.0.1:1/')).toBe(true)
    expect(stored).toMatchObject({ url: 'http://127.0.0.1:1/', ordered: true })
    expect(await put('http://127.0.0.1:2/')).toBe(true)
    expect(stored).toMatchObject({ url: 'http://127.0.0.1:2/', ordered: true })
  })

  it('keeps the settings that a person has changed', async () => {
    await put('http://127.0.0.1:1/')
    stored = { ...stored, paused: true, ordered: false }
    await put('http://127.0.0.1:2/')
    expect(stored).toMatchObject({ url: 'http://127.0.0.1:2/', paused: true, ordered: false })
    expect(Object.keys(stored)).not.toContain('version')
  })

  it.each<[string, Record<string, unknown> | undefined]>([
    ['whose URL a person has changed', { url: 'http://127.0.0.1:3000/mine' }],
    ['that a person has removed', undefined],
  ])('stays as it is if it is one %s', async (_what, changed) => {
    await put('http://127.0.0.1:1/')
    stored = changed
    expect(await put('http://127.0.0.1:2/')).toBe(false)
    expect(stored).toEqual(changed)
  })
})

describe('the sources of the demo', () => {
  type Settings = Record<string, unknown>

  it.each<[string, 'simulated' | 'left alone', (settings: Settings) => Settings]>([
    ['as they were saved', 'simulated', (settings) => settings],
    [
      'in the order of a backup',
      'simulated',
      ({ level, requireSourceIp, ...others }) => ({ level, requireSourceIp, ...others }),
    ],
    ['with another level', 'simulated', (settings) => ({ ...settings, level: 'maximum' })],
    ['with another setting', 'simulated', (settings) => ({ ...settings, ratePerMinute: 1 })],
    [
      'with another secret',
      'left alone',
      (settings) => ({ ...settings, secret_versions: [{ slot: 'hmac', version: 9 }] }),
    ],
    ['with another provider', 'left alone', (settings) => ({ ...settings, provider: 'postal' })],
  ])('%s are %s at the next start', async (_what, outcome, change) => {
    const stored = new Map<string, Settings>()
    const console: Console = {
      get: async (path) => {
        const found = stored.get(path)
        return found === undefined ? received(404, {}) : received(200, found)
      },
      put: async (path, json) => {
        const { secrets: _secrets, ...settings } = json as Settings
        stored.set(path, { level: 'standard', requireSourceIp: false, ...settings })
        return received(200, {})
      },
      post: unused,
      remove: unused,
    }
    const notesPath = join(folder, 'sources.json')
    const put = () => putDemoSources({ console, gatewayUrl: 'http://localhost:1', notesPath })
    const names = DEMO_PROVIDERS.map((provider) => `demo-${provider}`).toSorted()
    expect((await put()).stages.map(({ name }) => name).toSorted()).toEqual(names)
    for (const [path, settings] of stored) stored.set(path, change(settings))
    const changed = new Map(stored)
    const { stages, leftAlone } = await put()
    expect(stored).toEqual(changed)
    const of = outcome === 'simulated' ? stages.map(({ name }) => name) : leftAlone
    expect(of.toSorted()).toEqual(names)
  })
})
