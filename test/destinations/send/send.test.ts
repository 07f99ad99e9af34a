import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { NO_CONNECTION_HEADER } from '../../../src/platform/no-connection.ts'
import type { OpenDestination } from '../../../src/destinations/config.ts'
import { type SendDeps, type Sent, send } from '../../../src/destinations/send/send.ts'
import { toBase64 } from '../../../src/platform/bytes.ts'
import { systemNowMs } from '../../../src/platform/clock.ts'
import { HostChecks } from '../../../src/platform/dns-check.ts'
import { hostOf } from '../../../src/platform/outbound-url.ts'
import { Deadlines } from '../../../src/outbound/deadlines.ts'
import { DestinationConfigSchema } from '../../../src/registry/destinations/document.ts'
import * as v from 'valibot'

const NOW_MS = Date.UTC(2026, 10, 27, 6)
const MESSAGE = { id: 'evt-1', body: '{"type":"email.bounced"}' }
const KEY = new Uint8Array(32).fill(9)
const OLD_KEY = new Uint8Array(24).fill(8)

const to = (url: string, change: Partial<OpenDestination> = {}): OpenDestination => ({
  name: 'app',
  config: v.parse(DestinationConfigSchema, { url, timeout_seconds: 1 }),
  createdAtMs: 1,
  hostname: hostOf(url),
  filter: {},
  matches: () => true,
  headers: { authorization: 'Bearer of-the-operator', 'x-tenant': 'shop' },
  keys: [{ kind: 'v1', key: KEY }],
  ...change,
})

const APP = to('https://app.example.com/hook')

/** Sends once. @param answer of the endpoint */
async function sent(
  answer: (request: Request) => Response | Promise<Response>,
  deps: Partial<SendDeps> = {},
  destination = APP,
): Promise<{ readonly result: Sent; readonly requests: Request[] }> {
  const requests: Request[] = []
  const result = await send(MESSAGE, destination, {
    async fetch(input, init) {
      const request = new Request(input, init)
      requests.push(request)
      return answer(request)
    },
    checkHost: async () => 'public',
    allowPrivate: false,
    deadlines: new Deadlines(systemNowMs),
    nowMs: () => NOW_MS,
    ...deps,
  })
  return { result, requests }
}

describe('a request', () => {
  it('is a POST that the official library verifies with each key, and follows no redirect', async () => {
    const keys = [KEY, OLD_KEY].map((key) => ({ kind: 'v1' as const, key }))
    const { requests } = await sent(() => new Response(), {}, { ...APP, keys })
    const [request] = requests
    if (request === undefined) throw new Error('nothing was sent')
    expect([request.method, request.url, request.redirect]).toEqual(['POST', APP.config.url, 'manual'])
    expect(await request.text()).toBe(MESSAGE.body)
    const signatures = request.headers.get('webhook-signature')?.split(' ')
    // The library compares with the time of the machine, so it signs here.
    const expected = [KEY, OLD_KEY].map((key) =>
      new Webhook(`whsec_${toBase64(key)}`).sign(MESSAGE.id, new Date(NOW_MS), MESSAGE.body),
    )
    expect(signatures).toEqual(expected)
  })

  it('has the headers of the operator, and none of them replaces one of ours', async () => {
    const headers = { 'x-tenant': 'shop', 'webhook-id': 'forged', 'postern-hop': '0', 'user-agent': 'Mozilla' }
    const { requests } = await sent(() => new Response(), {}, { ...APP, headers })
    expect(Object.fromEntries(requests[0]?.headers ?? [])).toMatchObject({
      'content-type': 'application/json',
      'postern-hop': '1',
      'user-agent': 'Postern',
      'webhook-id': MESSAGE.id,
      'webhook-timestamp': String(NOW_MS / 1_000),
      'x-tenant': 'shop',
    })
  }) // prettier-ignore
})

