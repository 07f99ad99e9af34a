import { createServer } from 'node:http'
import { createServer as createTcp } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import * as v from 'valibot'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AnyRoute } from '../../../src/api/route.ts'
import { eventRoutes } from '../../../src/api/events.ts'

/** The waits between repetitions, which this test does not wait. */
const waitedMs = vi.hoisted((): number[] => [])
vi.mock('node:timers/promises', () => ({ setTimeout: async (ms: number) => void waitedMs.push(ms) }))

// Test files share their modules, and another one may have loaded these with real waits.
vi.resetModules()
const { apiAt } = await import('../../../src/cli/connection/api.ts')
const { Stop } = await import('../../../src/cli/stop.ts')

interface Answer {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body?: string
}

let answers: Answer[] = []
const asked: {
  readonly method: string | undefined
  readonly key: string | undefined
  readonly url: string | undefined
  readonly passing: unknown
}[] = []
const server = createServer((request, response) => {
  request.resume()
  asked.push({
    method: request.method,
    key: request.headers['idempotency-key'] as string | undefined,
    passing: request.headers['cf-access-client-id'],
    url: request.url,
  })
  const { status, headers, body } = answers.shift() ?? { status: 200 }
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body ?? '{"ok":true}')
})
/** Speaks, but no HTTP. */
const mute = createTcp((socket) => socket.end('hello\n'))

const TOKEN = 'seeded-token-of-the-api-test'
const up = (one: Server) =>
  new Promise<number>((resolve) =>
    one.listen(0, '127.0.0.1', () => resolve((one.address() as AddressInfo).port)),
  )
let url: URL
let mutePort: number
let deadPort: number
beforeAll(async () => {
  url = new URL(`http://127.0.0.1:${await up(server)}`)
  mutePort = await up(mute)
  const dead = createTcp()
  deadPort = await up(dead)
  await new Promise((closed) => dead.close(closed))
})
afterAll(() => {
  // The next file must not find these without their waits.
  vi.resetModules()
  server.close()
  mute.close()
})
beforeEach(() => {
  asked.length = 0
  waitedMs.length = 0
})

const ended = async (work: Promise<unknown>): Promise<InstanceType<typeof Stop>> => {
  const cause: unknown = await work.then(
    () => new Error('it was answered'),
    (thrown: unknown) => thrown,
  )
  if (cause instanceof Stop) return cause
  throw cause
}

/** A contract of no noun. */
const route = (method: AnyRoute['method'], path = '/x'): AnyRoute => ({
  method,
  path,
  summary: '',
  role: 'viewer',
  answer: v.unknown(),
})

const BUSY: Answer = { status: 503, body: '{"code":"queue_unavailable","detail":"Come back."}' }

