/** Against a stand-in for the authorization server; the network is an argument. */
import { describe, expect, it } from 'vitest'
import { ACTIVE_SECONDS, INACTIVE_SECONDS } from '../../../src/gateway/authenticate/introspection.ts'
import { createOAuth2 } from '../../../src/gateway/authenticate/oauth2.ts'
import { utf8 } from '../../../src/platform/bytes.ts'
import type { OAuth2Evidence } from '../../../src/providers/evidence.ts'
import type { Secret } from '../../../src/registry/source.ts'
import { NOW_SECONDS, contextWith } from './making.ts'
import { describeScheme } from './suite.ts'

type Server = Extract<Secret, { kind: 'oauth2' }>

const serverOf = (change: Partial<Server> = {}): Server => ({
  kind: 'oauth2',
  introspectionUrl: 'https://auth.example/introspect',
  clientId: 'postern',
  clientSecret: 'client secret: ä/+%',
  scope: null,
  tokenClientId: null,
  ...change,
})

const evidenceOf = (token: string): OAuth2Evidence => ({
  scheme: 'oauth2',
  slots: ['oauth2'],
  token,
  identity: [utf8('{}')],
  coversBody: false,
})

type Answer = Record<string, unknown> | (() => Response | Promise<Response>)

/** A server that knows tokens by name. */
function authorizationServer(tokens: Record<string, Answer>) {
  const asked: { url: string; init: RequestInit | undefined; token: string | null }[] = []
  const fetcher = (async (url: string, init?: RequestInit) => {
    const token = new URLSearchParams(typeof init?.body === 'string' ? init.body : '').get('token')
    asked.push({ url, init, token })
    const answer = tokens[token ?? ''] ?? { active: false }
    return typeof answer === 'function' ? answer() : Response.json(answer)
  }) as typeof fetch
  return { asked, tokens, fetch: fetcher }
}

const ACTIVE = { active: true, exp: NOW_SECONDS + 3_600 }

function source(tokens: Record<string, Answer>, servers: readonly Secret[] = [serverOf()]) {
  const server = authorizationServer(tokens)
  const scheme = createOAuth2()
  const judge = async (token: string, afterSeconds = 0, secrets = servers) => {
    const nowSeconds = NOW_SECONDS + afterSeconds
    const outcome = await scheme.verify(
      evidenceOf(token),
      contextWith(secrets, { fetch: server.fetch, nowSeconds }),
    )
    return outcome.ok
      ? 'passed'
      : 'problem' in outcome.refusal
        ? outcome.refusal.problem
        : outcome.refusal.code
  }
  return { ...server, judge }
}

const known: Record<string, Answer> = {}
describeScheme<OAuth2Evidence>({
  title: 'OAuth 2 introspection',
  scheme: createOAuth2(),
  codes: ['token_invalid', 'proof_malformed'],
  presented: ({ token }) => token,
  present: (evidence, token) => ({ ...evidence, token }),
  async valid() {
    // Each server knows its own token only.
    const token = crypto.randomUUID()
    const introspectionUrl = `https://auth.example/${token}`
    known[introspectionUrl] = { token }
    return { evidence: evidenceOf(token), secret: serverOf({ introspectionUrl }) }
  },
  context: {
    fetch: (async (url: string, init?: RequestInit) => {
      const token = new URLSearchParams(typeof init?.body === 'string' ? init.body : '').get('token')
      const mine = known[url]
      return Response.json(typeof mine === 'object' && mine['token'] === token ? ACTIVE : { active: false })
    }) as typeof fetch,
  },
})

describe('the question to the server', () => {
  it('is a POST with the token in its body and our credentials form-encoded in Basic', async () => {
    const { asked, judge } = source({ 'token-1': ACTIVE })
    expect(await judge('token-1')).toBe('passed')
    const [request] = asked
    expect(request).toMatchObject({ url: 'https://auth.example/introspect', token: 'token-1' })
    expect(request?.init).toMatchObject({ method: 'POST', redirect: 'manual' })
    const headers = new Headers(request?.init?.headers)
    expect(headers.get('content-type')).toBe('application/x-www-form-urlencoded')
    const basic = Buffer.from(headers.get('authorization')?.slice('Basic '.length) ?? '', 'base64').toString()
    expect(basic).toBe('postern:client+secret%3A+%C3%A4%2F%2B%25')
  })

  it('is not asked for what cannot be a token', async () => {
    const { asked, judge } = source({})
    for (const text of ['a b', 'a\n', 'ä', '"a"', 'a=b', 'x'.repeat(16_385)])
      expect(await judge(text)).toBe('proof_malformed')
    expect(asked).toEqual([])
  })
})