const ENDLESS = () =>
  new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(1_024).fill(0x61)),
  })

const cut = () =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new Uint8Array([0x61]))
      controller.error(new TypeError('connection reset'))
    },
  })

/** As the process of Node answers under `npm start`. */
const noConnection = (reason: string) =>
  new Response('This machine cannot reach it.', { status: 502, headers: { [NO_CONNECTION_HEADER]: reason } })

describe('an answer', () => {
  it.each<[string, () => Response, Partial<Sent>]>([
    ['nothing', () => new Response(null, { status: 204 }), { status: 204, delivered: true, response: null }],
    ['text', () => new Response('thanks'), { status: 200, delivered: true, response: 'thanks' }],
    ['endless bytes', () => new Response(ENDLESS()), { delivered: true, response: 'a'.repeat(500) + '…' }],
    ['half an address at the cut', () => new Response(`${'a '.repeat(244)}no user ada@example.com`), { response: `${'a '.repeat(244)}no user …` }],
    ['half a word at the cut', () => new Response(`{"to":"${'b '.repeat(245)}ada.lovelace@example.com"}`), { response: `{"to":"${'b '.repeat(245)}…` }],
    ['an address in a long word at the cut', () => new Response(`${'c'.repeat(490)}&to=ada@example.com`), { response: '…' }],
    ['bytes that are no text', () => new Response(new Uint8Array([0x61, 0xff])), { delivered: true, response: 'a\uFFFD' }],
    ['control characters', () => new Response('a\u001B[31m\u202E'), { delivered: true, response: 'a[U+001B][31m[U+202E]' }],
    ['garbage of a page', () => new Response('<html>', { headers: { 'content-type': 'text/html' } }), { delivered: true }],
    ['a body that is cut', () => new Response(cut()), { delivered: false, status: null }],
    ['an error', () => new Response('why', { status: 500 }), { status: 500, delivered: false, response: 'why' }],
    ['no connection since nothing listens', () => noConnection('refused'), { status: null, response: null, error: 'Nothing listens at app.example.com.' }],
    ['no other connection', () => noConnection('failed'), { status: null, error: 'The endpoint could not be reached: check its host name, its certificate and that it listens.' }],
  ])('with %s is a result', async (_name, answer, expected) => {
    expect((await sent(answer)).result).toMatchObject({ atMs: NOW_MS, ...expected })
  }) // prettier-ignore

  it('that never comes ends with the deadline of the destination', async () => {
    const { result } = await sent(
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')))
        }),
    )
    expect(result).toMatchObject({
      delivered: false,
      status: null,
      error: 'The endpoint did not answer within 1 seconds.',
    })
  })

  it('is read no further than 4 KB, and the rest is canceled', async () => {
    let pulled = 0
    let isCanceled = false
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulled++
          controller.enqueue(new Uint8Array(1_024))
        },
        cancel: () => void (isCanceled = true),
      },
      { highWaterMark: 0 },
    )
    await sent(() => new Response(body))
    expect([pulled, isCanceled]).toEqual([4, true])
  })
})

/** A resolver with an answer for each question: addresses of IPv4. */
const resolver =
  (answers: (string[] | 'fails')[], asked: string[] = []): typeof fetch =>
  async (input) => {
    const url = new URL(new Request(input).url)
    const isFirst = url.searchParams.get('type') === '1'
    asked.push(url.searchParams.get('name') ?? '')
    const answer = isFirst ? answers.shift() : []
    if (answer === 'fails') throw new TypeError('no network')
    return Response.json({ Status: 0, Answer: (answer ?? []).map((data) => ({ type: 1, data })) })
  }

const NOTHING_SENT = {
  delivered: false,
  status: null,
  response: null,
  disable: null,
  retryAfterSeconds: null,
}

