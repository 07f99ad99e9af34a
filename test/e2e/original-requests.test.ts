/**
 * Destinations of the form `original`: an application that understands its ESP gets the ESP's own requests, and the vendors' own packages
 * verify them there. The same application behind a source that only observes.
 */
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { outboundFor, network } from '../../scripts/local/served-urls.ts'
import { type Judge, basicAuthOf, secretsOf, textOf } from '../../scripts/judges/judge.ts'
import { PACKAGES } from '../../scripts/judges/packages.ts'
import type { Attempt, Undelivered } from '../../src/api/destinations.ts'
import { peopleRoutes } from '../../src/api/people.ts'
import { apiAt } from '../../src/cli/connection/api.ts'
import type { DeliveryStatus } from '../../src/destinations/api.ts'
import { jsonOf } from '../../src/simulator/http.ts'
import type { OutgoingRequest } from '../../src/simulator/sender.ts'
import { TABLES } from '../../src/store/tables.ts'
import { type TestSource, nowSeconds, simulated, until, withInstallation } from './postern.ts'

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

const certificates = new Map<string, string>()
const postern = withInstallation({
  certificates,
  bindings: { PRIVATE_DESTINATIONS: 'allowed' },
  outbound: outboundFor(certificates, (request) =>
    new URL(request.url).hostname === '127.0.0.1' ? network(request) : undefined,
  ),
})

/** An application with an old handler. It notes what it gets, and answers as it is told. */
class Application {
  readonly got: (Pick<OutgoingRequest, 'headers' | 'body'> & {
    readonly method: string
    readonly url: string
  })[] = []
  status = 200
  port = 0
  readonly #server = createServer((request, response) => {
    void request.toArray().then((parts: Buffer[]) => {
      const { method = '', url = '', headers } = request
      this.got.push({ method, url, headers: headers as Record<string, string>, body: Buffer.concat(parts) })
      response.writeHead(this.status).end('seen')
    })
  })

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    this.port = (this.#server.address() as AddressInfo).port
  }

  stop(): void {
    this.#server.close()
  }
}

const app = new Application()
afterAll(() => app.stop())

const DESTINATION = '/api/destinations/old-app'
beforeAll(async () => {
  await app.start()
  const put = await postern.console.put(DESTINATION, {
    url: `http://127.0.0.1:${app.port}/hooks?of=app`,
    form: 'original',
    secrets: { signing_secret: SECRET },
  })
  expect(put.status, put.body.toString()).toBe(201)
})

const statusOf = async (): Promise<DeliveryStatus> =>
  (jsonOf(await postern.console.get(DESTINATION)) as { delivery: DeliveryStatus }).delivery

const rowsOf = async (sql: string): Promise<Record<string, unknown>[]> => {
  const { STORE } = await postern.runtime.bindings<{ STORE: D1Database }>('consumer')
  return (await STORE.prepare(sql).all()).results
}

/** Waits until the application has so many requests more, and long enough to see whether there are others. */
async function gotAfter(before: number, count: number) {
  await until(async () => app.got.length >= before + count)
  expect(await postern.runtime.drained(10_000)).toBe(true)
  await until(async () => {
    const { backlog, waiting } = await statusOf()
    return backlog + waiting === 0
  })
  return app.got.slice(before)
}

async function send({ account, deliver }: TestSource, change = {}) {
  const request = await account.deliver([simulated(change)], nowSeconds())
  const headers = {
    ...request.headers,
    cookie: 'session=1',
    'x-forwarded-for': '192.0.2.1',
    'x-of-the-esp': 'kept',
  }
  const answer = await deliver({ ...request, headers })
  expect(answer.status, answer.body.toString()).toBe(200)
  return request
}

/** As the documentation of the vendor checks it, where it has no package. */
const BY_DOCUMENTATION: Readonly<Record<string, Judge>> = {
  // https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks (2026-11-20)
  mailgun: async (asked) =>
    asked.map(({ account, request }) => {
      const { signature } = JSON.parse(textOf(request)) as { signature: Record<string, string> }
      const { timestamp, token, signature: given } = signature
      const key = secretsOf(account)['signing_key'] ?? ''
      return { accepted: createHmac('sha256', key).update(`${timestamp}${token}`).digest('hex') === given }
    }),
  postmark: async (asked) =>
    asked.map(({ account, request }) => {
      const [, base64 = ''] = (request.headers['authorization'] ?? '').split(' ')
      return { accepted: Buffer.from(base64, 'base64').toString() === basicAuthOf(account) }
    }),
}

