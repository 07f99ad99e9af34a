/** Signs as a sender of the generic format does (see `src/providers/generic.ts`). */
import { type Bytes, concat, toHex, utf8 } from '../../src/platform/bytes.ts'

export interface Signed {
  readonly method: 'POST'
  readonly headers: Record<string, string>
  readonly body: string | Bytes
}

export const SECRET = 'generic-secret-of-a-test-0123456789'

/** When the clock of a test's gateway begins. */
export const NOW_SECONDS = 1_800_000_000

/** A delivery of one event, or of any payload. */
export async function signGeneric(
  payload: unknown,
  secret = SECRET,
  atSeconds = NOW_SECONDS,
): Promise<Signed> {
  const body =
    typeof payload === 'string' || payload instanceof Uint8Array
      ? (payload as string | Bytes)
      : JSON.stringify(payload)
  const timestamp = String(atSeconds)
  const key = await crypto.subtle.importKey('raw', utf8(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ])
  const mac = new Uint8Array(
    await crypto.subtle.sign(
      'HMAC',
      key,
      concat([utf8(`${timestamp}.`), typeof body === 'string' ? utf8(body) : body]),
    ),
  )
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-webhook-timestamp': timestamp,
      'x-webhook-signature': `sha256=${toHex(mac)}`,
    },
    body,
  }
}

export const delivered = (messageId: string, recipient = 'ada@example.com') => ({
  event_type: 'email.delivered',
  timestamp: '2027-01-15T08:00:00.000Z',
  data: { message_id: messageId, recipient, timestamp: '2027-01-15T08:00:00.000Z' },
})
