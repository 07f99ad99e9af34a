/** A console that answers by a table, for tests of what a command asks and prints. */
import { type IncomingMessage, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach } from 'vitest'

interface Asked {
  readonly call: string
  readonly query: string
  readonly body: unknown
  readonly headers: IncomingMessage['headers']
}

type FakeAnswer = readonly [status: number, json?: unknown]

/**
 * Listens during the tests of the file.
 *
 * @param answers by method and path: `GET /api/sources`
 * @param otherwise of anything else
 */
export function fakeConsole(
  answers: Readonly<Record<string, FakeAnswer>>,
  otherwise: FakeAnswer,
): {
  readonly asked: Asked[]
  /** Requests without their queries and headers. */
  readonly calls: () => Pick<Asked, 'call' | 'body'>[]
  readonly environment: Record<string, string>
} {
  const asked: Asked[] = []
  const environment: Record<string, string> = { POSTERN_TOKEN: 'seeded-token-of-the-fake-console' }
  const server = createServer((message, response) => {
    const { pathname, search } = new URL(message.url ?? '', 'http://console.example')
    void message.toArray().then((parts: Buffer[]) => {
      const text = Buffer.concat(parts).toString('utf8')
      const call = `${message.method} ${decodeURIComponent(pathname)}`
      const body: unknown = text === '' ? undefined : JSON.parse(text)
      asked.push({ call, query: search, body, headers: message.headers })
      const [status, json] = answers[call] ?? otherwise
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(json === undefined ? '' : JSON.stringify(json))
    })
  })
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    environment['POSTERN_URL'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  beforeEach(() => {
    asked.length = 0
  })
  afterAll(() => new Promise((resolve) => server.close(resolve)))
  return { asked, calls: () => asked.map(({ call, body }) => ({ call, body })), environment }
}
