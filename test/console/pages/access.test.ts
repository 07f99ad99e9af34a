/** Requests every page with every role. Also tests logins by token, ending sessions, and the access page. */
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ROLES } from '../../../src/api/route.ts'
import { PAGES } from '../../../src/console/pages/index.tsx'
import type { Role } from '../../../src/registry/operators/operators.ts'
import { addSuppression } from '../../../src/store/suppressions.ts'
import { storeDeadLetter } from '../../../src/store/dead-letters.ts'
import { NOON_MS, contentsOf, mailEvent } from '../../support/mail-events.ts'
import { inlineEnvelope } from '../../support/queue.ts'
import { emptyStore } from '../../support/store.ts'
import { holder, sending } from '../credentials.ts'
import { type TestConsole, newConsole, store } from '../support.ts'
import { type Visitor, formTokenOf, visitor } from './visitor.ts'

/** A visitor who is logged in with a token of that role. */
async function logIn(here: TestConsole, role: Role, sources?: readonly string[]) {
  const { id, token } = await holder(here, role, sources)
  const someone = visitor(here)
  expect((await someone.post('/login', { token })).headers.get('location')).toBe('/')
  const html = await (await someone.get('/')).text()
  return { id, someone, html, form_token: formTokenOf(html) }
}

const pathFor = (path: string, source = 'own'): string =>
  path.replace(':name', source).replaceAll(/:\w+/g, '1')

beforeAll(async () => {
  await emptyStore()
  const document = { provider: 'generic', secrets: { hmac: 'secret-of-the-pages-test' } }
  for (const name of ['own', 'foreign']) await newConsole().api('PUT', `/api/sources/${name}`, document)
})

const CLOSED = PAGES.filter(({ who }) => who !== 'anybody')

it('leaves pages without data open to everyone', () => {
  expect(PAGES.filter(({ who }) => who === 'anybody').map(({ path }) => path)).toEqual([
    '/style.css',
    '/icon.svg',
    '/retrieve',
    '/login',
  ])
})

describe.each(CLOSED)('$path', (page) => {
  const methods = [...(page.get === undefined ? [] : ['get']), ...(page.post === undefined ? [] : ['post'])]

  it('without a session leads to the login', async () => {
    for (const method of methods) {
      const someone = visitor(newConsole())
      const response = await (method === 'get' ? someone.get : someone.post)(pathFor(page.path))
      const isIncident = method === 'get' && page.path === '/incidents/:number'
      expect(response.headers.get('location')).toBe(isIncident ? '/login?incident=1' : '/login')
    }
  })

  it.each(ROLES)('as %s', async (role) => {
    const { someone, form_token } = await logIn(newConsole(), role)
    const allowed = ROLES.indexOf(role) >= ROLES.indexOf(page.who as Role)
    for (const method of methods) {
      const path = pathFor(page.path, 'unknown')
      const response = await (method === 'get' ? someone.get(path) : someone.post(path, { form_token }))
      if (allowed) expect([403, 500]).not.toContain(response.status)
      else expect(response.status).toBe(403)
    }
  })

  it('of another source looks like an unknown source', async () => {
    if (!page.path.includes(':name')) return
    const { someone, form_token } = await logIn(newConsole(), 'operator', ['own'])
    for (const method of methods) {
      const seen = async (source: string) => {
        const path = pathFor(page.path, source)
        const response = await (method === 'get' ? someone.get(path) : someone.post(path, { form_token }))
        return { status: response.status, html: (await response.text()).replaceAll(/req_[0-9a-f]+/g, '') }
      }
      expect(await seen('foreign')).toMatchObject({ status: 404 })
      expect(await seen('foreign')).toEqual(await seen('unknown'))
    }
  })
})

