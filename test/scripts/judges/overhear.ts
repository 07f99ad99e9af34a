/** Hears what a package says to an ESP, and answers in the ESP's place. The package's own client of HTTP works, over loopback. */
import { once } from 'node:events'
import http, {
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
  type ServerResponse,
} from 'node:http'
import https from 'node:https'
import { syncBuiltinESMExports } from 'node:module'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { URL, urlToHttpOptions } from 'node:url'
import type { ApiRequest } from '../../../src/drivers/driver.ts'

type Answer = (request: ApiRequest) => Response

/** The requests that were made meanwhile, in their order, and the result. */
export async function overhear<Result>(
  answer: Answer,
  call: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly requests: readonly ApiRequest[] }> {
  const requests: ApiRequest[] = []
  const heard = (method: string, url: string, headers: ApiRequest['headers'], body: string): Response => {
    const request = {
      method: method as ApiRequest['method'],
      url,
      headers,
      ...(body === '' ? {} : { body }),
    }
    requests.push(request)
    return answer(request)
  }
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    )
    const url = `https://${headers['host']}${request.url}`
    const answered = heard(request.method ?? '', url, headers, await text(request))
    // Otherwise a package that signs takes the clock of the machine from it.
    response.sendDate = false
    response.writeHead(answered.status, Object.fromEntries(answered.headers))
    response.end(await answered.text())
  }
  const server = http.createServer((request, response) => {
    serve(request, response).catch((cause: unknown) => response.destroy(cause as Error))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const { request: realRequest } = https
  const { fetch: realFetch } = globalThis
  https.request = (...args: readonly unknown[]) => toLoopback(args, port)
  syncBuiltinESMExports()
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    return heard(request.method, request.url, Object.fromEntries(request.headers), await request.text())
  }
  try {
    return { result: await call(), requests }
  } finally {
    https.request = realRequest
    syncBuiltinESMExports()
    globalThis.fetch = realFetch
    server.closeAllConnections()
    server.close()
  }
}

/** The same request to the server of the test, under the name of the host for which it was meant. */
function toLoopback(args: readonly unknown[], port: number): ClientRequest {
  const [first, second] = args
  const done = args.find((one) => typeof one === 'function') as
    | ((answer: IncomingMessage) => void)
    | undefined
  const options: RequestOptions = {
    ...(typeof first === 'string' || first instanceof URL
      ? urlToHttpOptions(new URL(first))
      : (first as object)),
    ...(typeof second === 'object' ? second : {}),
  }
  const host = options.hostname ?? options.host ?? ''
  const { agent: _agent, lookup: _lookup, ...rest } = options
  const local = { ...rest, protocol: 'http:', host: '127.0.0.1', hostname: '127.0.0.1', port }
  const request = http.request(local, done)
  request.setHeader('host', host)
  return request
}
