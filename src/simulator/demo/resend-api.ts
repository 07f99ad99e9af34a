/**
 * The API of the demo's account at Resend: what Postern asks of it. It keeps what the account has sent, so a gap can be filled while the
 * webhook was off. Its form is that of resend-openapi@fd6f395 (2026-08-21) and of Resend's pages about webhooks (2026-09-16).
 */
import { randomBytes } from 'node:crypto'
import { type JsonObject, isObject, parseJsonText } from '../../platform/json.ts'
import type { OutgoingRequest } from '../sender.ts'

const HOST = 'api.resend.com'
const WEBHOOK_ID = '4dd369bc-aa82-4ff3-97de-514ae3000ee0'

/** Some hours of the demo. */
const EVENTS_MAX = 5_000

const TYPES = [
  'email.sent', 'email.delivered', 'email.delivery_delayed', 'email.bounced', 'email.complained', 'email.failed',
  'email.suppressed', 'email.opened', 'email.clicked',
] // prettier-ignore

interface Sent {
  readonly id: string
  readonly type: string
  readonly created_at: string
  readonly payload: JsonObject
}

interface Entry {
  readonly email: string
  readonly origin: 'bounce' | 'complaint' | 'manual'
  readonly created_at: string
}

export class ResendApi {
  /** The source of the demo that belongs to the account. */
  readonly source: string = 'demo-resend'
  /** For the slot `esp_api_token`. */
  readonly key = `re_${randomBytes(18).toString('base64url')}`
  /** Oldest first. */
  readonly #sent: Sent[] = []
  readonly #suppressed = new Map<string, Entry>()
  #webhook: { endpoint: string; events: readonly string[]; status: 'enabled' | 'disabled' }

  /** @param gatewayUrl `http://localhost:8787` */
  constructor(gatewayUrl: string) {
    this.#webhook = { endpoint: `${gatewayUrl}/hooks/${this.source}`, events: TYPES, status: 'enabled' }
  }

  /** As Resend does after many failures. Deliveries stay at the ESP from now on. */
  switchOff(): void {
    this.#webhook = { ...this.#webhook, status: 'disabled' }
  }

  /** Keeps a delivery of the account. @returns whether the webhook sends it */
  isSent(source: string, { headers, body }: OutgoingRequest): boolean {
    if (source !== this.source) return true
    const payload = parseJsonText(Buffer.from(body).toString())
    const id = headers['svix-id']
    if (isObject(payload) && id !== undefined) this.#keep(id, payload)
    return this.#webhook.status === 'enabled'
  }

  /** @returns undefined for another host */
  async answer(request: {
    readonly url: string
    readonly method: string
    readonly headers: { get(name: string): string | null }
    text(): Promise<string>
  }): Promise<[status: number, json: object] | undefined> {
    const { hostname, pathname, searchParams } = new URL(request.url)
    if (hostname !== HOST) return undefined
    if (request.headers.get('authorization') !== `Bearer ${this.key}`)
      return [401, { name: 'invalid_api_key', message: 'API key is invalid' }]
    const parts = pathname.split('/').slice(1).map(decodeURIComponent)
    const body = request.method === 'GET' ? {} : parseJsonText(await request.text())
    return this.#answered(request.method, parts, searchParams, isObject(body) ? body : {})
  }

  #answered(
    method: string,
    [place, id, part, eventId]: readonly string[],
    query: URLSearchParams,
    body: JsonObject,
  ): [status: number, json: object] {
    if (place === 'suppressions')
      return this.#suppressions(method, id === 'batch' ? part : undefined, query, body)
    if (place !== 'webhooks' || (id !== undefined && id !== WEBHOOK_ID)) return NOT_FOUND
    if (part === 'events' && eventId === undefined)
      return [
        200,
        pageOf(
          this.#sent.toReversed().map(({ payload: _payload, ...one }) => one),
          query,
        ),
      ]
    if (part === 'events') {
      const found = this.#sent.find((one) => one.id === eventId)
      return found === undefined ? NOT_FOUND : [200, { object: 'webhook_event', ...found, status: 'success' }]
    }
    if (method === 'PATCH') {
      const { endpoint, events, status } = body
      this.#webhook = {
        endpoint: typeof endpoint === 'string' ? endpoint : this.#webhook.endpoint,
        events: Array.isArray(events) ? events.map(String) : this.#webhook.events,
        status: status === 'enabled' || status === 'disabled' ? status : this.#webhook.status,
      }
    }
    const webhook = { object: 'webhook', id: WEBHOOK_ID, ...this.#webhook }
    return [200, id === undefined ? pageOf([webhook], query) : webhook]
  }

  #suppressions(
    method: string,
    batch: string | undefined,
    query: URLSearchParams,
    { emails }: JsonObject,
  ): [status: number, json: object] {
    if (method === 'GET')
      return [
        200,
        pageOf(
          [...this.#suppressed.values()].map((one) => ({ id: one.email, ...one })),
          query,
        ),
      ]
    for (const email of Array.isArray(emails) ? emails.map(String) : [])
      if (batch === 'remove') this.#suppressed.delete(email)
      else this.#suppressed.set(email, { email, origin: 'manual', created_at: new Date(0).toISOString() })
    return [200, { object: 'list', data: [] }]
  }

  #keep(id: string, payload: JsonObject): void {
    const { type, created_at } = payload
    if (typeof type !== 'string' || typeof created_at !== 'string') return
    this.#sent.push({ id, type, created_at, payload })
    if (this.#sent.length > EVENTS_MAX) this.#sent.shift()
    const data = isObject(payload['data']) ? payload['data'] : {}
    const bounce = isObject(data['bounce']) ? data['bounce'] : {}
    const origin =
      type === 'email.complained' ? 'complaint' : bounce['type'] === 'Permanent' ? 'bounce' : undefined
    const to: unknown = Array.isArray(data['to']) ? data['to'][0] : undefined
    if (origin !== undefined && typeof to === 'string')
      this.#suppressed.set(to, { email: to, origin, created_at })
  }
}

const NOT_FOUND: [number, object] = [404, { name: 'not_found', message: 'Not found' }]

/** Resend's lists: up to a hundred entries after an id. */
function pageOf(all: readonly { readonly id: string }[], query: URLSearchParams): object {
  const after = query.get('after')
  const from = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1
  const end = from + Math.min(Number(query.get('limit') ?? 20), 100)
  return { object: 'list', has_more: end < all.length, data: all.slice(from, end) }
}
