import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { run } from './run.ts'

interface Got {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly authorization: string | undefined
  readonly ifNoneMatch: string | undefined
  readonly body: string
}

const got: Got[] = []
let status = 200
let hookStatus = 200
let isThere = false
/** A console and a gateway in one. */
const server = createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    const { method, url, headers } = request
    const ifNoneMatch = headers['if-none-match']
    const body = Buffer.concat(parts).toString()
    got.push({ method, url, authorization: headers.authorization, ifNoneMatch, body })
    const json = { 'content-type': 'application/json' }
    if (isThere && ifNoneMatch === '*') {
      response.writeHead(412, json).end('{"code": "version_conflict", "detail": "Changed."}')
      return
    }
    const name = url?.split('/').at(-1) ?? ''
    if (url?.startsWith('/hooks/') && hookStatus !== 200) {
      response.writeHead(hookStatus, json).end(JSON.stringify(answered))
      return
    }
    response.writeHead(url?.startsWith('/hooks/') ? hookStatus : status, json).end(
      JSON.stringify({
        // Where the document names a URL of its own, the console shows that one.
        webhook_url: `https://elsewhere.example/hooks/${name}`,
        ...(url === '/api/health' ? { gateway_url: base } : {}),
        provider: 'resend',
        level: 'enhanced',
        name,
        version: 7,
        auth: { require: 'all' },
        allowedIps: ['192.0.2.0/24'],
        requireSourceIp: true,
        secrets: isThere ? { signing_secret: 1 } : {},
        explanation: 'The signature fits none.',
      }),
    )
  })
})
let base = ''
let answered: object = {}
let environment: Record<string, string>
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  environment = { ADMIN_TOKEN: 'token-of-the-test', POSTERN_URL: base }
})
beforeEach(() => {
  got.length = 0
  status = 200
  hookStatus = 200
  answered = {}
  isThere = false
})
afterAll(() => server.close())

const sign = (args: readonly string[], change: Parameters<typeof run>[3] = {}) =>
  run(['sign', ...args], '', environment, change)

