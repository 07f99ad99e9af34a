/** MailerSend: HMAC over the body, which is JSON as PHP writes it, slashes escaped. No time is signed. */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { type SimulatedEvent, sender, signed } from '../sender.ts'

const WORDS: Record<string, string> = {
  'email.sent': 'sent',
  'email.delivered': 'delivered',
  'email.deferred': 'deferred',
  'email.bounced': 'hard_bounced',
  'email.opened': 'opened',
  'email.clicked': 'clicked',
  'email.unsubscribed': 'unsubscribed',
  'email.spam_reported': 'spam_complaint',
}

export const mailersend = sender('mailersend', Object.keys(WORDS), (given) => {
  const secret = given['signing_secret'] ?? randomBytes(24).toString('base64url')
  return {
    secrets: { signing_secret: secret },
    async deliver([first], nowSeconds) {
      const json = JSON.stringify(first === undefined ? {} : wording(first, nowSeconds))
      const body = Buffer.from(json.replaceAll('/', '\\/'))
      return signed({ body, proof: { signature: createHmac('sha256', secret).update(body).digest('hex') } })
    },
  }
})

function wording(h: SimulatedEvent, nowSeconds: number) {
  const word = h.kind === 'email.bounced' && h.bounce === 'soft' ? 'soft_bounced' : (WORDS[h.kind] ?? h.kind)
  return {
    type: `activity.${word}`,
    domain_id: '7z3m5jgrogdpyo6n',
    created_at: micros(nowSeconds),
    webhook_id: '2vywj2lpn42kw74j',
    url: 'https://postern.example/hooks/shop',
    data: {
      object: 'activity',
      id: createHash('sha256').update(JSON.stringify(h)).digest('hex').slice(0, 24),
      type: word,
      created_at: micros(h.occurredAtSeconds),
      email: {
        object: 'email',
        from: 'shop@example.net',
        subject: 'Your order',
        tags: ['order'],
        message: { object: 'message', id: h.messageId },
        recipient: { object: 'recipient', email: h.recipient },
      },
      morph: morph(h),
    },
  }
}

const micros = (seconds: number): string => new Date(seconds * 1_000).toISOString().replace('Z', '000Z')

function morph(h: SimulatedEvent): Record<string, unknown> | null {
  if (h.kind === 'email.opened') return { object: 'open', ip: '192.0.2.7' }
  if (h.kind === 'email.clicked') return { object: 'click', ip: '192.0.2.7', url: h.url }
  if (h.kind === 'email.bounced')
    return { object: 'recipient_bounce', reason: 'Host or domain name not found' }
  return null
}
