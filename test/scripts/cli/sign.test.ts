import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from './run.ts'

interface Got {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly authorization: string | undefined
  readonly body: string
}

const got: Got[] = []
let status = 200
const server = createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    const { method, url, headers } = request
    got.push({ method, url, authorization: headers.authorization, body: Buffer.concat(parts).toString() })
    response.writeHead(status).end()
  })
})
let base = ''
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

describe('sign --to', () => {
  it('puts the document with the token, then posts the delivery', async () => {
    got.length = 0
    const urls = ['--put', `${base}/api/sources/s`, '--to', `${base}/hooks/s`]
    const ran = await run(['sign', 'resend', ...urls], '', { ADMIN_TOKEN: 'token-of-the-test' })
    expect(ran).toMatchObject({ code: 0, out: 'source put: 200\ndelivery sent: 200\n' })
    expect(got).toMatchObject([
      { method: 'PUT', url: '/api/sources/s', authorization: 'Bearer token-of-the-test' },
      { method: 'POST', url: '/hooks/s', authorization: undefined },
    ])
    expect(JSON.parse(got[0]?.body ?? '')).toMatchObject({ provider: 'resend' })
  })

  it('keeps the query of the URL beside that of the ESP', async () => {
    got.length = 0
    await run(['sign', 'elasticemail', '--to', `${base}/hooks/s?shop=1`])
    expect(got).toMatchObject([{ method: 'GET', url: expect.stringMatching(/^\/hooks\/s\?shop=1&token=/) }])
  })

  it.each([
    [401, 'source put: 401\n'],
    [500, 'source put: 500\n'],
  ])('sends nothing when the document was answered with %i', async (answer, out) => {
    got.length = 0
    status = answer
    const urls = ['--put', `${base}/api/sources/s`, '--to', `${base}/hooks/s`]
    expect(await run(['sign', 'resend', ...urls], '', { ADMIN_TOKEN: 'x' })).toMatchObject({ code: 1, out })
    expect(got).toHaveLength(1)
    status = 200
  })

  it('is 1 where the delivery is refused or nobody answers', async () => {
    status = 406
    expect(await run(['sign', 'resend', '--to', base])).toMatchObject({
      code: 1,
      out: 'delivery sent: 406\n',
    })
    status = 200
    expect(await run(['sign', 'resend', '--to', 'http://127.0.0.1:1/'])).toMatchObject({
      code: 1,
      out: 'delivery sent: no answer\n',
    })
  })
})
