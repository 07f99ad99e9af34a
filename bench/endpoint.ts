/** An endpoint of a customer: answers with an empty 200, and remembers when each request was complete. */
import { once } from 'node:events'
import { createServer } from 'node:http'

interface Arrivals {
  /** `performance.now()` of each request, in order. */
  readonly timesMs: number[]
  bytes: number
}

export interface Endpoint {
  /** @param name what the requests are counted under */
  readonly url: (name: string) => string
  /** Accepts connections and requests, and never answers. */
  readonly silentUrl: string
  /** Resolves with the times of the first requests under a name, once there are so many. */
  readonly arrivals: (name: string, count: number) => Promise<readonly number[]>
  /** How large the requests under a name were on average. */
  readonly meanBytes: (name: string) => number
  readonly close: () => void
}

const SILENT = '/silent'

/** Longer than any pause of a run: a connection that is closed while it is reused would be a failed delivery. */
const KEEP_ALIVE_MS = 600_000

const WAIT_MAX_MS = 120_000

/** @param answersAfterMs 0 for at once */
export async function openEndpoint(answersAfterMs = 0): Promise<Endpoint> {
  const named = new Map<string, Arrivals>()
  const of = (name: string): Arrivals => {
    const known = named.get(name) ?? { timesMs: [], bytes: 0 }
    named.set(name, known)
    return known
  }
  const waiters = new Set<() => void>()
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    let bytes = 0
    request.on('data', (part: Buffer) => (bytes += part.byteLength))
    request.on('end', () => {
      if (request.url === SILENT) return
      const arrivals = of(request.url?.slice(1) ?? '')
      arrivals.timesMs.push(performance.now())
      arrivals.bytes += bytes
      if (answersAfterMs === 0) response.end()
      else setTimeout(() => response.end(), answersAfterMs)
      for (const waiter of waiters) waiter()
    })
    request.on('error', () => undefined)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no address')
  const origin = `http://127.0.0.1:${address.port}`
  return {
    url: (name) => `${origin}/${name}`,
    silentUrl: `${origin}${SILENT}`,
    async arrivals(name, count) {
      const { timesMs } = of(name)
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const look = () => {
        if (timesMs.length >= count) resolve()
      }
      const timer = setTimeout(
        () => reject(new Error(`${name}: ${timesMs.length} of ${count} requests came`)),
        WAIT_MAX_MS,
      )
      waiters.add(look)
      look()
      try {
        await promise
      } finally {
        clearTimeout(timer)
        waiters.delete(look)
      }
      return timesMs.slice(0, count)
    },
    meanBytes: (name) => Math.round(of(name).bytes / of(name).timesMs.length),
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