describe('sign --put and --to', () => {
  it('puts the document with the token, only where there is no source, then posts the delivery', async () => {
    const ran = await sign(['resend', '--put', `${base}/api/sources/s`, '--to', `${base}/hooks/s`])
    expect(ran).toMatchObject({ code: 0, out: 'source put: s\ndelivery sent: 200\n' })
    expect(got).toMatchObject([
      { method: 'PUT', url: '/api/sources/s', authorization: 'Bearer token-of-the-test', ifNoneMatch: '*' },
      { method: 'POST', url: '/hooks/s', authorization: undefined },
    ])
    expect(JSON.parse(got[0]?.body ?? '')).toMatchObject({ provider: 'resend' })
  })

  it('takes the name of a source, and the console and token of the log-in', async () => {
    const ran = await run(['sign', 'resend', '--put', 's', '--json'], '', {
      POSTERN_URL: base,
      POSTERN_TOKEN: 'token-of-the-log-in',
    })
    expect(ran).toMatchObject({ code: 0, out: expect.stringMatching(/"source": "s",\n  "status": null,/) })
    expect(got).toMatchObject([{ url: '/api/sources/s', authorization: 'Bearer token-of-the-log-in' }])
  })

  it('replaces a source only on a yes', async () => {
    isThere = true
    expect(await sign(['resend', '--put', 's'])).toMatchObject({
      code: 2,
      complaints: expect.stringMatching(/--yes/),
    })
    const person = { readsKeys: true, ask: async () => 'n' }
    expect(await sign(['resend', '--put', 's'], { person })).toMatchObject({ code: 1 })
    expect(got.every(({ method, ifNoneMatch }) => method === 'GET' || ifNoneMatch === '*')).toBe(true)
    expect(await sign(['resend', '--put', 's', '--yes'])).toMatchObject({ code: 0 })
    expect(got.at(-1)).toMatchObject({ method: 'PUT', ifNoneMatch: undefined })
  })

  it('asks with what is lost', async () => {
    isThere = true
    const asked: string[] = []
    const ask = (question: string) => (asked.push(question), Promise.resolve('n'))
    await sign(['resend', '--put', 's'], { person: { readsKeys: true, ask } })
    expect(asked).toEqual([
      expect.stringMatching(/Its signing_secret is revoked and cannot be shown again.*sign --source s/),
    ])
  })

  it('prints the request, and the reason as far as it can know it', async () => {
    hookStatus = 401
    answered = { request_id: 'req_1', title: 'The delivery could not be authenticated.' }
    expect(await sign(['resend', '--to', `${base}/hooks/s`])).toMatchObject({
      code: 1,
      out: 'delivery sent: 401\nrequest: req_1\nreason: postern refusals show req_1 has it\n',
    })
    const known = await sign(['resend', '--put', 's', '--to', `${base}/hooks/s`])
    expect(known.out).toBe(
      'source put: s\ndelivery sent: 401\nrequest: req_1\nreason: The signature fits none.\n',
    )
    expect(got.at(-1)?.url).toBe('/api/refusals/req_1')
  })

  it('keeps the query of the URL beside that of the ESP', async () => {
    await sign(['elasticemail', '--to', `${base}/hooks/s?shop=1`])
    expect(got).toMatchObject([{ method: 'GET', url: expect.stringMatching(/^\/hooks\/s\?shop=1&token=/) }])
  })

  it.each([
    [401, 3],
    [403, 3],
    [422, 1],
  ])('sends nothing when the document was answered with %i, and exits %i', async (answer, code) => {
    status = answer
    const ran = await sign(['resend', '--put', `${base}/api/sources/s`, '--to', `${base}/hooks/s`])
    expect(ran).toMatchObject({ code, out: '' })
    expect(got).toHaveLength(1)
  })

  it('is 1 where the delivery is refused or nobody answers', async () => {
    hookStatus = 406
    expect(await sign(['resend', '--to', `${base}/hooks/s`])).toMatchObject({
      code: 1,
      out: 'delivery sent: 406\n',
    })
    expect(await sign(['resend', '--to', 'http://127.0.0.1:1/'])).toMatchObject({
      code: 1,
      out: 'delivery sent: no answer\n',
    })
  })
})

describe('sign --source', () => {
  it('sends to a temporary twin with the settings of the source, and removes it', async () => {
    const ran = await sign(['--source', 'shop', '--recipient', 'ada@example.org'])
    expect(ran).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^source put: shop-sample-[0-9a-f]{8}\ndelivery sent: 200\n$/),
    })
    const twin = /shop-sample-[0-9a-f]+/.exec(ran.out)?.[0] ?? ''
    expect(got.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /api/sources/shop',
      'GET /api/health',
      `PUT /api/sources/${twin}`,
      `POST /hooks/${twin}`,
      `DELETE /api/sources/${twin}`,
    ])
    const document = JSON.parse(got[2]?.body ?? '') as Record<string, unknown>
    expect(Object.keys(document).toSorted()).toEqual(['level', 'provider', 'secrets'])
    expect(document).toMatchObject({ provider: 'resend', level: 'enhanced' })
    expect(got[3]?.body).toContain('ada@example.org')
  })

  it('removes the twin also where the delivery is refused', async () => {
    hookStatus = 401
    const ran = await sign(['--source', 'shop', '--json'])
    expect(ran.code).toBe(1)
    expect(JSON.parse(ran.out)).toMatchObject({ status: 401 })
    expect(got.at(-1)).toMatchObject({ method: 'DELETE' })
  })

  it.each([
    [['--source', 'shop', '--to', 'http://localhost/'], /leave out --put and --to/],
    [['mailgun', '--source', 'shop'], /one of resend/],
    [[], /Name a PROVIDER/],
  ])('%j is a usage error', async (args, words) => {
    expect(await sign(args)).toMatchObject({ code: 2, out: '', complaints: expect.stringMatching(words) })
    expect(got.filter(({ method }) => method !== 'GET')).toEqual([])
  })
})