const judges = Object.entries(PACKAGES).flatMap(([provider, packages]) =>
  Object.entries(packages).map(([name, judge]) => [provider, name, judge] as const),
)
const documented = Object.entries(BY_DOCUMENTATION).map(
  ([provider, judge]) => [provider, 'its documentation', judge] as const,
)

describe('an application with an old handler', () => {
  it.each([...judges, ...documented])(
    'gets the bytes of %s, which %s verifies',
    async (provider, name, judge) => {
      const source = await postern.source(
        provider,
        `${provider}-${name.replaceAll(/[^a-z]+/g, '')}`.slice(0, 60).replace(/-$/, ''),
      )
      const before = app.got.length
      const request = await send(source)
      const [got, ...others] = await gotAfter(before, 1)
      if (got === undefined) throw new Error('nothing came')
      expect(others).toEqual([])
      expect([got.method, got.url]).toEqual([
        request.method,
        `/hooks?of=app${request.query.replace('?', '&')}`,
      ])
      expect(Buffer.from(got.body).equals(Buffer.from(request.body))).toBe(true)
      expect(got.headers).toMatchObject({ ...request.headers, 'x-of-the-esp': 'kept', 'postern-hop': '1' })
      expect(
        Object.keys(got.headers).filter((one) => /^(?:cookie|cf-connecting|x-forwarded)/.test(one)),
      ).toEqual([])
      const asked = { account: source.account, request: { ...request, headers: got.headers, body: got.body } }
      expect(await judge([asked])).toEqual([expect.objectContaining({ accepted: true })])
      const own = Object.fromEntries(
        ['id', 'timestamp', 'signature'].map((one) => [
          `webhook-${one}`,
          got.headers[`postern-${one}`] ?? '',
        ]),
      )
      expect(() => new Webhook(SECRET).verify(Buffer.from(got.body), own)).not.toThrow(/signature/)
      expect(await postern.settledAt(source.name, 1)).toHaveLength(1)
    },
  )

  it('gets what Elastic Email sends in the query, by GET', async () => {
    const source = await postern.source('elasticemail')
    const before = app.got.length
    const request = await send(source)
    const [got] = await gotAfter(before, 1)
    expect(got).toMatchObject({ method: 'GET', url: `/hooks?of=app${request.query.replace('?', '&')}` })
  })

  it('gets a delivery of many events once, and no copy of it', async () => {
    const source = await postern.source('sendgrid', 'many')
    const before = app.got.length
    const request = await source.account.deliver(
      Array.from({ length: 40 }, () => simulated()),
      nowSeconds(),
    )
    for (const accepted of [40, 0]) expect(jsonOf(await source.deliver(request))).toMatchObject({ accepted })
    expect(await gotAfter(before, 1)).toHaveLength(1)
  })

  it('gets a body of megabytes whole', async () => {
    const source = await postern.source('sendgrid', 'large', { maxBodyBytes: 10_485_760 })
    const before = app.got.length
    const request = await source.account.deliver(
      Array.from({ length: 5_000 }, () => simulated()),
      nowSeconds(),
    )
    expect(request.body.byteLength).toBeGreaterThan(1_000_000)
    expect(jsonOf(await source.deliver(request))).toMatchObject({ accepted: 5_000 })
    const [got] = await gotAfter(before, 1)
    expect(Buffer.from(got?.body ?? []).equals(Buffer.from(request.body))).toBe(true)
  })

  it('gets nothing that was refused', async () => {
    const source = await postern.source('generic', 'forged')
    const before = app.got.length
    const request = await source.account.deliver([simulated()], nowSeconds())
    expect((await source.deliver({ ...request, body: Buffer.from('{}') })).status).toBe(401)
    expect(await gotAfter(before, 0)).toEqual([])
  })

  it('that fails gets it again, as it was, under the same id', async () => {
    const source = await postern.source('resend', 'fails')
    const before = app.got.length
    app.status = 500
    const request = await send(source)
    await until(async () => (await statusOf()).waiting === 1)
    app.status = 200
    await postern.console.post(`${DESTINATION}/waiting/retry`, {})
    const got = await gotAfter(before, 2)
    const ids = new Set(got.map(({ headers }) => headers['postern-id']))
    expect(ids.size).toBe(1)
    for (const { body } of got) expect(Buffer.from(body).equals(Buffer.from(request.body))).toBe(true)
    const [attempt] = (
      jsonOf(await postern.console.get(`${DESTINATION}/attempts?limit=1`)) as { attempts: Attempt[] }
    ).attempts
    expect(attempt).toMatchObject({ kind: 'request', outcome: 'delivered', id: [...ids][0], event_ids: [] })
  })

  it('gets nothing of a person who was erased while it failed', async () => {
    const source = await postern.source('postmark', 'erased')
    app.status = 500
    await send(source, { recipient: 'ada@example.org' })
    await until(async () => (await statusOf()).waiting === 1)
    const api = apiAt(new URL(postern.reach.POSTERN_URL), postern.reach.POSTERN_TOKEN)
    await until(async () => {
      const headers = { 'x-reason': 'request 4711' }
      const call = { body: { address: 'ada@example.org' }, headers }
      return (await api.call(peopleRoutes.erasePerson, call)).state === 'finished'
    })
    expect(await rowsOf('SELECT 1 FROM requests WHERE sealed IS NOT NULL')).toEqual([])
    app.status = 200
    const before = app.got.length
    await postern.console.post(`${DESTINATION}/waiting/retry`, {})
    await until(async () => (await statusOf()).given_up === 1)
    expect(app.got.slice(before)).toEqual([])
    const { given_up: dead } = jsonOf(await postern.console.get(`${DESTINATION}/given-up`)) as {
      given_up: Undelivered[]
    }
    expect(dead).toMatchObject([{ error: expect.stringContaining('not kept any more') }])
  })

  it('has left nothing of a request in the store once all is settled', async () => {
    await until(async () => (await rowsOf('SELECT 1 FROM requests WHERE sealed IS NOT NULL')).length === 0)
    expect(await rowsOf('SELECT 1 FROM requests WHERE sealed IS NOT NULL')).toEqual([])
    expect(await rowsOf('SELECT 1 FROM request_parts')).toEqual([])
  })

  it.each([
    ['test', {}],
    ['replay', { since: '2026-01-01T00:00:00Z' }],
  ])('cannot be sent what Postern makes: %s', async (action, body) => {
    const answer = await postern.console.post(`${DESTINATION}/${action}`, body)
    expect([answer.status, (jsonOf(answer) as { code: string }).code]).toEqual([409, 'form_original'])
  })
})