it('refuses pages about all sources to a token for some', async () => {
  const { someone, form_token } = await logIn(newConsole(), 'operator', ['own'])
  const closed = CLOSED.filter(({ allSources, who }) => allSources === true && who !== 'admin')
  expect(closed.map(({ path }) => path)).toEqual(
    expect.arrayContaining([
      '/suppressions/add',
      '/suppressions/remove',
      '/suppressions/new',
      '/destinations/:destination',
      '/destinations/:destination/test',
    ]),
  )
  for (const page of closed) {
    const path = pathFor(page.path)
    const response = await (page.get ? someone.get(path) : someone.post(path, { form_token }))
    expect([path, response.status]).toEqual([path, 403])
  }
})

describe('the first page', () => {
  beforeEach(async () => {
    await emptyStore()
    await addSuppression(store, 'ada@example.com', '', NOON_MS)
    const event = await mailEvent({ type: 'email.sent', atMs: NOON_MS, source: 'own' })
    const envelope = { ...(await inlineEnvelope(contentsOf([event]), 'req_1/0')), source: 'own' }
    await storeDeadLetter(store, { messageId: 'q', envelope, reason: 'store_failed', attempts: 1 }, NOON_MS)
  })

  it('shows a viewer no button except Log out, and no recipient', async () => {
    const { html } = await logIn(newConsole(), 'viewer')
    const actions = [...html.matchAll(/<form method="post" action="([^"]*)"/g)].map(([, action]) => action)
    expect(actions).toEqual(['/logout'])
    expect(html).not.toContain('/suppressions/new')
    expect(html).not.toContain('ada@example.com')
    expect(html).toMatch(/token [0-9a-f]{12}, viewer/)
  })

  it('leads a viewer to sources without links that change secrets', async () => {
    const links = async (role: Role) => {
      const { someone } = await logIn(newConsole(), role)
      const html = await (await someone.get('/sources/own')).text()
      return [...html.matchAll(/href="\/sources\/own\/secrets\/[^"]*\/(\w+)"/g)].map(([, act]) => act)
    }
    expect(await links('viewer')).toEqual([])
    expect(new Set(await links('operator'))).toEqual(new Set(['rotate', 'revoke']))
  })

  it('shows an operator the buttons for operators', async () => {
    const { html } = await logIn(newConsole(), 'operator')
    for (const action of ['/suppressions/remove', '/dead-letters/redrive', '/dead-letters/redrive-all'])
      expect(html).toContain(`action="${action}"`)
    expect(html).toContain('ada@example.com')
  })

  it('shows a token for one source only that source', async () => {
    const { html } = await logIn(newConsole(), 'operator', ['own'])
    expect(html).toContain('/hooks/own')
    expect(html).not.toContain('foreign')
    expect(html).not.toContain('ada@example.com')
  })
})

describe('a session', () => {
  /** The same cookie in another browser, as if stolen. */
  const copyOf = (someone: Visitor, here = newConsole()): Visitor => {
    const other = visitor(here)
    for (const [name, value] of someone.cookies) other.cookies.set(name, value)
    return other
  }
  const isIn = async (someone: Visitor): Promise<boolean> => (await someone.get('/')).status === 200

  it('ends with the logout, even for a copy of its cookie', async () => {
    const { someone, form_token } = await logIn(newConsole(), 'viewer')
    const copy = copyOf(someone)
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
    await someone.post('/suppressions/add', { form_token, address: 'bob@example.com' })
    const lines = await env.REGISTRY.getByName('registry').auditBefore(Number.MAX_SAFE_INTEGER, 2)
    expect(lines.map(({ text }) => JSON.parse(text) as object)).toMatchObject([
      { action: 'suppression.added', actor: `token:${id}` },
      { action: 'session.began', actor: `token:${id}` },
    ])
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
    const seen = await (await viewer.someone.get('/access')).text()
    expect(seen).toContain(`token ${viewer.id}, viewer`)
    expect(seen).not.toMatch(/API tokens|Sessions/)
    const admin = await logIn(here, 'admin')
    const whole = await (await admin.someone.get('/access')).text()
    expect(whole).toContain(viewer.id)
    expect(whole).toContain('Log everybody out')
  })

  it('creates a token that works, shows it once, and revokes it', async () => {
    const here = newConsole()
    const { someone, form_token } = await logIn(here, 'admin')
    const fields = {
      form_token,
      name: 'a <b>sender</b>',
      role: 'operator',
      sources: 'own, foreign',
      days: '7',
    }
    const made = await someone.post('/access/tokens/new', fields)
    expect(made.headers.get('cache-control')).toBe('no-store')
    const token = /<code id="token">(pst_[^<]+)<\/code>/.exec(await made.text())?.[1] ?? ''
    const send = sending(here, token)
    const { json } = await send('GET', '/api/me')
    expect(json).toMatchObject({ role: 'operator', sources: ['own', 'foreign'] })
    const listed = await (await someone.get('/access')).text()
    expect(listed).not.toContain(token)
    expect(listed).toContain('in 7 days')
    expect(listed).toContain('a &lt;b&gt;sender')
    const id = String(json['actor']).replace('token:', '')
    const revoked = await someone.post('/access/tokens/revoke', { form_token, id })
    expect(revoked.headers.get('location')).toBe('/access?notice=revoked')
    expect(await send('GET', '/api/me')).toMatchObject({ status: 401, json: { code: 'token_revoked' } })
    const unknown = await someone.post('/access/tokens/revoke', { form_token, id: 'x' })
    expect(unknown.headers.get('location')).toBe('/access?notice=nothing')
  })

  it.each<[string, Record<string, string>, string]>([
    ['no name', { name: ' ' }, 'A name has'],
    ['no role', { role: '' }, 'Choose one'],
    ['an unknown role', { role: 'owner' }, 'Choose one'],
    ['a malformed source name', { sources: 'Own!' }, 'A source is named'],
    ['sources for an admin', { role: 'admin', sources: 'own' }, 'An admin sees all sources'],
    ['too many days', { days: '366' }, 'A token lives'],
    ['a number of days in words', { days: 'ten' }, 'A token lives'],
  ])('makes none with %s, and keeps what was typed', async (_what, changes, says) => {
    const { someone, form_token } = await logIn(newConsole(), 'admin')
    const fields = { form_token, name: 'typed before', role: 'viewer', sources: '', days: '90', ...changes }
    const response = await someone.post('/access/tokens/new', fields)
    expect(response.status).toBe(422)
    const html = await response.text()
    expect(html).toContain(says)
    expect(html).toContain(`value="${fields.days}"`)
  })

  it('retires the admin token, lists what it made, and ends it if asked', async () => {
    const stolen = 'admin-token-of-a-page-0123456789'
    const here = newConsole({ ADMIN_TOKEN: stolen })
    const thief = visitor(here)
    await thief.post('/login', { token: stolen })
    const form = formTokenOf(await (await thief.get('/')).text())
    const fields = { form_token: form, name: 'of the thief', role: 'admin', sources: '', days: '365' }
    const made = await (await thief.post('/access/tokens/new', fields)).text()
    const token = /<code id="token">(pst_[^<]+)<\/code>/.exec(made)?.[1] ?? ''
    const { someone, form_token } = await logIn(newConsole(), 'admin')
    // In this deployment the Worker has another value of the token.
    const me = visitor(here)
    for (const [name, value] of someone.cookies) me.cookies.set(name, value)
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

  it('ends one session, or all', async () => {
    const here = newConsole()
    await here.api('DELETE', '/api/sessions')
    const viewer = await logIn(here, 'viewer')
    const { someone, form_token } = await logIn(here, 'admin')
    const listed = (await here.api('GET', '/api/sessions')).json['sessions'] as Record<string, unknown>[]
    const id = String(listed.find(({ actor }) => actor === `token:${viewer.id}`)?.['id'])
    await someone.post('/access/sessions/end', { form_token, id: 'all' })
    expect((await viewer.someone.get('/')).status).toBe(200)
    await someone.post('/access/sessions/end', { form_token, id })
    expect((await viewer.someone.get('/')).status).toBe(303)
    await someone.post('/access/sessions/end-all', { form_token })
    expect((await someone.get('/')).status).toBe(303)
  })
})
