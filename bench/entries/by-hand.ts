/**
 * A minimal gateway in one function for one sender. Besides the work of the floor it claims the delivery, parses the event,
 * computes its id, encrypts it, logs and answers. It has no limits, deadlines, second secrets or methods, quota, durable state
 * or quarantine. If the queue refuses a message or the sender disconnects, the delivery is lost.
 */
import { DurableObject } from 'cloudflare:workers'
import { HMAC_KEY } from '../key.ts'

interface ByHandEnv {
  readonly GUARD: DurableObjectNamespace<Guard>
  readonly EVENTS: Queue
}

interface Item {
  readonly event_type: string
  readonly data: Readonly<Record<string, string>>
}

/** Enough for one run; then the memory is cleared. */
const CLAIMS_MAX = 100_000

export class Guard extends DurableObject {
  readonly #claims = new Set<string>()

  async claim(print: string): Promise<boolean> {
    if (this.#claims.has(print)) return false
    if (this.#claims.size === CLAIMS_MAX) this.#claims.clear()
    this.#claims.add(print)
    return true
  }
}
// The configuration also names these.
export class Registry extends DurableObject {}
export class Collector extends DurableObject {}
export class RefusalLog extends DurableObject {}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
let keys: { readonly hmac: CryptoKey; readonly aes: CryptoKey } | undefined

export default {
  async fetch(request, env) {
    const startedMs = Date.now()
    const id = crypto.randomUUID()
    keys ??= await importKeys()
    const body = new Uint8Array(await request.arrayBuffer())
    const seconds = request.headers.get('x-webhook-timestamp') ?? ''
    const prefix = encoder.encode(`${seconds}.`)
    const signed = new Uint8Array(prefix.length + body.length)
    signed.set(prefix)
    signed.set(body, prefix.length)
    const hex = request.headers.get('x-webhook-signature')?.slice('sha256='.length) ?? ''
    const isGenuine = await crypto.subtle.verify('HMAC', keys.hmac, Buffer.from(hex, 'hex'), signed)
    if (!isGenuine || Math.abs(startedMs / 1_000 - Number(seconds)) > 300)
      return new Response(null, { status: 401 })

    if (!(await env.GUARD.getByName(new URL(request.url).pathname).claim(await digest(body))))
      return Response.json({ request_id: id, accepted: 0, duplicates: 1 })

    const { event_type, data } = JSON.parse(decoder.decode(body)) as Item
    const { message_id, recipient, timestamp, bounce_type, reason, url, user_agent, ...metadata } = data
    const event = {
      id: await digest(encoder.encode(JSON.stringify([event_type, data]))),
      type: event_type,
      occurred_at: new Date(timestamp ?? 0).toISOString(),
      received_at: new Date(startedMs).toISOString(),
      message_id,
      recipient,
      bounce_type,
      reason,
      url,
      user_agent,
      metadata,
    }
    const plain = encoder.encode(JSON.stringify({ id, events: [event] }))
    const iv = crypto.getRandomValues(new Uint8Array(12))
    const aes = { name: 'AES-GCM', iv, additionalData: encoder.encode(id) }
    const sealed = new Uint8Array(await crypto.subtle.encrypt(aes, keys.aes, plain))
    await env.EVENTS.send({ id, iv, sealed }, { contentType: 'v8' })
    console.log(JSON.stringify({ event: 'taken', request_id: id, duration_ms: Date.now() - startedMs }))
    return Response.json({ request_id: id, accepted: 1, duplicates: 0 })
  },
} satisfies ExportedHandler<ByHandEnv>

async function digest(bytes: BufferSource): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex')
}

async function importKeys() {
  const hmac = { name: 'HMAC', hash: 'SHA-256' }
  return {
    hmac: await crypto.subtle.importKey('raw', encoder.encode(HMAC_KEY), hmac, false, ['verify']),
    aes: await crypto.subtle.importKey('raw', new Uint8Array(32), 'AES-GCM', false, ['encrypt']),
  }
}
