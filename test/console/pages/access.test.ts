/** Logins by token, ending sessions, and the access page. */
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { ensureSources, holder, sending } from '../credentials.ts'
import { migrate, newConsole } from '../support.ts'
import { type Visitor, copyOf, lastLine, logIn, visitor } from './visitor.ts'

beforeAll(async () => {
  await migrate()
  await ensureSources(newConsole(), ['own', 'foreign'])
})

describe('a session', () => {
  const isIn = async (someone: Visitor): Promise<boolean> => (await someone.get('/')).status === 200

  it('ends with the logout, even for a copy of its cookie', async () => {
    const { someone, form_token } = await logIn(newConsole(), 'viewer')
    const copy = copyOf(someone, newConsole())
    expect(await isIn(copy)).toBe(true)
    await someone.post('/logout', { form_token })
    expect(await isIn(copy)).toBe(false)
  })

  it('ends if its token is revoked or expires', async () => {
    const here = newConsole()
    const [one, other] = [await logIn(here, 'viewer'), await logIn(here, 'viewer')]
    await here.api('DELETE', `/api/tokens/${one.id}`)
    expect([await isIn(one.someone), await isIn(other.someone)]).toEqual([false, true])
  })

  it('can be ended by its id, or with all others', async () => {
    const here = newConsole()
    await here.api('DELETE', '/api/sessions')
    const [one, two, three] = [
      await logIn(here, 'viewer'),
      await logIn(here, 'viewer'),
      await logIn(here, 'operator', ['own']),
    ]
    const listed = (await here.api('GET', '/api/sessions')).json['sessions'] as Record<string, unknown>[]
    expect(listed).toHaveLength(3)
    expect(listed).toContainEqual(
      expect.objectContaining({ actor: `token:${three.id}`, role: 'operator', sources: ['own'] }),
    )
    const id = listed.find(({ actor }) => actor === `token:${one.id}`)?.['id']
    expect((await here.api('DELETE', `/api/sessions/${String(id)}`)).json).toEqual({ ended: 1 })
    expect([await isIn(one.someone), await isIn(two.someone)]).toEqual([false, true])
    for (const unknown of [String(id), 'all', 'x'])
      expect((await here.api('DELETE', `/api/sessions/${unknown}`)).json).toMatchObject({
        code: 'session_unknown',
      })
    expect(await isIn(two.someone)).toBe(true)
    expect((await here.api('DELETE', '/api/sessions')).json).toEqual({ ended: 2 })
    expect([await isIn(two.someone), await isIn(three.someone)]).toEqual([false, false])
  })

  it('is in the audit log with its actor, and so are its changes', async () => {
    const here = newConsole()
    const { id, someone, form_token } = await logIn(here, 'operator')
    expect(await lastLine(here)).toMatchObject({ action: 'session.began', actor: `token:${id}` })
    await someone.post('/suppressions/new', { form_token, address: 'bob@example.com' })
    expect(await lastLine(here)).toMatchObject({ action: 'suppression.added', actor: `token:${id}` })
  })
})

describe('the login', () => {
  it('has one limit across all isolates', async () => {
    const guess = (token: string, address: string) =>
      visitor(newConsole()).post('/login', { token }, { 'cf-connecting-ip': address })
    for (let i = 0; i < 10; i++) expect((await guess(`wrong-${i}`, '198.51.100.7')).status).toBe(401)
    expect((await guess(env.ADMIN_TOKEN, '198.51.100.7')).status).toBe(429)
    expect((await guess(env.ADMIN_TOKEN, '198.51.100.8')).status).toBe(303)
  })

  it('says why a token of ours no longer works', async () => {
    const here = newConsole()
    const { id, token } = await holder(here, 'viewer')
    await here.api('DELETE', `/api/tokens/${id}`)
    const response = await visitor(here).post('/login', { token })
    expect(response.status).toBe(401)
    expect(await response.text()).toContain('That token was revoked.')
  })
})

