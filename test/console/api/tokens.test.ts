import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { ensureSources, holder, sending } from '../credentials.ts'
import { migrate, newConsole } from '../support.ts'

const DAY_MS = 86_400_000

beforeAll(migrate)

const WANTED = { name: 'the shop’s sender', role: 'viewer' }

describe('a token', () => {
  it('is shown once, and never again', async () => {
    const here = newConsole()
    await ensureSources(here, ['shop', 'news'])
    const { status, json } = await here.api('POST', '/api/tokens', { ...WANTED, sources: ['shop', 'news'] })
    expect(status).toBe(201)
    const token = String(json['token'])
    expect(json).toMatchObject({ ...WANTED, sources: ['shop', 'news'], last_used_at: null, revoked_at: null })
    const secret = token.split('_').at(-1) ?? ''
    const everything = JSON.stringify([
      (await here.api('GET', '/api/tokens')).json,
      (await here.api('GET', '/api/audit')).json,
      here.logged,
    ])
    expect(everything).toContain(String(json['id']))
    expect(everything).not.toContain(secret)
  })

  it.each([
    [undefined, 90],
    [1, 1],
    [365, 365],
  ])('that lives %s days expires after %i', async (expires_in_days, days) => {
    const here = newConsole()
    const { json } = await here.api('POST', '/api/tokens', { ...WANTED, expires_in_days })
    const send = sending(here, String(json['token']))
    const beganMs = here.clock.nowMs
    here.clock.nowMs = beganMs + days * DAY_MS - 1
    expect((await send('GET', '/api/me')).status).toBe(200)
    here.clock.nowMs = beganMs + days * DAY_MS
    expect(await send('GET', '/api/me')).toMatchObject({ status: 401, json: { code: 'token_expired' } })
  })

  it('is refused from the next request after it is revoked, in every isolate', async () => {
    const [here, there] = [newConsole(), newConsole()]
    const { id, token, send } = await holder(here, 'operator')
    expect((await send('GET', '/api/me')).status).toBe(200)
    expect((await sending(there, token)('GET', '/api/me')).status).toBe(200)
    expect((await here.api('DELETE', `/api/tokens/${id}`)).json['revoked_at']).toMatch(/Z$/)
    for (const console of [here, there]) {
      const answer = await sending(console, token)('GET', '/api/me')
      expect(answer).toMatchObject({ status: 401, json: { code: 'token_revoked' } })
    }
    const again = await here.api('DELETE', `/api/tokens/${id}`)
    expect(again.status).toBe(200)
    expect((await here.api('DELETE', '/api/tokens/000000000000')).json).toMatchObject({
      code: 'token_unknown',
    })
  })

  it('can read its own name and role', async () => {
    const here = newConsole()
    const { id, send } = await holder(here, 'operator', ['shop'])
    expect((await send('GET', '/api/me')).json).toEqual({
      actor: `token:${id}`,
      role: 'operator',
      sources: ['shop'],
    })
    expect((await here.api('GET', '/api/me')).json).toEqual({ actor: 'admin', role: 'admin', sources: null })
  })

  it('is listed with the time of its last use, to the hour', async () => {
    const here = newConsole()
    const { id, send } = await holder(here, 'viewer')
    const usedAt = async () => {
      const { json } = await here.api('GET', '/api/tokens')
      return (json['tokens'] as Record<string, unknown>[]).find((token) => token['id'] === id)?.[
        'last_used_at'
      ]
    }
    expect(await usedAt()).toBeNull()
    await send('GET', '/api/me')
    const first = await usedAt()
    expect(first).toBe(new Date(here.clock.nowMs).toISOString())
    here.clock.nowMs += 3_599_999
    await send('GET', '/api/me')
    expect(await usedAt()).toBe(first)
    here.clock.nowMs += 1
    await send('GET', '/api/me')
    expect(await usedAt()).toBe(new Date(here.clock.nowMs).toISOString())
  })

  it.each<[string, object, string]>([
    ['no name', { role: 'viewer' }, 'name'],
    ['an empty name', { ...WANTED, name: ' ' }, 'name'],
    ['an unknown role', { ...WANTED, role: 'owner' }, 'role'],
    ['no role', { name: 'x' }, 'role'],
    ['an empty list of sources', { ...WANTED, sources: [] }, 'sources'],
    ['a malformed source name', { ...WANTED, sources: ['Shop'] }, 'sources.0'],
    ['a source that does not exist', { ...WANTED, sources: ['nowhere'] }, 'sources.0'],
    ['sources for an admin', { ...WANTED, role: 'admin', sources: ['shop'] }, ''],
    ['a lifetime of zero days', { ...WANTED, expires_in_days: 0 }, 'expires_in_days'],
    ['a lifetime of more than a year', { ...WANTED, expires_in_days: 366 }, 'expires_in_days'],
    ['half a day', { ...WANTED, expires_in_days: 0.5 }, 'expires_in_days'],
    ['an unknown field', { ...WANTED, hash: 'x' }, 'hash'],
  ])('with %s is refused', async (_what, body, path) => {
    const { status, json } = await newConsole().api('POST', '/api/tokens', body)
    expect(status).toBe(422)
    const paths = (json['problems'] as { path: string }[]).map((fault) => fault.path)
    expect([...new Set(paths)]).toEqual([path])
    for (const { problem } of json['problems'] as { problem: string }[])
      expect(problem).toMatch(/^(?:Must|Is required|There is no|Is not a field)/)
  })
})