describe('the host of a destination', () => {
  it.each<[string, string[] | 'fails', string | null]>([
    ['a public address', ['8.8.8.8'], null],
    ['two public ones', ['8.8.8.8', '1.1.1.1'], null],
    ['one of two private', ['8.8.8.8', '10.0.0.1'], 'private address'],
    ['loopback', ['127.0.0.1'], 'private address'],
    ['any address of this host', ['0.0.0.0'], 'private address'],
    ['a network of carriers', ['100.64.0.1'], 'private address'],
    ['metadata of a cloud', ['169.254.169.254'], 'private address'],
    ['a network inside', ['192.168.1.1'], 'private address'],
    ['a benchmark', ['198.18.0.1'], 'private address'],
    ['multicast', ['224.0.0.1'], 'private address'],
    ['broadcast', ['255.255.255.255'], 'private address'],
    ['no address', [], 'no address'],
    ['no answer', 'fails', 'no address'],
  ])('that leads to %s', async (_name, answer, error) => {
    const hosts = new HostChecks({ fetch: resolver([answer]), allowPrivate: false })
    const checkHost = (host: string) => hosts.check(host, NOW_MS)
    const { result, requests } = await sent(() => new Response(), { checkHost })
    expect(requests).toHaveLength(error === null ? 1 : 0)
    if (error === null) expect(result.delivered).toBe(true)
    else expect(result).toMatchObject({ ...NOTHING_SENT, error: expect.stringContaining(error) })
  })

  it('is asked again ten seconds later, so that a name that turns private gets nothing more', async () => {
    const answers: string[][] = [['8.8.8.8'], ['10.0.0.1'], ['8.8.8.8']]
    const hosts = new HostChecks({ fetch: resolver(answers), allowPrivate: false })
    let nowMs = NOW_MS
    const deps = { checkHost: (host: string) => hosts.check(host, nowMs), nowMs: () => nowMs }
    const delivered: boolean[] = []
    for (const waitMs of [0, 9_999, 1, 5_000, 5_000]) {
      nowMs += waitMs
      delivered.push((await sent(() => new Response(), deps)).result.delivered)
    }
    // Both answers of the first ten seconds are one; then private for ten seconds; then public again.
    expect(delivered).toEqual([true, true, false, false, true])
  })

  it.each([
    ['https://APP.example.com/hook', 'app.example.com'],
    ['https://app.example.com.:8443/hook', 'app.example.com'],
    ['https://müller.example/', 'xn--mller-kva.example'],
    ['https://127.1/', '127.0.0.1'],
    ['https://[::ffff:10.0.0.1]/', '::ffff:a00:1'],
  ])('of %s is checked as %s', async (url, host) => {
    const checked: string[] = []
    const checkHost = async (name: string) => {
      checked.push(name)
      return 'private' as const
    }
    const { requests } = await sent(() => new Response(), { checkHost }, to(url))
    expect([checked, requests]).toEqual([[host], []])
  })

  it.each([
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:169.254.169.254]/',
    'https://2130706433/',
  ])('that is an address is judged without a question: %s', async (url) => {
    const asked: string[] = []
    const hosts = new HostChecks({ fetch: resolver([], asked), allowPrivate: false })
    const checkHost = (host: string) => hosts.check(host, NOW_MS)
    const { result, requests } = await sent(() => new Response(), { checkHost }, to(url))
    expect([requests, asked]).toEqual([[], []])
    expect(result).toMatchObject({ ...NOTHING_SENT, error: expect.stringContaining('private address') })
  })
})

describe('a destination of a local installation, which a backup has brought', () => {
  const local = { ...APP, config: { ...APP.config, url: 'http://192.168.0.7/hook', private_network: true } }

  it.each([
    [true, 1, null],
    [false, 0, expect.stringContaining('private network')],
  ])('is called where private networks are allowed: %s', async (allowPrivate, count, error) => {
    const { result, requests } = await sent(() => new Response(), { allowPrivate }, local)
    expect([requests.length, result.error]).toEqual([count, error])
  })
})
