/** A small application that receives the demo's events on this machine. Now and then it fails or is slow, and accepts at the next try. */
import { once } from 'node:events'
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { Webhook, WebhookVerificationError } from 'standardwebhooks'
import type { Random } from '../mail.ts'

export interface ReceiverOptions {
  /** Verifies the signatures: `whsec_…`. */
  readonly secret: string
  readonly random: Random
  /** Shares of the deliveries whose first try is answered with 500, and of the requests that wait for {@link SLOW_MS}: 0 to 1. */
  readonly failShare: number
  readonly slowShare: number
  readonly onRequest: (received: ReceivedRequest) => void
}

export interface ReceivedRequest {
  readonly status: number
  /** Of the events that it accepted. */
  readonly eventIds: readonly string[]
}

export interface DemoReceiver {
  readonly endpointUrl: string
  /** Stops at once; open connections are cut. */
  readonly hangUp: () => Promise<void>
}

export const SLOW_MS = 2_000

/** Listens on a free port of the loopback address. */
export async function startReceiver(options: ReceiverOptions): Promise<DemoReceiver> {
  const webhook = new Webhook(options.secret)
  const ended = new AbortController()
  /** Deliveries that failed once: their third try would come after minutes, and hold back what is behind it. */
  const failed = new Set<unknown>()
  const fails = (id: unknown): boolean => {
    if (failed.delete(id) || options.random() >= options.failShare) return false
    failed.add(id)
    return true
  }
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request)
    const isSlow = options.random() < options.slowShare
    const received: ReceivedRequest = fails(request.headers['webhook-id'])
      ? { status: 500, eventIds: [] }
      : accept(webhook, body, request.headers as Record<string, string>)
    if (isSlow) await sleep(SLOW_MS, undefined, { signal: ended.signal })
    response.writeHead(received.status, { 'content-type': 'text/plain' }).end(WORDS[received.status])
    options.onRequest(received)
  }
  const server = createServer((request, response) => {
    // A connection that is cut leaves nobody to answer.
    handle(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpointUrl: `http://127.0.0.1:${portOf(server)}/email-events`,
    async hangUp() {
      ended.abort()
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

const WORDS: Readonly<Record<number, string>> = {
  200: 'Thank you.',
  401: 'The signature does not fit.',
  500: 'The demo fails now and then, to show what happens.',
}

function accept(webhook: Webhook, body: string, headers: Record<string, string>): ReceivedRequest {
  try {
    const { data } = webhook.verify(body, headers) as { data: Event | Event[] }
    return { status: 200, eventIds: [data].flat().map(({ id }) => id) }
  } catch (cause) {
    if (cause instanceof WebhookVerificationError) return { status: 401, eventIds: [] }
    throw cause
  }
}

interface Event {
  readonly id: string
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The receiver has no port.')
  return address.port
}