describe('the access page', () => {
  it('shows everyone their own role, and admins all callers', async () => {
    const here = newConsole()
    const viewer = await logIn(here, 'viewer')
    const seen = await viewer.someone.html('/access')
    expect(seen).toMatch(/<bdi>[^<]+, viewer<\/bdi>/)
    expect(seen).not.toContain(viewer.id)
    expect(seen).not.toMatch(/API tokens|Sessions/)
    const admin = await logIn(here, 'admin')
    const whole = await admin.someone.html('/access')
    expect(whole).toContain(viewer.id)
    expect(whole).toContain('Log everybody out')
  })

  it('names the people of Cloudflare Access to admins', async () => {
    const roles = {
      ACCESS_TEAM_DOMAIN: 'acme.cloudflareaccess.com',
      ACCESS_AUD: 'a',
      ACCESS_ROLES: '@example.com=viewer',
    }
    const here = newConsole(roles)
    expect(await (await logIn(here, 'admin')).someone.text('/access')).toMatch(
      /People .+@example\.com viewer/,
    )
    expect(await (await logIn(here, 'operator')).someone.text('/access')).not.toContain('@example.com')
  })

  it('creates a token that works, shows it once, and revokes it', async () => {
    const here = newConsole()
    const { someone, form_token } = await logIn(here, 'admin')
    const fields = {
      form_token,
      name: 'a <b>sender</b>',
      role: 'operator',
      sources: 'own, foreign',
      expires_in_days: '7',
    }
    const made = await someone.post('/access/tokens/new', fields)
    expect(made.headers.get('cache-control')).toBe('no-store')
    const token =
      /<code class="whole" data-copy="Token">(pst_[^<]+)<\/code>/.exec(await made.text())?.[1] ?? ''
    const send = sending(here, token)
    const { json } = await send('GET', '/api/me')
    expect(json).toMatchObject({ role: 'operator', sources: ['own', 'foreign'] })
    const listed = await someone.html('/access')
    expect(listed).not.toContain(token)
    expect(listed).toContain('7 days left')
    expect(listed).toContain('a &lt;b&gt;sender')
    const id = String(json['actor']).replace('token:', '')
    const question = `/access/tokens/${id}/revoke`
    expect(await someone.text(question)).toMatch(/Its next request is refused\..+a &lt;b&gt;sender/)
    const revoked = await someone.post(question, { form_token })
    expect(revoked.headers.get('location')).toBe('/access?notice=revoked')
    expect(await send('GET', '/api/me')).toMatchObject({ status: 401, json: { code: 'token_revoked' } })
    const unknown = await someone.post('/access/tokens/x/revoke', { form_token })
    expect(unknown.status).toBe(404)
  })

  it.each<[string, Record<string, string>, string]>([
    ['a malformed source name', { sources: 'Own!' }, 'Must be 1 to 64 lower-case letters'],
    ['a number of days in words', { expires_in_days: 'ten' }, 'Must be a whole number from 1 to 365.'],
    ['sources for an admin', { role: 'admin', sources: 'own' }, 'Must not name sources for an admin'],
  ])('makes none with %s, and keeps what was typed', async (_what, changes, says) => {
    const { someone, form_token } = await logIn(newConsole(), 'admin')
    const typed = { name: 'typed before', role: 'viewer', sources: '', expires_in_days: '90', ...changes }
    const fields = { form_token, ...typed }
    const response = await someone.post('/access/tokens/new', fields)
    expect(response.status).toBe(422)
    const html = await response.text()
    expect(html).toContain(says)
    expect(html).toContain(`value="${typed.expires_in_days}"`)
  })

  it('retires the admin token, lists what it made, and ends it if asked', async () => {
    const stolen = 'admin-token-of-a-page-0123456789'
    const here = newConsole({ ADMIN_TOKEN: stolen })
    const thief = visitor(here)
    const form = await thief.enter(stolen)
    const fields = {
      form_token: form,
      name: 'of the thief',
      role: 'admin',
      sources: '',
      expires_in_days: '365',
    }
    const made = await (await thief.post('/access/tokens/new', fields)).text()
    const token = /<code class="whole" data-copy="Token">(pst_[^<]+)<\/code>/.exec(made)?.[1] ?? ''
    const { someone, form_token } = await logIn(newConsole(), 'admin')
    // In this deployment the Worker has another value of the token.
    const me = copyOf(someone, here)
    const path = '/access/admin-token/retire'
    const unexplained = await me.post(path, { form_token })
    expect([unexplained.status, await unexplained.text()]).toEqual([422, expect.stringContaining('reason')])
    const listed = await (await me.post(path, { form_token, reason: 'leaked' })).text()
    expect(listed).toMatch(/stay valid.*of the thief/s)
    expect((await thief.get('/')).status).toBe(303)
    expect((await sending(here, token)('GET', '/api/me')).status).toBe(200)
    const again = { form_token, reason: 'leaked', end_what_it_made: 'yes' }
    expect(await (await me.post(path, again)).text()).toMatch(/are revoked.*of the thief/s)
    expect((await sending(here, token)('GET', '/api/me')).status).toBe(401)
    expect((await me.get('/access')).status).toBe(200)
  })

  it('ends a session', async () => {
    const here = newConsole()
    const { someone, form_token } = await logIn(here, 'admin')
    expect(await someone.text('/access/sessions/end-all')).toMatch(/\d+ sessions? will end, yours as well/)
    await someone.post('/access/sessions/end-all', { form_token })
    expect((await someone.get('/')).status).toBe(303)
    const again = await logIn(here, 'admin')
    const [, path = ''] =
      /href="(\/access\/sessions\/[^/"]+\/end)"/.exec(await again.someone.html('/access')) ?? []
    expect(await again.someone.text(path)).toMatch(/End a session.+admin/)
    await again.someone.post(path, { form_token: again.form_token })
    expect((await again.someone.get('/')).status).toBe(303)
  })
})
