/** Posts events to an endpoint on this machine, signed as a destination signs them. */
import { randomBytes } from 'node:crypto'
import type { StoredEvent } from '../../store/stored-event.ts'
import { singleBody } from '../../destinations/send/body.ts'
import { type SigningKey, signatureHeader } from '../../platform/webhook-signature.ts'
import { isLoopback } from '../../simulator/post.ts'
import { UsageError } from '../stop.ts'

/** As long as a destination waits unless told otherwise. */
const TIMEOUT_MS = 15_000
const SECRET_BYTES = 32

export interface Forwarded {
  /** Null if there was no answer. */
  readonly status: number | null
  readonly milliseconds: number
  /** Why there was no answer. */
  readonly error: string | null
}

export const isDelivered = ({ status }: Forwarded): boolean =>
  status !== null && status >= 200 && status < 300

/** A new signing secret in its outside form. */
export const newSecret = (): string => `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`

/** @throws {UsageError} for anything but `whsec_` and the base64 of 24 to 64 bytes */
export function signingKey(secret: string): SigningKey {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  if (!/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(secret) || key.length < 24 || key.length > 64)
    throw new UsageError('The signing secret must be whsec_ and the base64 of 24 to 64 bytes.')
  return { kind: 'v1', key: new Uint8Array(key) }
}

/** @throws {UsageError} for what is neither https nor http to this machine: events name people */
export function endpoint(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))))
    throw new UsageError('--forward-to takes a URL with https, or with http to this machine.')
  return url
}

/** Never throws: what the endpoint does is a value. */
export async function forward(
  url: URL,
  key: SigningKey,
  { security: _security, ...event }: StoredEvent,
  nowMs: () => number,
): Promise<Forwarded> {
  const startedMs = nowMs()
  const body = Buffer.from(singleBody(event))
  const seconds = Math.floor(startedMs / 1_000)
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': event.id,
        'webhook-timestamp': String(seconds),
        'webhook-signature': await signatureHeader(event.id, seconds, body, [key]),
      },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    await answer.body?.cancel()
    return { status: answer.status, milliseconds: nowMs() - startedMs, error: null }
  } catch (cause) {
    return { status: null, milliseconds: nowMs() - startedMs, error: reasonOf(cause) }
  }
}

function reasonOf(cause: unknown): string {
  if (cause instanceof DOMException && cause.name === 'TimeoutError') return 'no answer within 15 s'
  const inner = cause instanceof Error ? cause.cause : undefined
  const code = typeof inner === 'object' && inner !== null && 'code' in inner ? String(inner.code) : ''
  return code === 'ECONNREFUSED'
    ? 'nothing listens there'
    : `the connection failed${code === '' ? '' : ` (${code})`}`
}
