/** Rotation at ESPs with an API for it, through the real Workers, against servers that behave as documented. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Response as MiniflareResponse, type Request as MiniflareRequest } from 'miniflare'
import { describe, expect, it } from 'vitest'
import { jsonOf, send } from '../../src/simulator/http.ts'
import { DRIVERS } from '../../src/drivers/index.ts'
import { sendTo } from '../../src/registry/installation/send.ts'
import { nowSeconds, until, withInstallation } from './postern.ts'

const TOKEN = 'an-api-token-of-the-provisioner-test'

/** The account at an ESP: the calls to its API, and the current credential of its webhook. */
interface Esp {
  readonly host: string
  readonly path: string
  readonly provider: string
  readonly slot: string
  readonly provisioner: Record<string, unknown>
  readonly first: unknown
  /** Whether a request is authenticated as the documentation says. */
  readonly isOurs: (headers: Headers) => boolean
  /** The Authorization header that the webhook is sent with, from the body that the API was given. */
  readonly authorization: (body: Record<string, unknown>) => string
  readonly firstAuthorization: string
  readonly taken: () => MiniflareResponse
}

const basic = (username: string, password: string) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

const FIRST = 'a-first-credential-of-the-provisioner-test'

const ESPS: readonly Esp[] = [
  {
    host: 'api.postmarkapp.com',
    path: '/webhooks/1234567',
    provider: 'postmark',
    slot: 'basic_auth',
    provisioner: { webhookId: '1234567' },
    first: { username: 'hooks', password: FIRST },
    isOurs: (headers) => headers.get('x-postmark-server-token') === TOKEN,
    authorization(body) {
      const auth = body['HttpAuth'] as { Username: string; Password: string }
      return basic(auth.Username, auth.Password)
    },
    firstAuthorization: basic('hooks', FIRST),
    taken: () => json(200, { ID: 1_234_567, Url: 'https://gate.example/hooks/x' }),
  },
  {
    host: 'api.eu.sparkpost.com',
    path: '/api/v1/webhooks/12affc24-f183-11e3-9234-3c15c2c818c2',
    provider: 'sparkpost',
    slot: 'basic_auth',
    provisioner: { webhookId: '12affc24-f183-11e3-9234-3c15c2c818c2', region: 'eu' },
    first: { username: 'hooks', password: FIRST },
    isOurs: (headers) => headers.get('authorization') === TOKEN,
    authorization(body) {
      expect(body['auth_type']).toBe('basic')
      const auth = body['auth_credentials'] as { username: string; password: string }
      return basic(auth.username, auth.password)
    },
    firstAuthorization: basic('hooks', FIRST),
    taken: () => json(200, { results: { id: '12affc24-f183-11e3-9234-3c15c2c818c2', links: [] } }),
  },
  {
    host: 'api.brevo.com',
    path: '/v3/webhooks/654321',
    provider: 'brevo',
    slot: 'bearer_token',
    provisioner: { webhookId: '654321' },
    first: FIRST,
    isOurs: (headers) => headers.get('api-key') === TOKEN,
    authorization(body) {
      const auth = body['auth'] as { type: string; token: string }
      expect(auth.type).toBe('bearer')
      return `Bearer ${auth.token}`
    },
    firstAuthorization: `Bearer ${FIRST}`,
    taken: () => new MiniflareResponse(null, { status: 204 }),
  },
]

const json = (status: number, body: unknown) => MiniflareResponse.json(body, { status })

/** The next failures of the ESPs. Shared, since the tests run one after the other. */
const trouble: (() => Promise<MiniflareResponse>)[] = []
const authorizations = new Map<string, string>()
const asked: string[] = []

