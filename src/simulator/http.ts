/** Sends HTTP requests byte for byte. `fetch` cannot: it refuses headers that real senders use, and adds its own. */
import { Agent, request } from 'node:http'

export interface Sent {
  readonly method: string
  /** A list sends the same header several times. */
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly body: Uint8Array
}

export interface Received {
  readonly status: number
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
}

/** Connections are reused, since a conformance run makes thousands of requests. */
const agent = new Agent({ keepAlive: true, maxSockets: 256 })

/** The timeout of a request. */
const TIMEOUT_MS = 60_000

/** Sends one request, byte for byte. Only `content-length` and, if missing, `host` are added. */
export function send(url: URL, { method, headers, body }: Sent): Promise<Received> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url.href,
      {
        method,
        agent,
        timeout: TIMEOUT_MS,
        headers: { ...headers, ...(body.byteLength === 0 && method !== 'POST' ? {} : length(body)) },
      },
      (incoming) => {
        const parts: Buffer[] = []
        incoming.on('data', (part: Buffer) => parts.push(part))
        incoming.on('error', reject)
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: new Map(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
            body: Buffer.concat(parts),
          }),
        )
      },
    )
    outgoing.on('timeout', () =>
      outgoing.destroy(new Error(`no answer from ${url.host} in ${TIMEOUT_MS} ms`)),
    )
    outgoing.on('error', (cause: NodeJS.ErrnoException) => {
      // The server closed an idle connection just when it was used again: it has not read the request.
      const isStaleConnection = outgoing.reusedSocket && cause.code === 'ECONNRESET'
      if (isStaleConnection) resolve(send(url, { method, headers, body }))
      else reject(cause)
    })
    outgoing.end(body)
  })
}

const length = (body: Uint8Array) => ({ 'content-length': String(body.byteLength) })

/** The parsed JSON body, or `undefined` if it is not JSON. */
export function jsonOf({ body }: Received): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown
  } catch {
    return undefined
  }
}
