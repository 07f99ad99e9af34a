/**
 * The minimum that a webhook gateway on this platform must do: read the body, verify one HMAC with a cached key, call one
 * object that only counts in memory, and send one message. No replay memory, no quota, no parsing, no encryption, no log.
 */
import { DurableObject } from 'cloudflare:workers'
import { HMAC_KEY } from '../key.ts'

interface FloorEnv {
  readonly GUARD: DurableObjectNamespace<Guard>
  readonly EVENTS: Queue
}

export class Guard extends DurableObject {
  #count = 0

  async touch(): Promise<number> {
    return ++this.#count
  }
}
// The configuration also names these.
export class Registry extends DurableObject {}
export class Collector extends DurableObject {}
export class RefusalLog extends DurableObject {}

const encoder = new TextEncoder()
let key: CryptoKey | undefined

export default {
  async fetch(request, env) {
    const body = new Uint8Array(await request.arrayBuffer())
    key ??= await crypto.subtle.importKey(
      'raw',
      encoder.encode(HMAC_KEY),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['verify'],
    )
    const prefix = encoder.encode(`${request.headers.get('x-webhook-timestamp')}.`)
    const signed = new Uint8Array(prefix.length + body.length)
    signed.set(prefix)
    signed.set(body, prefix.length)
    const hex = request.headers.get('x-webhook-signature')?.slice('sha256='.length) ?? ''
    if (!(await crypto.subtle.verify('HMAC', key, Buffer.from(hex, 'hex'), signed)))
      return new Response(null, { status: 401 })
    await env.GUARD.getByName(new URL(request.url).pathname).touch()
    await env.EVENTS.send(body, { contentType: 'bytes' })
    return new Response('{"ok":true}')
  },
} satisfies ExportedHandler<FloorEnv>