describe('a source that only observes', () => {
  const counts = async () => {
    const tables = Object.keys(TABLES).filter((table) => !table.startsWith('request'))
    const counted = tables.map(async (table) => {
      const [row] = await rowsOf(`SELECT count(*) AS rows FROM ${table}`)
      return [table, row?.['rows']]
    })
    return Object.fromEntries(await Promise.all(counted)) as Record<string, number>
  }

  it('stores nothing in any table, suppresses nobody, and the application goes on', async () => {
    const source = await postern.source('sendgrid', 'observing', { observe: true })
    const before = app.got.length
    const stored = await counts()
    const recipient = 'bounced@example.org'
    const request = await send(source, { kind: 'email.bounced', bounce: 'hard', recipient })
    const [got] = await gotAfter(before, 1)
    expect(Buffer.from(got?.body ?? []).equals(Buffer.from(request.body))).toBe(true)
    expect(await counts()).toEqual(stored)
    expect(jsonOf(await postern.console.get(`/api/suppressions/${recipient}`))).toMatchObject({
      suppressed: false,
    })
    expect(await postern.events('observing')).toEqual([])
  })

  it('stores events from the change on', async () => {
    const { account, deliver, name } = await postern.source('postmark', 'moved', { observe: true })
    const first = await account.deliver([simulated()], nowSeconds())
    expect((await deliver(first)).status).toBe(200)
    const put = await postern.console.put('/api/sources/moved', { ...account.document, observe: false })
    expect(put.status).toBe(200)
    await deliver(await account.deliver([simulated()], nowSeconds()))
    expect(await postern.settledAt(name, 1)).toHaveLength(1)
  })
})
