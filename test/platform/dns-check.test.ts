import { describe, expect, it, vi } from 'vitest'
import { HostChecks, checkHost } from '../../src/platform/dns-check.ts'

const PUBLIC_V4 = '93.184.216.34'
const PUBLIC_V6 = '2606:2800:220:1::1'

/** Records as the resolver lists them; text is the data of an address. */
type Answered = readonly (string | { readonly type: number; readonly data: unknown })[]

const recordOf = (record: Answered[number]) => {
  if (typeof record !== 'string') return { name: 'app.example.', TTL: 0, ...record }
  return { name: 'app.example.', TTL: 0, type: record.includes(':') ? 28 : 1, data: record }
}

const dnsJson = (answer: Answered, more: object = {}) =>
  Response.json({ Status: 0, TC: false, ...(answer.length > 0 && { Answer: answer.map(recordOf) }), ...more })

/** A resolver with an answer for IPv4 and one for IPv6. */
const resolving = (v4: () => Response, v6: () => Response) =>
  vi.fn<typeof fetch>(async (url) =>
    new URL(new Request(url).url).searchParams.get('type') === '1' ? v4() : v6(),
  )

const of = (v4: Answered, v6: Answered = []) =>
  resolving(
    () => dnsJson(v4),
    () => dnsJson(v6),
  )
const check = (fetch: typeof globalThis.fetch, hostname = 'app.example') =>
  checkHost(hostname, { fetch, allowPrivate: false })

const CNAME = { type: 5, data: 'edge.example.' }
const down = () => new Response('', { status: 503 })

describe('the check of a host', () => {
  it.each<[string, ReturnType<typeof of>, string]>([
    ['an IPv4 address', of([PUBLIC_V4]), 'public'],
    ['an IPv6 address', of([], [PUBLIC_V6]), 'public'],
    ['several of both', of([PUBLIC_V4, '1.1.1.1'], [PUBLIC_V6]), 'public'],
    ['an alias', of([CNAME, PUBLIC_V4], [CNAME]), 'public'],
    ['loopback, as of 127.0.0.1.nip.io', of(['127.0.0.1']), 'private'],
    ['cloud metadata', of(['169.254.169.254']), 'private'],
    ['a private address behind an alias', of([CNAME, '10.0.0.1']), 'private'],
    ['one private address of several', of([PUBLIC_V4, '192.168.1.1', '1.1.1.1'], [PUBLIC_V6]), 'private'],
    ['a private IPv6 address beside a public IPv4 address', of([PUBLIC_V4], ['fd00::1']), 'private'],
    ['loopback, mapped', of([], ['::ffff:127.0.0.1']), 'private'],
    ['loopback, by NAT64', of([], ['64:ff9b::7f00:1']), 'private'],
    ['loopback, by 6to4', of([], ['2002:7f00:1::']), 'private'],
    ['loopback, by Teredo', of([], ['2001:0:7f00:1::']), 'private'],
    ['a private address, while IPv6 is not answered', resolving(() => dnsJson(['10.0.0.1']), down), 'private'],
    ['no address', of([], []), 'no_answer'],
    ['an alias that leads nowhere', of([CNAME], [CNAME]), 'no_answer'],
    ['no such name', resolving(() => dnsJson([], { Status: 3 }), () => dnsJson([], { Status: 3 })), 'no_answer'],
    ['a failure of the name’s servers', resolving(() => dnsJson([], { Status: 2 }), () => dnsJson([PUBLIC_V6])), 'no_answer'],
    ['a public address, while IPv6 is not answered', resolving(() => dnsJson([PUBLIC_V4]), down), 'no_answer'],
    ['a truncated answer', resolving(() => dnsJson([PUBLIC_V4], { TC: true }), () => dnsJson([])), 'no_answer'],
    ['a refusal', resolving(() => new Response('{}', { status: 400 }), () => dnsJson([])), 'no_answer'],
    ['a redirect', resolving(() => new Response(null, { status: 302, headers: { location: 'https://b.example' } }), () => dnsJson([])), 'no_answer'],
    ['text', resolving(() => new Response('ok'), () => dnsJson([PUBLIC_V6])), 'no_answer'],
    ['a list', resolving(() => Response.json([]), () => dnsJson([PUBLIC_V6])), 'no_answer'],
    ['another form of answer', resolving(() => Response.json({ Status: 0, Answer: 'x' }), () => dnsJson([PUBLIC_V6])), 'no_answer'],
    ['an address that is none', of([{ type: 1, data: '1.2.3' }], [PUBLIC_V6]), 'no_answer'],
    ['an address that is no text', of([{ type: 1, data: 5 }], [PUBLIC_V6]), 'no_answer'],
    ['a long answer', resolving(() => dnsJson([PUBLIC_V4], { Comment: 'x'.repeat(20_000) }), () => dnsJson([])), 'no_answer'],
    ['an exception', resolving(() => { throw new TypeError('network') }, () => dnsJson([PUBLIC_V6])), 'no_answer'],
  ])('with %s', async (_, fetch, verdict) => expect(await check(fetch)).toBe(verdict)) // prettier-ignore

  it('asks the resolver for both families, for JSON, and follows no redirect', async () => {
    const fetch = of([PUBLIC_V4])
    await check(fetch, 'a_b.example')
    expect(fetch.mock.calls.map(([url]) => url)).toEqual([
      'https://cloudflare-dns.com/dns-query?name=a_b.example&type=1',
      'https://cloudflare-dns.com/dns-query?name=a_b.example&type=28',
    ])
    expect(fetch.mock.calls[0]?.[1]).toMatchObject({
      headers: { accept: 'application/dns-json' },
      redirect: 'manual',
    })
  })

  it.each([
    ['127.0.0.1', 'private'],
    ['::1', 'private'],
    ['8.8.8.8', 'public'],
  ])('judges the address %s without a question', async (address, verdict) => {
    const fetch = of([PUBLIC_V4])
    expect(await check(fetch, address)).toBe(verdict)
    expect(fetch).not.toHaveBeenCalled()
  })

  it('asks nobody under npm start', async () => {
    const fetch = of(['127.0.0.1'])
    expect(await checkHost('localhost', { fetch, allowPrivate: true })).toBe('public')
    expect(fetch).not.toHaveBeenCalled()
  })
})

