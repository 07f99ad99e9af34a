import { NO_SIGNS, type PathState } from '../../src/refusals/path-state.ts'
import { describe, expect, it, vi } from 'vitest'
import type { GatewayEnv } from '../../src/gateway/env.ts'
import { newGateway, putSource } from '../support/gateway.ts'

/** Log events of the gateway for a hundred requests. */
async function eventsOf(changes: Partial<GatewayEnv>, source: string, init: RequestInit) {
  const lines: string[] = []
  const spy = vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line))
  const gateway = newGateway(changes)
  const statuses = new Set<number>()
  for (let i = 0; i < 100; i++) statuses.add((await gateway.fetch(`/hooks/${source}`, init)).status)
  await gateway.settled()
  spy.mockRestore()
  const events = lines.map((line): string => (JSON.parse(line) as { event: string }).event)
  return { statuses: [...statuses], events }
}

const ten = (event: string) => [...Array.from({ length: 10 }, () => event), 'lines_not_logged']

describe('log lines that a stranger can cause are ten a second', () => {
  it.each<[string, RequestInit]>([
    ['HEAD', { method: 'HEAD' }],
    [
      'an empty batch',
      {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'mandrill_events=%5B%5D',
      },
    ],
  ])('of validation requests: %s', async (_what, init) => {
    const document = { provider: 'mandrill', secrets: { webhook_key: 'mandrill-key-of-a-test-0123' } }
    await putSource({ ...document, publicUrl: 'https://gate.example/hooks/validated' }, 'validated')
    expect(await eventsOf({}, 'validated', init)).toEqual({
      statuses: [200],
      events: ten('delivery_accepted'),
    })
  })

  it('of a gateway that is not set up', async () => {
    const asked = await eventsOf({ MASTER_KEY: '' }, 'any', { method: 'POST', body: '{}' })
    expect(asked).toEqual({ statuses: [503], events: ten('setup_incomplete') })
  })

  it('of faults', async () => {
    const broken = () => {
      throw new TypeError('broken')
    }
    const REGISTRY = { getByName: broken, idFromName: broken } as unknown as GatewayEnv['REGISTRY']
    const redis = {
      UPSTASH_REDIS_REST_URL: 'https://redis.example',
      UPSTASH_REDIS_REST_TOKEN: 'token-0123456789',
    }
    const asked = await eventsOf({ REGISTRY, ...redis }, 'any', { method: 'POST', body: '{}' })
    expect(asked).toEqual({ statuses: [503], events: ten('fault') })
  })
})

describe('health', () => {
  const answering = (keyState: () => Promise<unknown>) =>
    ({ getByName: () => ({ masterKeys: { state: keyState } }) }) as unknown as GatewayEnv['REGISTRY']

  const silent = { ...NO_SIGNS, storedMs: 1, pendingMs: 1 }
  const signed = (path: PathState | null) =>
    ({
      getByName: () => ({
        path: async () => path ?? Promise.reject(new Error('down')),
      }),
    }) as unknown as GatewayEnv['REFUSALS']

  it.each<[string, Partial<GatewayEnv>, number, unknown]>([
    ['is well', {}, 200, { ok: true }],
    ['without a key', { MASTER_KEY: '' }, 503, { ok: false, problem: 'setup_incomplete' }],
    [
      'with a key that opens no secret',
      { REGISTRY: answering(async () => ({ keys: [], unreadable: ['secrets'] })) },
      503,
      { ok: false, problem: 'secrets_unreadable' },
    ],
    [
      'with a registry that is down',
      { REGISTRY: answering(async () => Promise.reject(new Error('down'))) },
      200,
      { ok: true },
    ],
    [
      'whose consumer is silent',
      { REFUSALS: signed(silent) },
      503,
      { ok: false, problem: 'consumer_silent' },
    ],
    ['whose refusal log is down', { REFUSALS: signed(null) }, 200, { ok: true }],
    [
      'whose queue is behind',
      {
        REFUSALS: signed(NO_SIGNS),
        EVENTS: { metrics: async () => ({ oldestMessageTimestamp: new Date(1) }) } as never,
      },
      503,
      { ok: false, problem: 'backlog' },
    ],
  ])('%s', async (_what, changes, status, body) => {
    const answer = await newGateway(changes).fetch('/health')
    expect([answer.status, await answer.json()]).toEqual([status, body])
  })

  it('answers for itself alone, for whoever would take it out of service', async () => {
    const gateway = newGateway({ REFUSALS: signed(silent) })
    expect((await gateway.fetch('/health?of=gateway')).status).toBe(200)
    expect((await gateway.fetch('/health')).status).toBe(503)
  })

  it('asks the registry once in 30 s', async () => {
    let asked = 0
    const gateway = newGateway({
      REGISTRY: answering(async () => ({ keys: [], unreadable: asked++ ? ['secrets'] : [] })),
    })
    for (let i = 0; i < 5; i++) expect((await gateway.fetch('/health')).status).toBe(200)
    expect(asked).toBe(1)
    gateway.clock.nowMs += 30_000
    expect((await gateway.fetch('/health')).status).toBe(503)
  })
})
