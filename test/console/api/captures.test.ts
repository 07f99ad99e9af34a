import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { sealCaptured } from '../../../src/event/captured.ts'
import { utf8 } from '../../../src/platform/bytes.ts'
import { sealer } from '../../../src/platform/seal.ts'
import { holder } from '../credentials.ts'
import { MASTERS, type TestConsole, migrate, newConsole } from '../support.ts'

const HOUR_MS = 3_600_000
const ID = `req_${'0a'.repeat(12)}`
const PATH = '/api/sources/shop/capture'

let here: TestConsole

beforeEach(async () => {
  await migrate()
  here = newConsole()
  await here.api('PUT', '/api/sources/shop', {
    provider: 'generic',
    secrets: { hmac: 'a-secret-of-the-capture-test' },
  })
  await here.api('DELETE', PATH)
})

const begin = (body: unknown = {}) => here.api('PUT', PATH, body)
const view = async () => (await here.api('GET', PATH)).json

/** As the gateway hands it over. */
async function handOver(startedAtMs: number, masters = MASTERS): Promise<void> {
  const request = {
    method: 'POST',
    url: 'https://gate.example/hooks/shop',
    headers: [['x-api-key', 'the-key-of-the-sender']],
    body: utf8('{"a":\n1}'),
  } as const
  await env.REFUSALS.getByName('refusals').capture({
    source: 'shop',
    startedAtMs,
    requestId: ID,
    atMs: here.clock.nowMs + 1_000,
    provider: 'generic',
    code: 'signature_mismatch',
    bytes: 8,
    sealed: await sealCaptured(request, sealer(masters, 'captures'), 'shop', ID),
  })
}

const lines = async () =>
  ((await here.api('GET', '/api/audit?limit=5')).json['entries'] as { action: string; target: string }[])
    .filter(({ action }) => action.startsWith('capture.'))
    .map(({ action, target }) => `${action} ${target}`)

describe('a capture', () => {
  it('lasts an hour unless less is asked for, and can be ended', async () => {
    expect(await view()).toMatchObject({ capturing: false, started_at: null, captured: [] })
    const at = (ms: number) => new Date(here.clock.nowMs + ms).toISOString()
    const begun = await begin()
    expect(begun.json).toMatchObject({
      source: 'shop',
      capturing: true,
      full: false,
      started_at: at(0),
      ends_at: at(HOUR_MS),
      deleted_at: at(HOUR_MS),
      unreached_guards: [],
    })
    expect((await begin({ for_seconds: 60 })).json).toMatchObject({
      ends_at: at(60_000),
      deleted_at: at(HOUR_MS),
    })
    await handOver(here.clock.nowMs)
    expect((await here.api('DELETE', PATH)).json).toMatchObject({ source: 'shop', deleted: 1 })
    expect(await view()).toMatchObject({ capturing: false, captured: [] })
    expect(await lines()).toEqual([
      'capture.ended source/shop',
      'capture.began source/shop',
      'capture.began source/shop',
    ])
  })

  it('that has ended can be ended again, which changes and audits nothing', async () => {
    const before = await lines()
    expect((await here.api('DELETE', PATH)).json).toMatchObject({ deleted: 0 })
    expect(await lines()).toEqual(before)
  })

  it('shows a delivery as postern verify reads it, and audits that it was shown', async () => {
    await begin()
    await handOver(here.clock.nowMs)
    const { json } = await here.api('GET', `${PATH}/${ID}`)
    expect(json).toEqual({
      request_id: ID,
      esp: 'generic',
      code: 'signature_mismatch',
      now: Math.floor(here.clock.nowMs / 1_000) + 1,
      request: {
        method: 'POST',
        url: 'https://gate.example/hooks/shop',
        headers: { 'x-api-key': 'the-key-of-the-sender' },
        body_base64: btoa('{"a":\n1}'),
      },
    })
    expect((await lines())[0]).toBe('capture.read source/shop')
  })

  it('is over after its time, and gone after the hour', async () => {
    await begin({ for_seconds: 60 })
    await handOver(here.clock.nowMs)
    here.clock.nowMs += 60_000
    expect(await view()).toMatchObject({ capturing: false, captured: [{ request_id: ID }] })
    here.clock.nowMs += HOUR_MS - 60_000
    expect(await view()).toMatchObject({ capturing: false, captured: [] })
    expect((await here.api('GET', `${PATH}/${ID}`)).json['code']).toBe('captured_unknown')
  })

  it('is sealed where it rests', async () => {
    await begin()
    await handOver(here.clock.nowMs)
    const stored = await env.REFUSALS.getByName('refusals').readCaptured('shop', ID, here.clock.nowMs)
    expect(new TextDecoder().decode(stored?.sealed)).not.toContain('the-key-of-the-sender')
  })

  it('whose master key is gone is unknown', async () => {
    await begin()
    const [master] = MASTERS
    await handOver(here.clock.nowMs, [{ ...master, bytes: crypto.getRandomValues(new Uint8Array(32)) }])
    expect((await here.api('GET', `${PATH}/${ID}`)).status).toBe(404)
  })

  it('goes with its source: a new one of that name is not captured', async () => {
    await begin()
    await here.api('DELETE', '/api/sources/shop')
    await here.api('PUT', '/api/sources/shop', {
      provider: 'generic',
      secrets: { hmac: 'another-secret-of-the-test' },
    })
    expect(await env.REGISTRY.getByName('registry').snapshots.source('shop')).toMatchObject({
      capture: undefined,
    })
  })

  it('shows its deliveries to operators, and only the list to viewers', async () => {
    await begin()
    await handOver(here.clock.nowMs)
    const viewer = await holder(here, 'viewer', ['shop'])
    const operator = await holder(here, 'operator', ['shop'])
    const foreign = await holder(here, 'operator', ['elsewhere'])
    const statuses = (path: string) =>
      Promise.all([viewer, operator, foreign].map(async ({ send }) => (await send('GET', path)).status))
    expect(await statuses(PATH)).toEqual([200, 200, 404])
    expect(await statuses(`${PATH}/${ID}`)).toEqual([403, 200, 404])
  })
})

describe('what is no capture', () => {
  it.each([
    [{ for_seconds: 0 }, 'body_invalid'],
    [{ for_seconds: 3_601 }, 'body_invalid'],
    [{ for_seconds: 1.5 }, 'body_invalid'],
    [{ seconds: 60 }, 'body_invalid'],
  ])('%j is refused', async (body, code) => {
    expect((await begin(body)).json['code']).toBe(code)
    expect(await view()).toMatchObject({ capturing: false })
  })

  it.each(['GET', 'PUT', 'DELETE'])('%s of an unknown source', async (method) => {
    const body = method === 'PUT' ? {} : undefined
    const { json } = await here.api(method, '/api/sources/nobody/capture', body)
    expect(json['code']).toBe('source_unknown')
  })
})