async function outbound(request: MiniflareRequest): Promise<MiniflareResponse> {
  const url = new URL(request.url)
  // The object that asks how the webhook stands only reads.
  if (request.method !== 'GET') asked.push(`${request.method} ${url.href}`)
  const esp = ESPS.find(({ host }) => host === url.host)
  if (esp === undefined || url.protocol !== 'https:')
    return new MiniflareResponse('nobody is here', { status: 404 })
  const next = request.method === 'GET' ? undefined : trouble.shift()
  if (next !== undefined) return next()
  if (!esp.isOurs(request.headers as unknown as Headers)) return json(401, { message: 'Unauthorized' })
  if (request.method !== 'PUT' || url.pathname !== esp.path) return json(404, { message: 'not found' })
  const body = (await request.json()) as Record<string, unknown>
  const authorization = esp.authorization(body)
  // Postmark tests the webhook with the new credential first, and keeps the old one unless it gets 200.
  if (esp.provider === 'postmark' && (await hook(esp, authorization)) !== 200)
    return json(422, { ErrorCode: 1_364, Message: 'Webhook verification failed.' })
  authorizations.set(esp.provider, authorization)
  return esp.taken()
}

/** A delivery of the ESP with a credential. */
async function hook({ provider }: Pick<Esp, 'provider'>, authorization: string): Promise<number> {
  const answer = await send(new URL(`/hooks/driven-${provider}`, postern.runtime.url('gateway')), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: Buffer.from(BODIES[provider]?.() ?? ''),
  })
  return answer.status
}

let messages = 0
const BODIES: Readonly<Record<string, () => string>> = {
  postmark: () =>
    JSON.stringify({
      RecordType: 'Delivery',
      MessageID: `m${messages++}`,
      Recipient: 'a@example.com',
      DeliveredAt: new Date().toISOString(),
    }),
  sparkpost: () =>
    JSON.stringify([
      {
        msys: {
          message_event: {
            type: 'delivery',
            event_id: `e${messages++}`,
            rcpt_to: 'a@example.com',
            timestamp: String(nowSeconds()),
          },
        },
      },
    ]),
  brevo: () =>
    JSON.stringify({
      event: 'delivered',
      email: 'a@example.com',
      'message-id': `<m${messages++}@x>`,
      ts_epoch: Date.now(),
    }),
}

const postern = withInstallation({ outbound })

async function post(path: string, body: unknown) {
  const answer = await postern.console.post(path, body)
  return jsonOf(answer) as {
    esp?: { has_it: boolean; problem: string | null }
    state?: string
    version?: number
  }
}

/** A source without anything that an earlier one of its name has left to retry. */
async function newSource(esp: Esp): Promise<void> {
  await postern.console.remove(`/api/sources/driven-${esp.provider}`)
  const put = await postern.console.put(`/api/sources/driven-${esp.provider}`, {
    provider: esp.provider,
    provisioner: esp.provisioner,
    // The client here is this machine, over HTTP.
    level: 'standard',
    requireTls: false,
    allowedIps: ['127.0.0.0/8', '::1/128'],
    secrets: { [esp.slot]: esp.first, esp_api_token: TOKEN },
  })
  if (![200, 201].includes(put.status)) throw new Error(put.body.toString())
  authorizations.set(esp.provider, esp.firstAuthorization)
}

const rotate = (esp: Esp) => post(`/api/sources/driven-${esp.provider}/secrets/${esp.slot}/rotate`, {})
const current = (esp: Esp) => authorizations.get(esp.provider) ?? ''

describe.each(ESPS)('$provider', (esp) => {
  it('gets the new secret and signs with it, while the old one still works', async () => {
    await newSource(esp)
    expect(await hook(esp, current(esp))).toBe(200)
    expect(await rotate(esp)).toMatchObject({
      state: 'active',
      version: 2,
      link: null,
      esp: { has_it: true, problem: null },
    })
    expect(current(esp)).not.toBe(esp.firstAuthorization)
    expect(await hook(esp, current(esp))).toBe(200)
    expect(await hook(esp, esp.firstAuthorization)).toBe(200)
    expect(asked.at(-1)).toBe(`PUT https://${esp.host}${esp.path}`)
  })

  it('that refuses the API token leaves the old secret in use', async () => {
    await newSource(esp)
    const path = `/api/sources/driven-${esp.provider}/secrets/esp_api_token/rotate`
    await post(path, { value: 'a-token-that-is-not-ours', grace_seconds: 0 })
    expect((await rotate(esp)).esp).toEqual({ has_it: false, problem: 'credential_refused' })
    expect(await hook(esp, current(esp))).toBe(200)
  })
})