describe('the answer of the server', () => {
  it.each<[string, Record<string, unknown>, Partial<Server>, string]>([
    ['active', ACTIVE, {}, 'passed'],
    ['active without an end', { active: true }, {}, 'passed'],
    ['not active', { active: false }, {}, 'inactive'],
    ['not active, and claims beside', { ...ACTIVE, active: false }, {}, 'inactive'],
    ['expired', { active: true, exp: NOW_SECONDS }, {}, 'expired'],
    ['active as text', { ...ACTIVE, active: 'true' }, {}, 'proof_unavailable'],
    ['active as a number', { ...ACTIVE, active: 1 }, {}, 'proof_unavailable'],
    ['an end as text', { active: true, exp: String(NOW_SECONDS + 60) }, {}, 'proof_unavailable'],
    ['empty', {}, {}, 'proof_unavailable'],
    ['the scope', { ...ACTIVE, scope: 'events:write' }, { scope: 'events:write' }, 'passed'],
    [
      'the scope among others',
      { ...ACTIVE, scope: 'a events:write b' },
      { scope: 'b events:write' },
      'passed',
    ],
    ['one of two scopes', { ...ACTIVE, scope: 'events:write' }, { scope: 'b events:write' }, 'scope'],
    ['a longer scope', { ...ACTIVE, scope: 'events:writeall' }, { scope: 'events:write' }, 'scope'],
    ['no scope', ACTIVE, { scope: 'events:write' }, 'scope'],
    ['a scope as a list', { ...ACTIVE, scope: ['events:write'] }, { scope: 'events:write' }, 'scope'],
    ['the client', { ...ACTIVE, client_id: 'esp' }, { tokenClientId: 'esp' }, 'passed'],
    ['another client', { ...ACTIVE, client_id: 'esp2' }, { tokenClientId: 'esp' }, 'client'],
    ['no client', ACTIVE, { tokenClientId: 'esp' }, 'client'],
  ])('%s', async (_what, answer, change, expected) => {
    const { judge } = source({ 'token-1': answer }, [serverOf(change)])
    expect(await judge('token-1')).toBe(expected)
  })

  it.each<[string, () => Response | Promise<Response>]>([
    ['an error', () => new Response('', { status: 500 })],
    ['too many requests', () => new Response('', { status: 429 })],
    ['wrong credentials of ours', () => new Response('', { status: 401 })],
    ['404', () => new Response('', { status: 404 })],
    ['a redirect', () => new Response(null, { status: 307, headers: { location: 'https://evil.example/' } })],
    ['an active token under 201', () => Response.json(ACTIVE, { status: 201 })],
    ['no JSON', () => new Response('active')],
    ['a list', () => Response.json([ACTIVE])],
    ['too much', () => Response.json({ ...ACTIVE, filler: 'x'.repeat(70_000) })],
    ['a broken connection', () => Promise.reject(new TypeError('gone'))],
  ])('that says nothing of the token is no proof and no refusal: %s', async (_what, answer) => {
    const { judge, tokens } = source({ 'token-1': answer })
    expect(await judge('token-1')).toBe('proof_unavailable')
    tokens['token-1'] = ACTIVE
    expect(await judge('token-1')).toBe('passed')
  })

  it('that takes longer than three seconds is none', async () => {
    const { judge } = source({ 'token-1': () => new Promise<Response>(() => undefined) })
    const started = Date.now()
    expect(await judge('token-1')).toBe('proof_unavailable')
    expect(Date.now() - started).toBeLessThan(4_500)
  }, 10_000)
})

describe('what is remembered of a token', () => {
  it('is that it is active, for a minute at most', async () => {
    const { asked, judge, tokens } = source({ 'token-1': ACTIVE })
    await Promise.all([judge('token-1'), judge('token-1')])
    tokens['token-1'] = { active: false }
    expect(await judge('token-1', ACTIVE_SECONDS - 1)).toBe('passed')
    expect(asked).toHaveLength(1)
    expect(await judge('token-1', ACTIVE_SECONDS)).toBe('inactive')
    expect(asked).toHaveLength(2)
  })

  it('is never longer than the token lives', async () => {
    const { judge } = source({ 'token-1': { active: true, exp: NOW_SECONDS + 10 } })
    expect(await judge('token-1')).toBe('passed')
    expect(await judge('token-1', 9)).toBe('passed')
    expect(await judge('token-1', 10)).toBe('expired')
  })

  it('is that it is not active, for a few seconds', async () => {
    const { asked, judge, tokens } = source({})
    expect(await judge('token-1')).toBe('inactive')
    tokens['token-1'] = ACTIVE
    expect(await judge('token-1', INACTIVE_SECONDS - 1)).toBe('inactive')
    expect(asked).toHaveLength(1)
    expect(await judge('token-1', INACTIVE_SECONDS)).toBe('passed')
  })

  it('is nothing once the clock goes back', async () => {
    const { asked, judge } = source({ 'token-1': ACTIVE })
    await judge('token-1')
    await judge('token-1', -1)
    expect(asked).toHaveLength(2)
  })

  it('is not shared with another source, and gone when the source changes', async () => {
    const { asked, judge } = source({ 'token-1': ACTIVE })
    await judge('token-1', 0, [serverOf()])
    await judge('token-1', 0, [serverOf()])
    expect(asked).toHaveLength(2)
  })

  it('costs a bounded number of questions, whatever strangers present', async () => {
    const { asked, judge } = source({ 'token-1': ACTIVE })
    expect(await judge('token-1')).toBe('passed')
    const answers = await Promise.all(Array.from({ length: 300 }, (_, i) => judge(`forged-${i}`)))
    expect(asked).toHaveLength(100)
    expect(new Set(answers)).toEqual(new Set(['inactive', 'proof_unavailable']))
    expect(await judge('token-1')).toBe('passed')
    expect(await judge('forged-299', 10)).toBe('inactive')
  })
})

describe('several servers', () => {
  it('are all asked, and one that knows the token is enough', async () => {
    const two = [serverOf({ introspectionUrl: 'https://other.example/introspect' }), serverOf({ scope: 'x' })]
    const { asked, judge } = source({ 'token-1': ACTIVE }, two)
    expect(await judge('token-1')).toBe('passed')
    expect(asked).toHaveLength(2)
  })

  it.each([
    'https://169.254.169.254/introspect',
    'http://auth.example/introspect',
    'https://u:p@auth.example/',
  ])('at %s are not asked', async (introspectionUrl) => {
    const { asked, judge } = source({ 'token-1': ACTIVE }, [serverOf({ introspectionUrl })])
    expect(await judge('token-1')).toBe('secret_missing')
    expect(asked).toEqual([])
  })
})
