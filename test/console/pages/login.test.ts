import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Role } from '../../../src/registry/operators/operator.ts'
import { holder } from '../credentials.ts'
import { ORIGIN, migrate, newConsole } from '../support.ts'
import { copyOf, formTokenOf, textOf, visitor } from './visitor.ts'

beforeAll(migrate)

it('shows no data and no form token without a session', async () => {
  const text = await visitor(newConsole()).html('/login')
  expect(text).toContain('<h1>Log in</h1>')
  expect(formTokenOf(text)).toBe('')
})

describe('the login', () => {
  it('starts a session for the admin token, in a cookie that is HttpOnly and SameSite=Strict', async () => {
    const someone = visitor(newConsole())
    const response = await someone.post('/login', { token: env.ADMIN_TOKEN })
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe('/')
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-postern_session=[^;]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure$/,
      ),
    ])
    expect(response.headers.get('set-cookie')).not.toContain(env.ADMIN_TOKEN)
    expect((await someone.get('/')).status).toBe(200)
    expect((await someone.get('/login')).headers.get('location')).toBe('/')
  })

  it('works over plain HTTP on this machine', async () => {
    const someone = visitor(newConsole(), 'http://localhost:8788')
    const response = await someone.post('/login', { token: env.ADMIN_TOKEN })
    expect(response.headers.get('set-cookie')).toMatch(/^postern_session=[^;]+; Path=\/; .*SameSite=Strict$/)
    expect(response.headers.get('strict-transport-security')).toBeNull()
    expect((await someone.get('/')).status).toBe(200)
  })

  it('is refused over plain HTTP elsewhere, with the reason', async () => {
    const response = await visitor(newConsole(), 'http://console.example').post('/login', {
      token: env.ADMIN_TOKEN,
    })
    expect(response.status).toBe(400)
    expect(response.headers.get('set-cookie')).toBeNull()
    expect(await response.text()).toContain('needs HTTPS')
  })

  it.each([
    ['a wrong token', { token: 'test-admin-token-0123456788' }],
    ['a truncated token', { token: env.ADMIN_TOKEN.slice(0, -1) }],
    ['an empty token', { token: '' }],
    ['no token', {}],
  ])('says plainly that it was %s', async (_what, fields: Record<string, string>) => {
    const someone = visitor(newConsole())
    const response = await someone.post('/login', fields)
    expect(response.status).toBe(401)
    expect(someone.cookies.size).toBe(0)
    const text = await response.text()
    expect(text).toContain('That is no token that is known here.')
    if (fields['token']) expect(text).not.toContain(fields['token'])
  })

  it('accepts a token that was pasted with white space around it', async () => {
    expect((await visitor(newConsole()).post('/login', { token: ` ${env.ADMIN_TOKEN}\r\n` })).status).toBe(
      303,
    )
  })

  it.each([
    ['another site', { origin: 'https://evil.example' }],
    ['a page without an origin', { origin: 'null' }],
    ['the same host over HTTP', { origin: 'http://console.example' }],
    ['a host with the same beginning', { origin: 'https://console.example.evil.example' }],
  ])('is not taken from %s', async (_what, headers) => {
    const someone = visitor(newConsole())
    expect((await someone.post('/login', { token: env.ADMIN_TOKEN }, headers)).status).toBe(403)
    expect(someone.cookies.size).toBe(0)
  })

  it('leads to the incident that a notice linked to', async () => {
    const someone = visitor(newConsole())
    const path = (await someone.get('/incidents/17')).headers.get('location') ?? ''
    expect(path).toBe('/login?incident=17')
    const shown = await someone.html(path)
    expect(shown).toContain('name="incident" value="17"')
    const wrong = await someone.post('/login', { token: 'not-the-token', incident: '17' })
    expect(await wrong.text()).toContain('name="incident" value="17"')
    const right = await someone.post('/login', { token: env.ADMIN_TOKEN, incident: '17' })
    expect(right.headers.get('location')).toBe('/incidents/17')
    expect((await someone.get(path)).headers.get('location')).toBe('/incidents/17')
  })

  it('asks a browser that follows a link from elsewhere once more, since it did not send its cookie', async () => {
    const from = (site: string) => visitor(newConsole(), ORIGIN, { 'sec-fetch-site': site })
    const asked = await from('cross-site').get('/incidents/17')
    expect(asked.status).toBe(200)
    expect(await asked.text()).toContain('http-equiv="refresh" content="0; url=/incidents/17"')
    expect((await from('same-origin').get('/incidents/17')).status).toBe(303)
    expect((await from('cross-site').get('/incidents')).status).toBe(303)
  })

  it.each(['//evil.example', '17/../..', '017', '17?x', '12345678901'])(
    'leads to the first page if the incident is %s',
    async (incident) => {
      const someone = visitor(newConsole())
      const shown = await (await someone.get(`/login?incident=${encodeURIComponent(incident)}`)).text()
      expect(shown).not.toContain('name="incident"')
      const response = await someone.post('/login', { token: env.ADMIN_TOKEN, incident })
      expect(response.headers.get('location')).toBe('/')
    },
  )

  it('leads to the list that was asked for, with its filters', async () => {
    const someone = visitor(newConsole())
    const path = (await someone.get('/events?type=email.bounced&source=shop')).headers.get('location') ?? ''
    expect(path).toBe(`/login?list=${encodeURIComponent('events?type=email.bounced&source=shop')}`)
    const wrong = await someone.post('/login', { token: 'not-the-token', list: 'events?type=email.bounced' })
    expect(await wrong.text()).toContain('name="list" value="events?type=email.bounced"')
    const right = await someone.post('/login', { token: env.ADMIN_TOKEN, list: 'events?type=email.bounced' })
    expect(right.headers.get('location')).toBe('/events?type=email.bounced')
  })

  it.each([
    '/evil.example?a=b',
    'events?x=//evil.example',
    'events?to=ada@example.com',
    'audit?a=b',
    'events',
    'events?a=b\n',
  ])('leads to the first page if the list is %j', async (list) => {
    const response = await visitor(newConsole()).post('/login', { token: env.ADMIN_TOKEN, list })
    expect(response.headers.get('location')).toBe('/')
  })

  it('cannot redirect to another site', async () => {
    for (const path of ['/login?next=https://evil.example', '/login?return=//evil.example']) {
      const response = await visitor(newConsole()).post(path, {
        token: env.ADMIN_TOKEN,
        next: '//evil.example',
      })
      expect(response.headers.get('location')).toBe('/')
    }
  })

  it('refuses an address, and no other, after ten wrong tokens in a minute', async () => {
    const here = newConsole()
    const someone = visitor(here)
    const guess = (token: string, address: string) =>
      someone.post('/login', { token }, { 'cf-connecting-ip': address })
    for (let i = 0; i < 10; i++) expect((await guess(`wrong-${i}`, '192.0.2.1')).status).toBe(401)
    const waits = await guess(env.ADMIN_TOKEN, '192.0.2.1')
    expect(waits.status).toBe(429)
    expect(waits.headers.get('retry-after')).toBe('60')
    expect(await waits.text()).toContain('Try again in 60 seconds.')
    expect(someone.cookies.size).toBe(0)
    expect((await guess(env.ADMIN_TOKEN, '192.0.2.2')).status).toBe(303)
    here.clock.nowMs += 60_000
    expect((await guess(env.ADMIN_TOKEN, '192.0.2.1')).status).toBe(303)
  })

  it('refuses a form larger than a token needs', async () => {
    expect((await visitor(newConsole()).post('/login', { token: 'x'.repeat(20_000) })).status).toBe(413)
  })
})