const TROUBLES: readonly [string, () => Promise<MiniflareResponse>, string][] = [
  ['has no such webhook', async () => json(404, { message: 'not found' }), 'webhook_unknown'],
  [
    'limits us',
    async () => new MiniflareResponse(null, { status: 429, headers: { 'retry-after': '5' } }),
    'unavailable',
  ],
  ['is in trouble', async () => json(500, { message: 'Internal error' }), 'unavailable'],
  [
    'leads elsewhere',
    async () =>
      new MiniflareResponse(null, { status: 302, headers: { location: 'https://elsewhere.example/' } }),
    'refused',
  ],
  ['is slow', async () => sleep(7_000).then(() => json(200, {})), 'unavailable'],
]

it.each(TROUBLES)(
  'an ESP that %s leaves the old secret at work, and the new one accepted',
  async (_what, answer, problem) => {
    const [esp] = ESPS
    if (esp === undefined) throw new Error('there is no ESP')
    await newSource(esp)
    trouble.push(answer)
    const before = asked.length
    expect((await rotate(esp)).esp).toEqual({ has_it: false, problem })
    expect(await hook(esp, current(esp))).toBe(200)
    expect(asked.slice(before).filter((one) => one.includes(esp.host))).toEqual([
      `PUT https://${esp.host}${esp.path}`,
    ])
    trouble.length = 0
  },
  30_000,
)

it('retries automatically, and then the ESP has the new secret', async () => {
  const [esp] = ESPS
  if (esp === undefined) throw new Error('there is no ESP')
  await newSource(esp)
  trouble.push(async () => json(503, {}))
  expect((await rotate(esp)).esp).toMatchObject({ has_it: false, problem: 'unavailable' })
  // Pending installs are stored, not only in memory.
  await postern.runtime.evict('Registry', 'registry')
  const old = current(esp)
  await until(async () => current(esp) !== old, 40_000)
  expect(current(esp)).not.toBe(old)
  expect(await hook(esp, current(esp))).toBe(200)
}, 60_000)

it('leaves no token and no credential in any log line or answer', async () => {
  const audit = await postern.console.get('/api/audit?limit=500')
  const listed = await postern.console.get('/api/sources')
  const said = JSON.stringify([postern.logs, jsonOf(audit), jsonOf(listed)])
  for (const authorization of authorizations.values()) {
    const [, credential = ''] = authorization.split(' ')
    const password = Buffer.from(credential, 'base64').toString().split(':')[1] ?? credential
    expect(said).not.toContain(credential)
    expect(said).not.toContain(password)
  }
  expect(said).not.toContain(TOKEN)
  expect(said).not.toContain(FIRST)
})

describe('a driver that sets secrets', () => {
  it('calls only its ESP’s own host, over TLS, independent of the document', () => {
    for (const { provider, installs } of DRIVERS) {
      if (installs === undefined) continue
      const secret =
        provider === 'brevo'
          ? ({ kind: 'text', text: FIRST } as const)
          : ({ kind: 'basic', username: 'hooks', password: FIRST } as const)
      for (const webhookId of ['1', 'a'.repeat(64), '12affc24-f183-11e3-9234-3c15c2c818c2']) {
        const url = new URL(installs.request({ key: TOKEN, settings: { webhookId } }, secret)?.url ?? '')
        expect(url.protocol).toBe('https:')
        expect(url.host).toMatch(/^api\.(?:postmarkapp|sparkpost|brevo)\.com$/)
        expect(url.pathname.endsWith(`/${webhookId}`)).toBe(true)
      }
    }
  })

  it('gives up on a server that does not answer', async () => {
    const never: typeof fetch = () => new Promise(() => undefined)
    const request = { url: 'https://api.example.com/', method: 'PUT', headers: {}, body: '{}' } as const
    expect(await sendTo(never, request, 50)).toBe('unavailable')
  })
})
