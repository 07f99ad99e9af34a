import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { ROUTES } from '../../../src/console/api/index.ts'
import type { ConsoleEnv } from '../../../src/console/env.ts'
import { expectProblem, migrate, newConsole } from '../support.ts'

beforeAll(migrate)

const pathOf = (path: string): string => path.replaceAll(/\{\w+\}/g, 'nobody%40example.com')

const EACH = ROUTES.map(({ method, path }) => [method, pathOf(path)] as const)

describe('every route', () => {
  const here = newConsole()

  it.each(EACH)('refuses %s %s without the token', async (method, path) => {
    const response = await here.fetch(path, { method })
    const json: Record<string, unknown> = await response.json()
    expectProblem(response, json)
    expect(json).toMatchObject({ status: 401, code: 'token_missing' })
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="postern"')
  })

  it.each(EACH)('refuses %s %s with a wrong token', async (method, path) => {
    const wrong = `${env.ADMIN_TOKEN.slice(0, -1)}!`
    // Only a hundred of one client are judged in a minute.
    const client = `198.51.100.${EACH.findIndex((one) => one[0] === method && one[1] === path)}`
    const headers = { authorization: `Bearer ${wrong}`, 'cf-connecting-ip': client }
    const response = await here.fetch(path, { method, headers })
    const json: Record<string, unknown> = await response.json()
    expectProblem(response, json)
    expect(json).toMatchObject({ status: 401, code: 'token_wrong' })
    expect(JSON.stringify(json)).not.toContain(wrong)
  })

  it.each(EACH)('has a request id for %s %s, and is never cached', async (method, path) => {
    const { headers } = await here.api(method, path, method === 'GET' ? undefined : {})
    expect(headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{24}$/)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('strict-transport-security')).toBe('max-age=63072000')
  })
})

describe('the token', () => {
  it.each([
    ['with the scheme in another case', `bearer ${env.ADMIN_TOKEN}`, 200],
    ['as Basic', `Basic ${btoa(`admin:${env.ADMIN_TOKEN}`)}`, 401],
    ['alone', env.ADMIN_TOKEN, 401],
    ['with an appended word', `Bearer ${env.ADMIN_TOKEN} x`, 401],
    ['without its last character', `Bearer ${env.ADMIN_TOKEN.slice(0, -1)}`, 401],
    ['empty', 'Bearer ', 401],
  ])('%s', async (_how, authorization, status) => {
    expect((await newConsole().fetch('/api/sources', { headers: { authorization } })).status).toBe(status)
  })

  it('is not read from the session cookie or the query', async () => {
    const here = newConsole()
    const cookie = `__Host-postern_session=${env.ADMIN_TOKEN}`
    expect((await here.fetch(`/api/sources?token=${env.ADMIN_TOKEN}`, { headers: { cookie } })).status).toBe(
      401,
    )
  })

  it('can be guessed a hundred times a minute from one address, then gets 429', async () => {
    const here = newConsole()
    const guess = (token: string, address: string) =>
      here.fetch('/api/sources', {
        headers: { authorization: `Bearer ${token}`, 'cf-connecting-ip': address },
      })
    for (let i = 0; i < 100; i++) expect((await guess(`guess-${i}-0123456789`, '192.0.2.1')).status).toBe(401)
    const waits = await guess(env.ADMIN_TOKEN, '192.0.2.1')
    expect(waits.status).toBe(429)
    expect(Number(waits.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await guess(env.ADMIN_TOKEN, '192.0.2.2')).status).toBe(200)
    here.clock.nowMs += 60_000
    expect((await guess(env.ADMIN_TOKEN, '192.0.2.1')).status).toBe(200)
  })
})

describe('an internal error', () => {
  const BROKEN: Partial<ConsoleEnv> = {
    REGISTRY: {
      getByName: () => {
        throw new Error('the secret is hunter2')
      },
    },
  }

  it('gives a problem without details, and a log line without its message', async () => {
    const here = newConsole(BROKEN)
    const { status, json } = await here.api('GET', '/api/sources')
    expect({ status, code: json['code'] }).toEqual({ status: 500, code: 'fault' })
    expect(JSON.stringify([json, here.logged])).not.toContain('hunter2')
    expect(here.logged).toContainEqual(expect.objectContaining({ event: 'fault', fault: 'Error' }))
  })
})

it('logs one line a request, with the name of the route and without the path', async () => {
  const here = newConsole()
  await here.api('GET', '/api/suppressions/secret.person%40example.com,')
  expect(here.logged).toEqual([
    {
      event: 'console_answered',
      request_id: expect.stringMatching(/^req_/),
      method: 'GET',
      handler: 'getSuppression',
      status: 400,
      code: 'parameter_invalid',
      duration_ms: 0,
    },
  ])
})

describe('settings', () => {
  it.each<[string, Partial<Record<'MASTER_KEY' | 'ADMIN_TOKEN' | 'GATEWAY_URL', string>>, string[]]>([
    ['no master key', { MASTER_KEY: '' }, ['MASTER_KEY']],
    ['a malformed master key', { MASTER_KEY: 'v1:abc' }, ['MASTER_KEY']],
    ['no admin token', { ADMIN_TOKEN: '' }, ['ADMIN_TOKEN is not set']],
    ['a short admin token', { ADMIN_TOKEN: 'fifteen-charact' }, ['16 characters']],
    ['a placeholder', { ADMIN_TOKEN: 'your-admin-token-here' }, ['placeholder']],
    ['an admin token that no header can carry', { ADMIN_TOKEN: 'sixteen characters' }, ['visible ASCII']],
    ['an invalid gateway URL', { GATEWAY_URL: 'gate.example' }, ['GATEWAY_URL']],
    [
      'all of them',
      { MASTER_KEY: '', ADMIN_TOKEN: 'tiny-value', GATEWAY_URL: 'no-address' },
      ['MASTER_KEY', 'ADMIN_TOKEN', 'GATEWAY_URL'],
    ],
  ])('with %s every request is told so', async (_what, changes, expected) => {
    const here = newConsole(changes)
    const { status, json } = await here.api('GET', '/api/sources')
    expect({ status, code: json['code'] }).toEqual({ status: 503, code: 'not_set_up' })
    for (const part of expected) expect(json['detail']).toContain(part)
    for (const value of Object.values(changes)) if (value !== '') expect(json['detail']).not.toContain(value)
    const page = await here.fetch('/')
    expect(page.status).toBe(503)
    expect(await page.text()).toContain(expected[0])
  })

  it('allow an unknown gateway URL', async () => {
    const { status } = await newConsole({ GATEWAY_URL: '' }).api('GET', '/api/sources')
    expect(status).toBe(200)
  })
})
