/** A fake of Cloudflare's API on this machine: state, and failures at any request. */
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type FakeAccount, emptyAccount } from './account.ts'
import { ROUTES, Refusal } from './routes.ts'
import { standIn } from './stand-in.ts'

export const ACCOUNT_ID = 'a'.repeat(32)
export const TOKEN = 'a-token-of-the-tests'

/** Fate of a request. `cut` does it and then gives no answer. */
export type Fault =
  | 'cut'
  | 'lost'
  | 'cut-before'
  | { readonly status: number; readonly code?: number; readonly retryAfter?: number }

export interface Fake {
  /** Of the API. */
  readonly url: string
  /** Of the hosts of deployed Workers. */
  readonly hosts: string
  account: FakeAccount
  /** Every request since it was emptied: `PUT /workers/scripts/x`. */
  readonly requests: string[]
  /** Asked before each request, whose number counts from 1. */
  fault: (request: string, number: number) => Fault | undefined
  /** Called after a request that was cut. */
  onCut: () => void
  /** A token of the account, not of a user. */
  isAccountToken: boolean
  /** Answers for hosts of Workers instead of the stand-in. */
  hostsTo: ((host: string) => URL | undefined) | undefined
  readonly close: () => Promise<void>
}

export async function startFake(): Promise<Fake> {
  const server = createServer((request, response) => {
    answer(fake, request, response).catch((cause: unknown) => {
      response.writeHead(500).end(String(cause))
    })
  })
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const fake: Fake = {
    url: `${origin}/client/v4`,
    hosts: origin,
    account: emptyAccount(),
    requests: [],
    fault: () => undefined,
    onCut: () => undefined,
    isAccountToken: false,
    hostsTo: undefined,
    close: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
  return fake
}

async function answer(fake: Fake, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  const body = Buffer.concat(parts)
  const method = request.method ?? 'GET'
  const url = new URL(request.url ?? '/', 'http://fake')
  const headers = new Headers(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
  const own = url.pathname.replace(/^\/client\/v4/, '')
  const name = `${method} ${own.replace(`/accounts/${ACCOUNT_ID}`, '').replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id')}`
  fake.requests.push(name)
  const fault = fake.fault(name, fake.requests.length)
  if (fault === 'lost' || fault === 'cut-before') {
    if (fault === 'cut-before') fake.onCut()
    response.destroy()
    return
  }
  if (typeof fault === 'object') {
    const { status, code = 10000, retryAfter } = fault
    send(response, status, failure(code, 'injected'), retryAfter)
    return
  }
  const host = /^\/hosts\/([^/]+)(\/.*)$/.exec(url.pathname)
  const made =
    host === null
      ? await api(fake, method, own, { query: url.searchParams, headers, body })
      : await hosted(fake, { method, host: host[1] ?? '', path: (host[2] ?? '') + url.search, headers, body })
  if (fault === 'cut') {
    fake.onCut()
    response.destroy()
    return
  }
  send(response, made.status, made.body)
}

async function hosted(fake: Fake, asked: Parameters<typeof standIn>[1]) {
  const target = fake.hostsTo?.(asked.host)
  if (target === undefined) return standIn(fake.account, asked)
  const { method, path, headers, body } = asked
  for (const name of ['host', 'connection', 'content-length', 'transfer-encoding']) headers.delete(name)
  const sent = body.byteLength === 0 ? null : new Uint8Array(body)
  const real = await fetch(new URL(path, target), { method, headers, body: sent, redirect: 'manual' })
  const text = await real.text()
  return { status: real.status, body: text === '' ? null : (JSON.parse(text) as unknown) }
}

interface Rest {
  readonly query: URLSearchParams
  readonly headers: Headers
  readonly body: Buffer
}

async function api(fake: Fake, method: string, path: string, rest: Rest) {
  try {
    if (rest.headers.get('authorization') !== `Bearer ${TOKEN}`)
      throw new Refusal(401, 10000, 'Authentication error')
    return {
      status: 200,
      body: { success: true, errors: [], messages: [], result: await resultOf(fake, method, path, rest) },
    }
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause
    return { status: cause.status, body: failure(cause.code, cause.message) }
  }
}

async function resultOf(
  { account, isAccountToken }: Fake,
  method: string,
  path: string,
  rest: Rest,
): Promise<unknown> {
  if (path === '/accounts') return [{ id: ACCOUNT_ID, name: 'Acme' }]
  if (path === `/accounts/${ACCOUNT_ID}/tokens/verify`) {
    if (!isAccountToken) throw new Refusal(401, 1000, 'Invalid API Token')
    return { id: 't', status: 'active' }
  }
  if (path.startsWith('/user') || path.startsWith('/memberships')) {
    if (isAccountToken) throw new Refusal(403, 9109, 'Unauthorized to access requested resource')
    return path === '/memberships' ? [] : { id: 'u', email: 'a@example.com', status: 'active' }
  }
  const below = path.replace(`/accounts/${ACCOUNT_ID}`, '')
  const found = ROUTES.find((route) => route.method === method && route.path.test(below))
  if (found === undefined) throw new Refusal(404, 7003, `the fake has no ${method} ${below}`)
  return found.answer(account, {
    ...rest,
    parts: (found.path.exec(below) ?? []).slice(1).map(decodeURIComponent),
  })
}

const failure = (code: number, message: string) => ({
  success: false,
  errors: [{ code, message }],
  messages: [],
  result: null,
})

function send(response: ServerResponse, status: number, body: unknown, retryAfter?: number): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
  })
  response.end(status === 204 ? undefined : JSON.stringify(body))
}