describe('the Worker’s admin token', () => {
  const REASON = { 'x-reason': 'Everybody has a token of their own by now.' }
  const retire = (token: string, headers: Record<string, string> = REASON, here = newConsole()) =>
    sending(here, token)('POST', '/api/admin-token/retire', {}, headers)

  it('is retired with a reason if another admin exists, until it has a new value', async () => {
    const FIRST = 'first-admin-token-0123456789'
    const isolate = () => newConsole({ ADMIN_TOKEN: FIRST })
    expect(await retire(FIRST, {}, isolate())).toMatchObject({ status: 400, json: { code: 'reason_needed' } })

    for (const { id, role } of await env.REGISTRY.getByName('registry').operators.tokens())
      if (role === 'admin') await newConsole().api('DELETE', `/api/tokens/${id}`)
    await holder(newConsole(), 'operator')
    expect(await retire(FIRST, REASON, isolate())).toMatchObject({
      status: 409,
      json: { code: 'last_admin' },
    })

    const admin = await holder(newConsole(), 'admin')
    expect(await retire(FIRST, REASON, isolate())).toMatchObject({ status: 200, json: { retired: true } })
    const refused = await sending(isolate(), FIRST)('GET', '/api/me')
    expect(refused).toMatchObject({ status: 401, json: { code: 'token_revoked' } })
    expect((await admin.send('GET', '/api/me')).status).toBe(200)
    const next = 'second-admin-token-0123456789'
    const renewed = await sending(newConsole({ ADMIN_TOKEN: next }), next)('GET', '/api/me')
    expect(renewed).toMatchObject({ status: 200, json: { role: 'admin' } })
    expect((await retire(FIRST, REASON, isolate())).status).toBe(401)
  })

  it('lists what it made, and ends it if asked', async () => {
    const stolen = 'stolen-admin-token-0123456789'
    const isolate = () => newConsole({ ADMIN_TOKEN: stolen })
    const mine = await holder(newConsole(), 'admin')
    const made = await sending(isolate(), stolen)('POST', '/api/tokens', { ...WANTED, role: 'admin' })
    expect(made.json).toMatchObject({ created_by: 'admin' })
    const thief = sending(isolate(), String(made.json['token']))
    const second = await thief('POST', '/api/tokens', WANTED)
    const call = (body: unknown) =>
      sending(isolate(), mine.token)('POST', '/api/admin-token/retire', body, REASON)
    const listed = await call({})
    expect(listed).toMatchObject({ status: 200, json: { ended_what_it_made: false } })
    expect(JSON.stringify(listed.json)).toContain(String(second.json['id']))
    expect((await thief('GET', '/api/me')).status).toBe(200)

    const ended = await call({ end_what_it_made: true })
    expect(ended).toMatchObject({ status: 200, json: { retired: true, ended_what_it_made: true } })
    expect(JSON.stringify(ended.json)).not.toContain(mine.token.split('_')[1])
    for (const token of [made, second].map(({ json }) => String(json['token'])))
      expect(await sending(isolate(), token)('GET', '/api/me')).toMatchObject({
        status: 401,
        json: { code: 'token_revoked' },
      })
    expect((await sending(isolate(), mine.token)('GET', '/api/me')).status).toBe(200)
    expect(await call({ end_what_it_made: 'yes' })).toMatchObject({ status: 422 })
  })

  it('may be retired if Access has an admin', async () => {
    const token = 'access-admin-token-0123456789'
    for (const { id, role } of await env.REGISTRY.getByName('registry').operators.tokens())
      if (role === 'admin') await newConsole().api('DELETE', `/api/tokens/${id}`)
    const access = { ACCESS_TEAM_DOMAIN: 'acme.cloudflareaccess.com', ACCESS_AUD: 'a', ADMIN_TOKEN: token }
    const withViewers = newConsole({ ...access, ACCESS_ROLES: '@example.com=viewer' })
    expect((await retire(token, REASON, withViewers)).status).toBe(409)
    const withAdmin = newConsole({ ...access, ACCESS_ROLES: 'ada@example.com=admin' })
    expect((await retire(token, REASON, withAdmin)).status).toBe(200)
  })
})
