/** Signed deliveries for measuring, created before the clock starts. */
import { createHmac } from 'node:crypto'
import type { Account } from '../src/simulator/sender.ts'
import { HMAC_KEY } from './key.ts'
import type { Shot } from './load.ts'
import { simulated } from './mail.ts'

/** A source of the generic format without limits: this machine has no TLS, and the quota must not be reached. */
export const GENERIC_SOURCE = {
  provider: 'generic',
  secrets: { hmac: HMAC_KEY },
  requireTls: false,
  ratePerMinute: 1_000_000,
}

/** Required fields of the various event types. */
const REQUIRED = {
  user_agent: 'Mozilla/5.0 (simulated)',
  url: 'https://shop.example.com/offers',
  bounce_type: 'hard',
  reason: '550 5.1.1 No such user',
}

/** One event, padded to the size. Each is new, so that none is a duplicate. */
export function genericShot(gateway: URL, source: string, bytes: number, key = HMAC_KEY): Shot {
  const { kind, messageId, recipient } = simulated(Math.floor(Date.now() / 1_000))
  const timestamp = new Date().toISOString()
  const data = { message_id: messageId, recipient, timestamp, ...REQUIRED }
  const bodyWith = (padding: string) =>
    JSON.stringify({ event_type: kind, timestamp, data: { ...data, padding } })
  const body = Buffer.from(bodyWith('x'.repeat(Math.max(0, bytes - bodyWith('').length))))
  const seconds = String(Math.floor(Date.now() / 1_000))
  const signature = createHmac('sha256', key).update(`${seconds}.`).update(body).digest('hex')
  return {
    url: new URL(`/hooks/${source}`, gateway),
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-webhook-timestamp': seconds,
      'x-webhook-signature': `sha256=${signature}`,
    },
    body,
  }
}

/** Deliveries with this many events each, as SendGrid signs them. Recipients recur: each has several events over time. */
export const sendgridShots = (
  gateway: URL,
  source: string,
  account: Account,
  events: number,
  count: number,
): Promise<Shot[]> =>
  Promise.all(
    Array.from({ length: count }, async () => {
      const nowSeconds = Math.floor(Date.now() / 1_000)
      const simulatedEvents = Array.from({ length: events }, () => simulated(nowSeconds))
      const request = await account.deliver(simulatedEvents, nowSeconds)
      return { ...request, url: new URL(`/hooks/${source}`, gateway) }
    }),
  )
