import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { run } from './run.ts'

const EVENT = {
  occurred_at: '2026-06-02T10:00:00.000Z',
  source: 'shop',
  type: 'email.bounced',
  recipient: 'ada@example.com',
  message_id: 'm-1',
  bounce_type: null,
  reject_reason: null,
  reason: null,
}

let event: object
let server: Server
let environment: Record<string, string>
beforeAll(async () => {
  server = createServer((message, response) => {
    message.resume()
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ events: [event], next_cursor: null }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  environment = { POSTERN_URL: `http://127.0.0.1:${port}`, POSTERN_TOKEN: 'token-of-this-test' }
})
afterAll(() => server.close())

it.each([
  [{ bounce_type: 'hard', reason: '550 no such user' }, 'hard: 550 no such user'],
  [{ bounce_type: 'hard' }, 'hard'],
  [{ reject_reason: 'spam', reason: 'blocked by a list' }, 'spam: blocked by a list'],
  [{ reason: '451 try later' }, '451 try later'],
  [{}, '–'],
])('a list shows the reason of %j as %s', async (change, shown) => {
  event = { ...EVENT, ...change }
  const { out } = await run(['events', 'list'], '', environment)
  expect(out.trimEnd().split('\n').at(-1)).toMatch(new RegExp(`  ${shown}$`))
})