describe('a call', () => {
  it.each(['GET', 'PUT', 'POST'] as const)(
    '%s is repeated while the console is busy, a POST under one key',
    async (method) => {
      answers = [BUSY, { status: 409, headers: { 'retry-after': '0' } }]
      expect(await apiAt(url, TOKEN).call(route(method))).toEqual({ ok: true })
      expect(asked.map((one) => one.method)).toEqual([method, method, method])
      expect(waitedMs).toEqual([500, 2_000])
      expect(new Set(asked.map(({ key }) => key)).size).toBe(1)
      expect(asked[0]?.key === undefined).toBe(method !== 'POST')
    },
  )

  it('DELETE is not repeated', async () => {
    answers = [BUSY]
    expect(await ended(apiAt(url, TOKEN).call(route('DELETE')))).toMatchObject({
      exit: 'failed',
      message: 'Come back.',
    })
    expect(asked).toHaveLength(1)
  })

  it('that must wait for long ends', async () => {
    answers = [
      {
        status: 429,
        headers: { 'retry-after': '600' },
        body: '{"code":"too_many_attempts","detail":"Wait."}',
      },
    ]
    expect(await ended(apiAt(url, TOKEN).call(route('GET')))).toMatchObject({
      exit: 'failed',
      code: 'too_many_attempts',
    })
    expect(asked).toHaveLength(1)
  })

  it.each([
    [401, 'denied', /postern login/],
    [403, 'denied', /may not do that/],
    [404, 'no', /^Not there\.$/],
    [400, 'usage', /^Not there\.$/],
    [409, 'no', /^Not there\.$/],
    [422, 'no', /^Not there\.$/],
  ])('that is answered with %i ends as %s', async (status, exit, words) => {
    answers = [
      {
        status,
        body: '{"code":"some_code","detail":"Not there.","problems":[{"path":"a","problem":"Is wrong."}]}',
      },
    ]
    const stop = await ended(apiAt(url, TOKEN).call(route('GET')))
    expect(stop).toMatchObject({ exit, code: 'some_code', more: ['a: Is wrong.'] })
    expect(stop.message).toMatch(words)
    expect(JSON.stringify(stop)).not.toContain(TOKEN)
  })

  it('makes what the console says safe to look at', async () => {
    answers = [{ status: 404, body: JSON.stringify({ code: 'x', detail: 'a\u001b[2Jb\u202e' }) }]
    expect((await ended(apiAt(url, TOKEN).call(route('GET')))).message).toBe('a[U+001B][2Jb[U+202E]')
  })

  it.each([
    [
      'a redirect',
      { status: 302, headers: { location: 'https://elsewhere.example/', 'content-type': 'text/html' } },
      /redirect: if Cloudflare Access/,
    ],
    [
      'a page',
      { status: 404, headers: { 'content-type': 'text/html' }, body: '<h1>no</h1>' },
      /form that Postern does not use/,
    ],
    ['no JSON', { status: 200, body: '<html>' }, /no Postern console/],
  ])('that is answered by %s has not reached Postern', async (_what, answer, words) => {
    answers = [answer]
    const stop = await ended(apiAt(url, TOKEN).call(route('GET')))
    expect(stop.exit).toBe('denied')
    expect(stop.message).toMatch(words)
    expect(asked).toHaveLength(1)
  })

  it.each([
    ['nobody listens', () => `http://127.0.0.1:${deadPort}`, /Nothing listens there/],
    ['there is no such host', () => 'https://postern.invalid', /name of the host/],
    ['it speaks no TLS', () => `https://127.0.0.1:${url.port}`, /TLS/],
    ['it speaks no HTTP', () => `http://127.0.0.1:${mutePort}`, /connection failed|broke off/],
  ])('where %s says so', async (_what, where, words) => {
    const stop = await ended(apiAt(new URL(where()), TOKEN).call(route('DELETE')))
    expect(stop).toMatchObject({ exit: 'denied', code: 'not_reached' })
    expect(stop.message).toMatch(words)
  })

  it('goes through what stands in front of the console', async () => {
    await apiAt(url, TOKEN, { 'cf-access-client-id': 'an-id' }).call(route('GET'))
    expect(asked).toMatchObject([{ passing: 'an-id' }])
  })

  it('has a deadline', async () => {
    const silent = createTcp()
    const port = await up(silent)
    const api = apiAt(new URL(`http://127.0.0.1:${port}`), TOKEN)
    expect((await ended(api.call(route('DELETE'), { deadlineMs: 50 }))).message).toMatch(
      /did not answer in time/,
    )
    silent.close()
  })

  it('follows pages, and asks for no more than are wanted', async () => {
    const page = (rows: number[], next: string | null) => ({
      status: 200,
      body: JSON.stringify({ events: rows, next_cursor: next }),
    })
    answers = [page([1, 2], 'b'), page([3], null)]
    expect(await apiAt(url, TOKEN).list(eventRoutes.listEvents, { query: { source: 'a b' } }, null)).toEqual([
      1, 2, 3,
    ])
    expect(asked.map((one) => one.url)).toEqual([
      '/api/events?source=a+b&limit=500',
      '/api/events?source=a+b&limit=500&cursor=b',
    ])
    answers = [page([1, 2], 'b')]
    expect(await apiAt(url, TOKEN).list(eventRoutes.listEvents, {}, 2)).toEqual([1, 2])
  })
})
