/**
 * ZeptoMail: HMAC over the notification, in a header together with an unsigned time; one message per call, in lists. Clicks are
 * not simulated, since the field of their link is not documented.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { NO_EVENT, type SimulatedEvent, jsonBody, sender, signed, unsigned } from '../sender.ts'
import { eventUuid } from '../stable-ids.ts'

const WORDS: Record<string, string> = {
  'email.delivered': 'delivered',
  'email.bounced': 'hardbounce',
  'email.opened': 'email_open',
  'email.spam_reported': 'fbl_compliant',
}

/** How much older the header's time is than the delivery, in milliseconds: the duration of the call. */
const UNDER_WAY_MS = 137

export const zeptomail = sender('zeptomail', Object.keys(WORDS), (given) => {
  const key = given['authentication_key'] ?? randomBytes(24).toString('base64url')
  const agent = randomBytes(8).toString('hex')
  return {
    secrets: { authentication_key: key },
    async deliver([first], nowSeconds) {
      const body = jsonBody(first && wording(first, agent))
      const signature = createHmac('sha256', key).update(body).digest('base64')
      const sentMs = nowSeconds * 1_000 - UNDER_WAY_MS
      return signed({
        body,
        proof: {
          'producer-signature': `ts=${sentMs};s=${encodeURIComponent(signature)};s-algorithm=HmacSHA256`,
        },
      })
    },
    // Reported by one operator in August 2026, and not seen by us.
    firstCall: (nowSeconds) =>
      unsigned({
        body: jsonBody(wording({ ...NO_EVENT, kind: 'softbounce', occurredAtSeconds: nowSeconds }, agent)),
      }),
  }
})

function wording(h: SimulatedEvent, agent: string) {
  const word = h.kind === 'email.bounced' && h.bounce === 'soft' ? 'softbounce' : (WORDS[h.kind] ?? h.kind)
  return {
    event_name: [word],
    event_message: [
      {
        email_info: {
          client_reference: 'order-4711',
          is_smtp_trigger: false,
          subject: 'Your order',
          bounce_address: 'bounce@example.net',
          email_reference: `2518b.${eventUuid({ ...h, kind: 'email' })}@example.net`,
          from: { address: 'shop@example.net', name: 'Shop' },
          to: [{ email_address: { address: h.recipient, name: 'Customer' } }],
          tag: 'order',
          processed_time: instant(h.occurredAtSeconds - 5),
          object: 'email',
        },
        event_data: [{ details: [details(h)], object: word }],
        request_id: h.messageId,
      },
    ],
    mailagent_key: agent,
    webhook_request_id: `2518b.w1.${eventUuid(h)}`,
  }
}

const instant = (seconds: number): string => new Date(seconds * 1_000).toISOString().replace('.000Z', 'Z')

function details(h: SimulatedEvent): object {
  const time = instant(h.occurredAtSeconds)
  if (h.kind === 'email.bounced')
    return {
      reason: h.bounce === 'soft' ? 'mailbox-full' : 'bad-mailbox',
      bounced_recipient: h.recipient,
      time,
      diagnostic_message: h.bounce === 'soft' ? '452 4.2.2 Mailbox full' : '550 5.1.1 User unknown',
    }
  if (h.kind === 'email.opened')
    return {
      email_client: { name: 'Simulated', version: '1.0' },
      modified_time: time,
      ip_location_info: { country_code: 'NL', ip_address: '192.0.2.7' },
      time,
      device: { name: 'Desktop' },
    }
  if (h.kind === 'email.spam_reported')
    return {
      fblFrom: 'mx.example.com',
      returnPath: 'bounce@example.net',
      from: 'shop@example.net',
      to: h.recipient,
    }
  return { time }
}
