import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loopback, post } from '../../src/simulator/post.ts'

describe('the simulator', () => {
  it.each(['http://localhost:8787/hooks/x', 'http://127.0.0.1/', 'http://127.8.9.1:1/', 'http://[::1]:80/'])(
    'posts to %s',
    (target) => expect(loopback(target).href).toBe(new URL(target).href),
  )

  it.each([
    'https://hooks.example.com/',
    'http://example.com/',
    'http://localhost.example.com/',
    'http://127.0.0.1.example.com/',
    'http://10.0.0.1/',
    'http://0.0.0.0/',
    'http://localhost@example.com/',
    'https://localhost/',
    'ftp://localhost/',
  ])('does not post to %s', (target) => expect(() => loopback(target)).toThrow(TypeError))
})

describe('a delivery', () => {
  let answers: number[] = []
  const bodies: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString('latin1')))
    request.on('end', () => {
      bodies.push(body)
      response.writeHead(answers.shift() ?? 200).end()
    })
  })
  let target: string
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    target = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/x`
  })
  afterAll(() => server.close())

  const request = {
    method: 'POST',
    query: '',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from('{"a":1}'),
    proofHeaders: [],
    bodyIsSigned: false,
  } as const

  it.each([
    ['taken at once', [200], [], 200],
    ['sent again, byte for byte, while the receiver cannot take it', [503, 500, 200], [1, 2], 200],
    ['sent again after "too many requests"', [429, 200], [1], 200],
    ['not sent again when it is refused', [401, 200], [], 401],
    ['given up in the end', Array<number>(9).fill(503), [1, 2, 4, 8, 16], 503],
  ])('is %s', async (_what, planned, expectedWaits, status) => {
    answers = [...planned]
    bodies.length = 0
    const waits: number[] = []
    const answer = await post(target, request, { wait: async (seconds) => waits.push(seconds) > 0 })
    expect(answer?.status).toBe(status)
    expect(waits).toEqual(expectedWaits)
    expect(bodies).toEqual(Array<string>(expectedWaits.length + 1).fill('{"a":1}'))
  })

  it('ends with the simulation', async () => {
    answers = [503, 200]
    bodies.length = 0
    const answer = await post(target, request, { wait: async () => false })
    expect([answer?.status, bodies.length]).toEqual([503, 1])
  })

  it('has no answer where nobody listens', async () => {
    const answer = await post('http://127.0.0.1:1/hooks/x', request, { wait: async () => false })
    expect(answer).toBeUndefined()
  })
})
