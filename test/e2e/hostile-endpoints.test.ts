/** An endpoint can answer what it likes: its own delivery fails or succeeds, another destination loses nothing. */
import { once } from 'node:events'
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jsonOf } from '../../src/simulator/http.ts'
import type { Attempt } from '../../src/api/destinations.ts'
import {
  type Postern,
  type TestSource,
  WITH_DESTINATIONS,
  nowSeconds,
  simulated,
  startPostern,
  until,
} from './postern.ts'
import { Receiver } from './receiver.ts'

let postern: Postern
let source: TestSource
const servers: Server[] = []

beforeAll(async () => {
  postern = await startPostern(WITH_DESTINATIONS)
  source = await postern.source('sendgrid')
})
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  await postern.runtime.close()
})

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    answer(request, response)
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no address')
  return `http://127.0.0.1:${address.port}/hook`
}

/** Writes as long as somebody reads. */
function endless(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200)
  const write = () => {
    while (!response.destroyed && response.write('x'.repeat(16_384)));
  }
  response.on('drain', write)
  write()
}

const ENDPOINTS = {
  'never answers': { answer: () => undefined, outcome: 'failed', error: 'within 1 seconds' },
  'sends its head and no body': {
    answer: (_: IncomingMessage, response: ServerResponse) => {
      response.writeHead(200)
      response.flushHeaders()
    },
    outcome: 'failed',
    error: 'within 1 seconds',
  },
  'answers endless bytes': { answer: endless, outcome: 'delivered', error: null },
  'redirects to a private address': {
    answer: (_: IncomingMessage, response: ServerResponse) =>
      void response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end(),
    outcome: 'failed',
    error: 'redirects to 169.254.169.254',
  },
  'answers 200 with garbage': {
    answer: (_: IncomingMessage, response: ServerResponse) =>
      void response.writeHead(200).end(Buffer.from([0, 255, 27, 91, 50, 74, 0xc3])),
    outcome: 'delivered',
    error: null,
  },
  'answers 500': {
    answer: (_: IncomingMessage, response: ServerResponse) => void response.writeHead(500).end('broken'),
    outcome: 'failed',
    error: 'answered 500',
  },
} as const

const attemptsOf = async (name: string): Promise<Attempt[]> =>
  (jsonOf(await postern.console.get(`/api/destinations/${name}/attempts`)) as { attempts: Attempt[] })
    .attempts

describe('an endpoint that', () => {
  it.each(Object.entries(ENDPOINTS))(
    '%s is shown as what it is, and another destination has its event at once',
    async (what, { answer, outcome, error }) => {
      const name = what.replaceAll(' ', '-')
      const well = new Receiver()
      await well.start()
      const signing_secret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`
      well.secrets = [signing_secret]
      for (const [destination, url] of [
        [name, await serve(answer)],
        [`${name}-well`, well.url],
      ] as const)
        await postern.console.put(`/api/destinations/${destination}`, {
          url,
          timeout_seconds: 1,
          secrets: { signing_secret },
        })
      await source.deliver(await source.account.deliver([simulated()], nowSeconds()))
      await until(async () => (await attemptsOf(name)).length > 0)
      const [attempt] = await attemptsOf(name)
      expect(attempt).toMatchObject({
        outcome,
        error: error === null ? null : expect.stringContaining(error),
      })
      expect((attempt?.response ?? '').length).toBeLessThan(600)
      expect(attempt?.response ?? '').not.toContain('\u001b')
      await until(async () => well.accepted.size === 1)
      expect(well.accepted.size).toBe(1)
      await well.stop()
      for (const destination of [name, `${name}-well`])
        await postern.console.remove(`/api/destinations/${destination}`)
    },
  )
})
