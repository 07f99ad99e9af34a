/** An application that receives events as the official library of Standard Webhooks says, and fails as applications do. */
import { type Server, createServer } from 'node:http'
import { once } from 'node:events'
import { Webhook, WebhookVerificationError } from 'standardwebhooks'

export interface ReceiverOptions {
  /** From 0 up to 1: what happens to the next request. */
  readonly luck?: () => number
  /** Shares of requests that are answered with 500, dropped without an answer, or slow. */
  readonly fails?: number
  readonly drops?: number
  readonly slow?: number
  /** Status for requests to a path, which are not kept then; undefined: as above. */
  readonly answers?: (path: string) => number | undefined
}

/** The same sequence of chances in every run. */
export function chances(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

export class Receiver {
  /** Ids of events that were accepted, with how often. */
  readonly accepted = new Map<string, number>()
  /** Requests whose signature no known secret explains. */
  readonly unverified: string[] = []
  /** Statuses in the order of requests. */
  requests = 0
  /** Secrets that the application knows. */
  secrets: string[] = []
  options: ReceiverOptions
  /** Recipients in the order in which their events were accepted, by message. */
  readonly order: { readonly id: string; readonly type: string; readonly messageId: string | null }[] = []
  #server: Server | undefined
  #port = 0

  constructor(options: ReceiverOptions = {}) {
    this.options = options
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/email-events`
  }

  /** Starts, or starts again at the same address. */
  async start(): Promise<void> {
    const server = createServer((request, response) => {
      const parts: Buffer[] = []
      request.on('data', (part: Buffer) => parts.push(part))
      request.on('end', () => {
        const status = this.#answer(
          request.url ?? '',
          Buffer.concat(parts).toString(),
          request.headers as Record<string, string>,
        )
        const { luck = () => 1, slow = 0 } = this.options
        if (status === undefined) request.socket.destroy()
        else setTimeout(() => response.writeHead(status).end('seen'), luck() < slow ? 150 : 0)
      })
      request.on('error', () => undefined)
    })
    server.listen(this.#port, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no address')
    this.#port = address.port
    this.#server = server
  }

  /** Dies: connections are cut. */
  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }

  /** Undefined: the connection is cut. Like an application that dies after its work, it may have accepted the event all the same. */
  #answer(path: string, body: string, headers: Record<string, string>): number | undefined {
    this.requests++
    const chosen = this.options.answers?.(path)
    if (chosen !== undefined) return chosen
    const { luck = () => 1, fails = 0, drops = 0 } = this.options
    const chance = luck()
    if (chance < fails) return 500
    if (!this.#isVerified(body, headers)) {
      this.unverified.push(headers['webhook-id'] ?? '')
      return 401
    }
    const { data } = JSON.parse(body) as { data: Accepted | Accepted[] }
    for (const { id, type, message_id } of [data].flat()) {
      if (!this.accepted.has(id)) this.order.push({ id, type, messageId: message_id })
      this.accepted.set(id, (this.accepted.get(id) ?? 0) + 1)
    }
    return chance < fails + drops ? undefined : 200
  }

  #isVerified(body: string, headers: Record<string, string>): boolean {
    return this.secrets.some((secret) => {
      try {
        new Webhook(secret).verify(body, headers)
        return true
      } catch (cause) {
        if (cause instanceof WebhookVerificationError) return false
        throw cause
      }
    })
  }
}

interface Accepted {
  readonly id: string
  readonly type: string
  readonly message_id: string | null
}