describe('a session', () => {
  it('ends after twelve hours', async () => {
    const here = newConsole()
    const someone = visitor(here)
    await someone.enter()
    here.clock.nowMs += 12 * 3_600_000 - 1_000
    expect((await someone.get('/')).status).toBe(200)
    here.clock.nowMs += 1_000
    expect((await someone.get('/')).status).toBe(303)
  })

  it('ends when the admin token changes', async () => {
    const someone = visitor(newConsole())
    await someone.enter()
    const changed = copyOf(someone, newConsole({ ADMIN_TOKEN: 'another-admin-token-0123' }))
    expect((await changed.get('/')).status).toBe(303)
  })

  it('does not authenticate API calls', async () => {
    const here = newConsole()
    const someone = visitor(here)
    await someone.enter()
    expect((await someone.get('/api/sources')).status).toBe(401)
  })
})

describe('a form whose session has ended', () => {
  const answer = async (fields: Record<string, string>, path = '/access/tokens/new', headers = {}) => {
    const here = newConsole()
    const someone = visitor(here)
    const response = await someone.post(path, fields, headers)
    const html = await response.text()
    const unsent = /name="unsent" value="([^"]*)"/.exec(html)?.[1]
    return { here, someone, response, html, unsent }
  }

  it('is shown again after the log-in, and sent by the one who logged in', async () => {
    const typed = {
      form_token: 'old',
      name: 'ops <b>team</b>',
      role: 'viewer',
      sources: '',
      expires_in_days: '30',
    }
    const { someone, response, html, unsent = '' } = await answer(typed)
    expect(response.status).toBe(401)
    expect(html).toContain('Your session has ended.')
    expect(html).not.toContain('team')
    // A wrong token does not lose it.
    const wrong = await (await someone.post('/login', { token: 'wrong', unsent })).text()
    expect(wrong).toContain(unsent)
    const shown = await someone.post('/login', { token: env.ADMIN_TOKEN, unsent })
    expect(shown.status).toBe(200)
    const page = await shown.text()
    expect(textOf(page)).toContain('ops &lt;b&gt;team&lt;/b&gt;')
    expect(page).toContain('action="/access/tokens/new"')
    const form_token = formTokenOf(page)
    expect(form_token).toHaveLength(43)
    const sent = await someone.post('/access/tokens/new', { ...typed, form_token })
    expect(await sent.text()).toContain('Copy it now')
  })

  it('keeps no secret, and then is not sent as it is', async () => {
    const typed = {
      value: 'the-secret-value',
      is_secret: 'value',
      'secret.hmac': 'another-secret',
      name: 'ops',
    }
    const { someone, unsent = '' } = await answer(typed, '/destinations/app/secrets/signing_secret/rotate')
    const page = await (await someone.post('/login', { token: env.ADMIN_TOKEN, unsent })).text()
    expect(page).toContain('Open the form again')
    expect(page).not.toMatch(/the-secret-value|another-secret|Send it now/)
  })

  it('keeps each value of a field that comes more than once, and no value of a header', async () => {
    const here = newConsole()
    const someone = visitor(here)
    const form = new URLSearchParams([
      ['name', 'app'],
      ['types', 'email.bounced'],
      ['types', 'email.complained'],
    ])
    const sealed = async () => {
      const response = await someone.post('/destinations/new', form)
      return /name="unsent" value="([^"]*)"/.exec(await response.text())?.[1] ?? ''
    }
    const page = async (unsent: string) =>
      (await someone.post('/login', { token: env.ADMIN_TOKEN, unsent })).text()
    const hidden = [...(await page(await sealed())).matchAll(/name="types" value="([^"]*)"/g)]
    expect(hidden.map(([, value]) => value)).toEqual(['email.bounced', 'email.complained'])

    const html = await someone.html('/destinations/new')
    const marked = [...html.matchAll(/name="is_secret" value="([^"]*)"/g)].map(([, name = '']) => name)
    for (const name of marked) form.append('is_secret', name)
    form.append('header_name.0', 'x-tenant')
    form.append('header_value.0', 'value-of-the-header')
    someone.cookies.clear()
    const shown = await page(await sealed())
    expect(shown).toContain('Open the form again')
    expect(shown).not.toContain('value-of-the-header')
  })

  it.each([
    [
      'a configuration',
      '/settings/configuration',
      { configuration: '{"destinations": {"app": {"url": "https://u:pass@x"}}}' },
    ],
    ['a URL', '/destinations/new', { name: 'app', url: 'https://user:pass@app.example.com/hook?token=pass' }],
    ['a document of a source', '/sources/shop/settings/edit', { reason: 'x', document: 'pass' }],
    ['a field that nobody has named', '/destinations/new', { name: 'app', later: 'pass' }],
  ])('does not keep %s', async (_what, path, typed) => {
    const { someone, unsent = '' } = await answer(typed, path)
    const page = await (await someone.post('/login', { token: env.ADMIN_TOKEN, unsent })).text()
    expect(page).not.toContain('pass')
    expect(page).not.toContain('Send it now')
  })

  it.each<[string, Role, string[] | undefined, string, number]>([
    ['whoever may send it', 'operator', undefined, '/suppressions/new', 200],
    ['a lower role', 'viewer', undefined, '/suppressions/new', 303],
    ['who sees some sources, of a page about all', 'operator', ['shop'], '/suppressions/new', 303],
    ['who sees its source', 'operator', ['shop'], '/sources/shop/settings/edit', 200],
    ['who sees another source', 'operator', ['other'], '/sources/shop/settings/edit', 303],
  ])('is shown to %s alone, as the page is', async (_who, role, sources, path, status) => {
    const { here, someone, unsent = '' } = await answer({ address: 'ada@example.com', reason: 'asked' }, path)
    const { token } = await holder(here, role, sources)
    const entered = await someone.post('/login', { token, unsent })
    expect(entered.status).toBe(status)
    expect((await entered.text()).includes('ada@example.com')).toBe(status === 200)
  })

  it('leads from the form of a secret to the page that has it', async () => {
    const here = newConsole()
    await here.api('PUT', '/api/sources/shop', { provider: 'generic' })
    const someone = visitor(here)
    await someone.enter()
    expect((await someone.get('/sources/shop/setup/secret')).headers.get('location')).toBe(
      '/sources/shop/setup#secret',
    )
  })

  it.each([
    ['nothing was typed', { form_token: 'old' }, {}],
    ['it is not of our page', { address: 'a@example.com' }, { origin: 'https://evil.example' }],
    ['it is too long', { note: 'x'.repeat(9_000) }, {}],
  ])('leads to the log-in if %s', async (_why, fields, headers) => {
    const { response } = await answer(fields, '/access/tokens/new', headers)
    expect([response.status, response.headers.get('location')]).toEqual([303, '/login'])
  })

  it('is not taken from anybody else, nor after an hour', async () => {
    const { here, someone, unsent = '' } = await answer({ address: 'ada@example.com' })
    for (const forged of ['AAAA', `${unsent.slice(0, -2)}AA`, 'no base64 !']) {
      const entered = await someone.post('/login', { token: env.ADMIN_TOKEN, unsent: forged })
      expect(entered.headers.get('location')).toBe('/')
    }
    here.clock.nowMs += 3_601_000
    expect((await someone.post('/login', { token: env.ADMIN_TOKEN, unsent })).headers.get('location')).toBe(
      '/',
    )
  })
})