describe('the checks of an object', () => {
  const START_MS = 1_800_000_000_000
  const QUESTIONS = 2

  /** A resolver whose answer can change. */
  function changing(first: Answered) {
    let answer = first
    const fetch = resolving(
      () => dnsJson(answer),
      () => dnsJson([]),
    )
    const checks = new HostChecks({ fetch, allowPrivate: false })
    return { fetch, checks, change: (next: Answered) => (answer = next) }
  }

  it.each<[string, Answered, Answered, number, readonly string[]]>([
    ['a name that turns to a private address is found 10 s later', [PUBLIC_V4], ['10.0.0.1'], 10_000, ['public', 'private']],
    ['and not before', [PUBLIC_V4], ['10.0.0.1'], 9_999, ['public', 'public']],
    ['a name that was repaired is found 10 s later', ['10.0.0.1'], [PUBLIC_V4], 10_000, ['private', 'public']],
    ['and not before', ['10.0.0.1'], [PUBLIC_V4], 9_999, ['private', 'private']],
    ['no answer is asked for again 2 s later', [], [PUBLIC_V4], 2_000, ['no_answer', 'public']],
    ['and not before', [], [PUBLIC_V4], 1_999, ['no_answer', 'no_answer']],
    ['a clock that went back asks again', [PUBLIC_V4], ['10.0.0.1'], -1, ['public', 'private']],
  ])('%s', async (_, first, then, laterMs, verdicts) => {
    const { checks, change } = changing(first)
    const before = await checks.check('app.example', START_MS)
    change(then)
    expect([before, await checks.check('app.example', START_MS + laterMs)]).toEqual(verdicts)
  }) // prettier-ignore

  it('ask once for a burst', async () => {
    const { fetch, checks } = changing([PUBLIC_V4])
    const burst = await Promise.all(Array.from({ length: 50 }, () => checks.check('app.example', START_MS)))
    expect(new Set(burst)).toEqual(new Set(['public']))
    await checks.check('app.example', START_MS + 5_000)
    expect(fetch).toHaveBeenCalledTimes(QUESTIONS)
  })

  it('tell hosts apart, and forget the oldest of many', async () => {
    const { fetch, checks, change } = changing([PUBLIC_V4])
    await checks.check('app.example', START_MS)
    change(['10.0.0.1'])
    expect(await checks.check('other.example', START_MS)).toBe('private')
    for (let i = 0; i < 500; i++) await checks.check(`host-${i}.example`, START_MS)
    fetch.mockClear()
    expect(await checks.check('app.example', START_MS)).toBe('private')
    expect(fetch).toHaveBeenCalledTimes(QUESTIONS)
  })
})
