/** One try: what leaves, how long it may take, and how much of an answer is read. */
import { describe, expect, it } from 'vitest'
import { NO_CONNECTION_HEADER } from '../../src/platform/no-connection.ts'
import { Webhook } from 'standardwebhooks'
import { adapterOf } from '../../src/channels/index.ts'
import { type SendDeps, sendNotices } from '../../src/channels/send.ts'
import { Fake } from './fake.ts'
import { SIGNING_SECRET, TARGETS, notice } from './notices.ts'

async function send(kind: keyof typeof TARGETS, deps: SendDeps, target = TARGETS[kind]) {
  const [result] = await sendNotices([notice()], adapterOf(kind), target, deps)
  return result?.outcome
}

const at = (url: string) => ({ ...TARGETS.webhook, settings: { url } })

describe('before a request', () => {
  it.each([
    ['private', 'broken'],
    ['no_answer', 'retry'],
  ] as const)('the host of the operator is resolved: %s', async (verdict, result) => {
    const fake = new Fake()
    const asked: string[] = []
    const checkHost = (host: string) => {
      asked.push(host)
      return Promise.resolve(verdict)
    }
    expect(await send('webhook', fake.deps({ checkHost }))).toMatchObject({ result, status: null })
    expect([asked, fake.seen]).toEqual([['pager.example.com'], []])
  })

  it.each(['https://10.0.0.1/', 'http://pager.example.com/', 'https://postern.example.com/hook'])(
    'the URL is checked again: %s',
    async (url) => {
      const fake = new Fake()
      const deps = fake.deps({ rules: { allowPrivate: false, ownHosts: ['postern.example.com'] } })
      expect(await send('webhook', deps, at(url))).toMatchObject({ result: 'broken' })
      expect(fake.seen).toEqual([])
    },
  )

  it('the hosts of vendors are not resolved', async () => {
    const deps = new Fake().deps({ checkHost: () => Promise.resolve('private') })
    expect(await send('slack', deps)).toMatchObject({ result: 'delivered' })
  })
})

it.each(['slack', 'webhook'] as const)('the runtime accepts the call and the request: %s', async (kind) => {
  const calls: unknown[] = []
  // As the runtime's own: it refuses to be a method of another object, and other values of `redirect`.
  const fetch = function (this: unknown, url: RequestInfo | URL, init?: RequestInit) {
    const { method, redirect } = new Request(url, init)
    calls.push([this, method, redirect])
    return Promise.resolve(new Response('ok'))
  }
  expect(await send(kind, new Fake().deps({ fetch }))).toMatchObject({ result: 'delivered' })
  expect(calls).toEqual([[undefined, 'POST', 'manual']])
})

describe('an answer', () => {
  it('that never ends is read for four kilobytes', async () => {
    let bytes = 0
    let isCanceled = false
    const body = new ReadableStream({
      pull(controller) {
        bytes += 1_024
        controller.enqueue(new Uint8Array(1_024).fill(120))
      },
      cancel() {
        isCanceled = true
      },
    })
    const deps = new Fake().deps({ fetch: () => Promise.resolve(new Response(body)) })
    expect(await send('slack', deps)).toMatchObject({ result: 'broken', status: 200 })
    expect([bytes <= 8_192, isCanceled]).toEqual([true, true])
  })

  it.each(['slack', 'mail'] as const)('that never comes ends with the deadline: %s', async (kind) => {
    const outcome = await send(kind, new Fake('silent').deps({ deadlineMs: 20 }))
    expect(outcome).toMatchObject({ result: 'retry', error: 'The channel did not answer in time.' })
  })

  it('whose body never comes ends with the deadline', async () => {
    const fetch = () =>
      Promise.resolve(new Response(new ReadableStream({ pull: () => new Promise(() => {}) })))
    const outcome = await send('slack', new Fake().deps({ fetch, deadlineMs: 20 }))
    expect(outcome).toMatchObject({ result: 'retry', error: 'The channel did not answer in time.' })
  })

  it.each([
    ['refused', 'Nothing listens at the address of the channel.'],
    ['failed', 'The channel could not be reached: check its host name, its certificate and that it listens.'],
  ])('without a connection (%s) is no answer of the channel', async (reason, error) => {
    const mood = { status: 502, headers: { [NO_CONNECTION_HEADER]: reason } }
    expect(await send('slack', new Fake(mood).deps())).toMatchObject({ result: 'retry', error, status: null })
  })

  it('that fails has no URL in its error, since that is a secret', async () => {
    const outcome = await send('slack', new Fake('unreachable').deps())
    expect(JSON.stringify(outcome)).not.toMatch(/hooks\.slack|hV8sWqLr2nJx5Kd/)
  })
})

it('a library verifies the signature of a webhook', async () => {
  const nowMs = Date.now()
  const fake = new Fake()
  await send('webhook', fake.deps({ nowMs: () => nowMs }))
  const [request] = fake.seen
  expect(new Webhook(SIGNING_SECRET).verify(request?.body ?? '', { ...request?.headers })).toMatchObject({
    type: 'alert.firing',
  })
})

describe('a mail that the binding refuses', () => {
  it.each([
    ['E_RATE_LIMIT_EXCEEDED', { result: 'retry', retryAfterSeconds: null, retriesMax: null }],
    ['E_INTERNAL_SERVER_ERROR', { result: 'retry', retriesMax: null }],
    ['E_DELIVERY_FAILED', { result: 'retry', retriesMax: 2 }],
    ['E_DAILY_LIMIT_EXCEEDED', { result: 'retry', retryAfterSeconds: 86_400 }],
    ['E_SENDER_NOT_VERIFIED', { result: 'broken' }],
    ['E_RECIPIENT_SUPPRESSED', { result: 'broken' }],
    [undefined, { result: 'retry' }],
    ['constructor', { result: 'broken' }],
  ])('%s', async (code, expected) => {
    const error = Object.assign(
      new Error('ops@example.com is not verified'),
      code === undefined ? {} : { code },
    )
    const outcome = await send('mail', new Fake().deps({ mail: { send: () => Promise.reject(error) } }))
    expect(outcome).toMatchObject(expected)
    expect(JSON.stringify(outcome)).not.toMatch(/ops@example|constructor/)
  })

  it('because there is no binding', async () => {
    const outcome = await send('mail', new Fake().deps({ mail: undefined }))
    expect(outcome).toMatchObject({ result: 'broken', error: expect.stringContaining('docs/channels.md') })
  })
})

it('a missing secret is a fault', async () => {
  const target = { settings: {}, secrets: {} }
  await expect(sendNotices([notice()], adapterOf('slack'), target, new Fake().deps())).rejects.toThrow(
    'webhook_url',
  )
})
