import { createServer } from 'node:net'
import { Request } from 'miniflare'
import { expect, it } from 'vitest'
import { outboundFor } from '../../../scripts/local/served-urls.ts'
import { NO_CONNECTION_HEADER } from '../../../src/platform/no-connection.ts'

/** A port on which nothing listens, since it was just closed. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

it.each([
  ['nothing listens', async () => `http://127.0.0.1:${await closedPort()}/`, 'refused'],
  ['nothing listens on localhost', async () => `http://localhost:${await closedPort()}/`, 'refused'],
  ['the name has no address', async () => 'http://no-such-host.invalid/', 'failed'],
])('where %s, the answer says that there was no connection', async (_name, url, reason) => {
  const response = await outboundFor(new Map())(new Request(await url()))
  expect([response.status, response.headers.get(NO_CONNECTION_HEADER)]).toEqual([502, reason])
})
