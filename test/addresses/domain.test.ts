import { describe, expect, it } from 'vitest'
import { judgeDomain } from '../../src/addresses/domain.ts'
import { Deadlines } from '../../src/outbound/deadlines.ts'
import { DAY_MS, MINUTE_MS } from '../../src/platform/time.ts'

type Answers = Readonly<Record<string, object | number>>

const TYPES: Readonly<Record<string, number>> = { MX: 15, A: 1, AAAA: 28, CNAME: 5 }

const ok = (type: string, ...data: readonly string[]) => ({
  Status: 0,
  Answer: data.map((one) => ({ name: 'x', type: TYPES[type], TTL: 600, data: one })),
})

/** A resolver that knows `MX example.com` and the like; all else is an empty answer. A number is an HTTP status. */
function ask(answers: Answers) {
  const asked: string[] = []
  const fetcher = async (input: RequestInfo | URL, init?: RequestInit) => {
    const { origin, searchParams: query } = new URL(input instanceof Request ? input.url : input)
    const name = `${query.get('type')} ${query.get('name')}${query.get('cd') === '1' ? ' unchecked' : ''}`
    asked.push(name)
    expect([origin, new Headers(init?.headers).get('accept')]).toEqual([
      'https://cloudflare-dns.com',
      'application/dns-json',
    ])
    const answer = answers[name] ?? { Status: 0 }
    return typeof answer === 'number' ? new Response('', { status: answer }) : Response.json(answer)
  }
  const deps = { fetch: fetcher, checkHost: async () => 'public' as const, deadlines: new Deadlines(() => 0) }
  return judgeDomain('example.com', deps).then((judged) => ({ ...judged, asked }))
}

const MX = ok('MX', '10 mx.example.com.')
const A = ok('A', '8.8.8.8')

describe('a domain', () => {
  it.each<readonly [string, Answers, string, string]>([
    ['has a mail server', { 'MX example.com': MX, 'A mx.example.com': A }, 'unknown', 'not_probed'],
    [
      'has one with an IPv6 address alone',
      { 'MX example.com': MX, 'AAAA mx.example.com': ok('AAAA', '2606:4700::1111') },
      'unknown',
      'not_probed',
    ],
    ['takes no mail (RFC 7505)', { 'MX example.com': ok('MX', '0 .') }, 'undeliverable', 'null_mx'],
    [
      'has a dot beside a server, which is a mistake',
      { 'MX example.com': ok('MX', '0 .', '10 mx.example.com.'), 'A mx.example.com': A },
      'unknown',
      'not_probed',
    ],
    ['has no server but an address', { 'A example.com': A }, 'unknown', 'not_probed'],
    ['has neither', {}, 'undeliverable', 'no_mail_server'],
    ['has a server without an address', { 'MX example.com': MX }, 'risky', 'no_mail_server'],
    [
      'has a server in a private network',
      { 'MX example.com': MX, 'A mx.example.com': ok('A', '127.0.0.1') },
      'risky',
      'no_mail_server',
    ],
    ['does not exist', { 'MX example.com': { Status: 3 } }, 'undeliverable', 'no_domain'],
    ['is not known to the resolver', { 'MX example.com': { Status: 2 } }, 'unknown', 'unreachable'],
    ['is refused', { 'MX example.com': { Status: 5 } }, 'unknown', 'unreachable'],
    ['gets an error', { 'MX example.com': 500 }, 'unknown', 'unreachable'],
    [
      'has a server whose address nobody knows',
      { 'MX example.com': MX, 'A mx.example.com': { Status: 2 }, 'AAAA mx.example.com': 503 },
      'unknown',
      'unreachable',
    ],
    [
      'has an alias beside its records',
      {
        'MX example.com': { Status: 0, Answer: [{ type: 5, data: 'other.example.' }, ...MX.Answer] },
        'A mx.example.com': A,
      },
      'unknown',
      'not_probed',
    ],
    [
      'has records that are none',
      { 'MX example.com': ok('MX', 'mx', '', '10 mx') },
      'undeliverable',
      'no_mail_server',
    ],
  ])('%s', async (_, answers, verdict, reason) =>
    expect(await ask(answers)).toMatchObject({ verdict, reasons: [reason] }),
  )

  it('says that its signatures are wrong', async () =>
    expect(await ask({ 'MX example.com': { Status: 2 }, 'MX example.com unchecked': MX })).toMatchObject({
      verdict: 'unknown',
      words: ['dnssec'],
    }))

  it('asks for three servers at most, those first that the domain prefers', async () => {
    const servers = [50, 40, 30, 20, 10].map((one) => `${one} mx${one}.example.com.`)
    const { asked } = await ask({ 'MX example.com': ok('MX', ...servers) })
    expect(asked.slice(1).filter((one) => one.startsWith('A '))).toEqual([
      'A mx10.example.com',
      'A mx20.example.com',
      'A mx30.example.com',
    ])
    expect(asked).toHaveLength(7)
  })

  it.each([
    ['as long as its records live', { 'MX example.com': ok('MX', '0 .') }, 600_000],
    [
      'five minutes at least',
      { 'MX example.com': { Status: 0, Answer: [{ type: 15, TTL: 1, data: '0 .' }] } },
      5 * MINUTE_MS,
    ],
    [
      'a day at most',
      { 'MX example.com': { Status: 3, Authority: [{ type: 6, TTL: 900_000, data: '' }] } },
      DAY_MS,
    ],
    [
      'as long as the authority says that there is none',
      { 'MX example.com': { Status: 3, Authority: [{ type: 6, TTL: 1_800, data: '' }] } },
      1_800_000,
    ],
    ['shortly if nobody knows', { 'MX example.com': 500 }, 5 * MINUTE_MS],
  ])('is judged for %s', async (_, answers, lifeMs) => expect((await ask(answers)).lifeMs).toBe(lifeMs))
})
