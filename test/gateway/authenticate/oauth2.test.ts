/** Against a stand-in for the authorization server; the network is an argument. */
import { describe, expect, it } from 'vitest'
import { ACTIVE_SECONDS, INACTIVE_SECONDS } from '../../../src/gateway/authenticate/introspection.ts'
import { createOAuth2 } from '../../../src/gateway/authenticate/oauth2.ts'
import { ClientMemory } from '../../../src/gateway/authenticate/client-memory.ts'
import type { SchemeContext } from '../../../src/gateway/authenticate/scheme.ts'
import { utf8 } from '../../../src/platform/bytes.ts'
import type { OAuth2Credentials } from '../../../src/providers/shared/presented-credentials.ts'
import type { Secret } from '../../../src/registry/sources/source.ts'
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

const credentialsOf = (token: string): OAuth2Credentials => ({
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
  const judge = async (
    token: string,
    afterSeconds = 0,
    secrets = servers,
    change: Partial<SchemeContext> = {},
  ) => {
    const nowSeconds = NOW_SECONDS + afterSeconds
    const outcome = await scheme.verify(
      credentialsOf(token),
      contextWith(secrets, { fetch: server.fetch, nowSeconds, ...change }),
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
describeScheme<OAuth2Credentials>({
  title: 'OAuth 2 introspection',
  scheme: createOAuth2(),
  codes: ['token_invalid', 'proof_malformed'],
  presented: ({ token }) => token,
  present: (credentials, token) => ({ ...credentials, token }),
  async valid() {
    // Each server knows its own token only.
    const token = crypto.randomUUID()
    const introspectionUrl = `https://auth.example/${token}`
    known[introspectionUrl] = { token }
    return { credentials: credentialsOf(token), secret: serverOf({ introspectionUrl }) }
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
    // One network has half of them.
    expect(asked).toHaveLength(50)
    expect(new Set(answers)).toEqual(new Set(['inactive', 'proof_unavailable']))
    expect(await judge('token-1')).toBe('passed')
    expect(await judge('forged-299', 10)).toBe('inactive')
  })
})

const THEIRS = '192.0.2.1'

/** A source that a stranger sends random tokens to, while a sender has a new token for each delivery. */
function attacked(isRateLimited = (_address: string | null) => false) {
  const { asked, tokens, judge } = source({})
  const clientMemory = new ClientMemory(isRateLimited)
  let made = 0
  const present = (token: string, address: string, afterSeconds: number) =>
    judge(token, afterSeconds, undefined, {
      client: { ...contextWith([]).client, address },
      clientMemory,
    })
  const genuine = async (afterSeconds: number, address = THEIRS) => {
    const token = `genuine-${made++}`
    tokens[token] = ACTIVE
    const outcome = await present(token, address, afterSeconds)
    if (outcome === 'passed') clientMemory.noteVerified('shop', address)
    return outcome
  }
  /** A minute of random tokens, 250 a second from so many networks, and of five genuine tokens a second. */
  const minute = async (networks: number) => {
    const outcomes: string[] = []
    for (let i = 0; i < 250 * 60; i++) {
      const network = i % networks
      await present(`random-${made++}`, `10.${network >> 8}.${network & 255}.7`, Math.floor(i / 250))
      if (i % 50 === 49) outcomes.push(await genuine(Math.floor(i / 250)))
    }
    return outcomes
  }
  return { asked, tokens, clientMemory, present, genuine, minute }
}

describe('strangers with random tokens', () => {
  it.each([1, 20, 200])(
    'from %i networks take none of the questions of a network that was verified',
    async (networks) => {
      const { asked, genuine, minute } = attacked()
      expect(await genuine(0)).toBe('passed')
      const outcomes = await minute(networks)
      expect(new Set(outcomes)).toEqual(new Set(['passed']))
      // A hundred in ten seconds are the strangers’, whatever they do.
      expect(asked.length - outcomes.length).toBeLessThanOrEqual(6 * 100 + 1)
    },
  )

  it.each([1, 20, 90])('from %i networks leave a first question for one that was not', async (networks) => {
    const { genuine, present } = attacked()
    for (let i = 0; i < 500; i++) await present(`random-${i}`, `10.0.${i % networks}.7`, 0)
    expect(await genuine(0)).toBe('passed')
    expect(await genuine(0)).toBe('passed')
  })

  it('do not answer for others who present the same token at the same time', async () => {
    const { tokens, present } = attacked()
    for (let i = 0; i < 200; i++) await present(`random-${i}`, '10.0.0.7', 0)
    tokens['genuine'] = ACTIVE
    const [stranger, theirs] = await Promise.all(
      ['10.0.0.7', THEIRS].map((address) => present('genuine', address, 0)),
    )
    expect(theirs).toBe('passed')
    // The runtime may hash the second token first. Then the stranger gets the answer that is under way.
    expect(['proof_unavailable', 'passed']).toContain(stranger)
  })

  it('push no token out that is in use', async () => {
    const { asked, genuine, present } = attacked()
    await genuine(0)
    // In less than a minute, with all that verified networks could be made to ask.
    for (let i = 0; i < 3_000; i++)
      await present(`random-${i}`, i % 2 === 0 ? THEIRS : `10.0.${i % 90}.7`, Math.floor(i / 60))
    expect(asked.length).toBeGreaterThan(1_000 / 2)
    const before = asked.length
    expect(await present('genuine-0', THEIRS, ACTIVE_SECONDS - 1)).toBe('passed')
    expect(asked).toHaveLength(before)
  })
})

describe('a client whose failed proofs are rate limited', () => {
  const LIMITED = '10.0.0.7'
  const limited = () => attacked((address) => address === LIMITED)

  it('gets no question, and is told of the limit', async () => {
    const { asked, genuine } = limited()
    expect(await genuine(0, LIMITED)).toBe('address_shielded')
    expect(asked).toEqual([])
  })

  it('gets the answer about a token that is remembered', async () => {
    const { genuine, present } = limited()
    await genuine(0)
    expect(await present('genuine-0', LIMITED, 1)).toBe('passed')
  })

  it('gets questions all the same where its network was verified: strangers may share an ESP’s addresses', async () => {
    const { clientMemory, genuine } = limited()
    clientMemory.noteVerified('other', LIMITED)
    expect(await genuine(0, LIMITED)).toBe('address_shielded')
    clientMemory.noteVerified('shop', LIMITED)
    expect(await genuine(0, LIMITED)).toBe('passed')
  })

  it('is not taken for a forger where one server knows its token and another was not asked', async () => {
    const two = [serverOf(), serverOf({ introspectionUrl: 'https://other.example/introspect' })]
    const { judge } = source({})
    const change = {
      client: { ...contextWith([]).client, address: LIMITED },
      clientMemory: new ClientMemory((address) => address === LIMITED),
    }
    expect(await judge('token-1', 0, two.slice(0, 1))).toBe('inactive')
    expect(await judge('token-1', 0, two, change)).toBe('address_shielded')
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
