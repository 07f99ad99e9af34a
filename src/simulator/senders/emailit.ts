/** Emailit: HMAC with the whole secret as text, over time and body; batches as an array. */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { type SimulatedEvent, jsonBody, sender, signed } from '../sender.ts'

const WORDS: Record<string, string> = {
  'email.sent': 'email.accepted',
  'email.delivered': 'email.delivered',
  'email.deferred': 'email.attempted',
  'email.bounced': 'email.bounced',
  'email.rejected': 'email.suppressed',
  'email.failed': 'email.failed',
  'email.opened': 'email.loaded',
  'email.clicked': 'email.clicked',
  'email.spam_reported': 'email.complained',
}

export const emailit = sender('emailit', Object.keys(WORDS), (given) => {
  const secret = given['signing_secret'] ?? `whsec_${randomBytes(32).toString('hex')}`
  return {
    secrets: { signing_secret: secret },
    async deliver(simulatedEvents, nowSeconds) {
      const body = jsonBody(simulatedEvents.map(wording))
      return signed({
        body,
        headers: { 'user-agent': 'Emailit-Webhooks/2.0' },
        proof: {
          'x-emailit-timestamp': String(nowSeconds),
          'x-emailit-signature': createHmac('sha256', secret)
            .update(`${nowSeconds}.`)
            .update(body)
            .digest('hex'),
        },
      })
    },
  }
})

/** Emailit reports a soft bounce as a failed attempt. */
function wording(h: SimulatedEvent) {
  const type =
    h.kind === 'email.bounced' && h.bounce === 'soft' ? 'email.attempted' : (WORDS[h.kind] ?? h.kind)
  const hash = createHash('sha256').update(JSON.stringify(h)).digest('base64url')
  const object = objectOf(h, type)
  // The same object twice.
  return { event_id: `evt_${hash.slice(0, 25)}`, type, object, data: { object } }
}

function objectOf(h: SimulatedEvent, type: string) {
  const at = new Date(h.occurredAtSeconds * 1_000).toISOString().replace('Z', '000+00:00')
  const meta = { order: '4711' }
  if (type === 'email.loaded' || type === 'email.clicked') {
    return {
      id: `${type === 'email.clicked' ? 'click' : 'load'}_1`,
      object: type === 'email.clicked' ? 'click' : 'load',
      email: {
        id: h.messageId,
        rcpt_to: h.recipient,
        mail_from: 'shop@example.net',
        subject: 'Your order',
        meta,
      },
      ...(type === 'email.clicked' ? { link: { id: 'link_1', url: h.url } } : {}),
      ip_address: '192.0.2.7',
      user_agent: 'Mozilla/5.0 (simulated)',
      created_at: at,
    }
  }
  return {
    id: h.messageId,
    object: 'email',
    from: 'shop@example.net',
    to: h.recipient,
    subject: 'Your order',
    status: type.replace('email.', ''),
    meta,
    ...(type === 'email.accepted' ? { timestamp: at } : { updated_at: at, created_at: at }),
  }
}
