/** A temporary source, and signed deliveries to it that store nothing: a signed empty list of events. */
import { createHmac, randomBytes } from 'node:crypto'
import type { Outgoing } from './http.ts'

export interface ProbeSource {
  readonly name: string
  /** Path of its webhook URL. */
  readonly path: string
  /** A delivery as its sender would sign it. */
  readonly signed: (change?: Change) => Outgoing & { readonly headers: Readonly<Record<string, string>> }
}

interface Change {
  readonly body?: Uint8Array
  /** When it was signed; default: now. */
  readonly atSeconds?: number
  readonly headers?: Readonly<Record<string, string>>
}

/** A list of no events. It is accepted and stores nothing. */
const NO_EVENTS = Buffer.from('[]')

export const newSecret = (): string => randomBytes(32).toString('hex')

export const probeSource = (name: string, secret: string, nowMs: () => number): ProbeSource => ({
  name,
  path: `/hooks/${name}`,
  signed({ body = NO_EVENTS, atSeconds = Math.floor(nowMs() / 1_000), headers = {} } = {}) {
    const signature = createHmac('sha256', secret).update(`${atSeconds}.`).update(body).digest('hex')
    return {
      method: 'POST',
      path: `/hooks/${name}`,
      headers: {
        'content-type': 'application/json',
        'x-webhook-timestamp': String(atSeconds),
        'x-webhook-signature': `sha256=${signature}`,
        ...headers,
      },
      body,
    }
  },
})
