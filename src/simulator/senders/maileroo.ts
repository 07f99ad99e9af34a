/** Maileroo: HMAC over the body. Opens and clicks do not name the recipient. No time is signed. */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { type SimulatedEvent, jsonBody, sender, signed } from '../sender.ts'

const WORDS: Record<string, string> = {
  'email.sent': 'accepted',
  'email.delivered': 'delivered',
  'email.deferred': 'deferred',
  'email.bounced': 'failed',
  'email.rejected': 'rejected',
  'email.opened': 'opened',
  'email.clicked': 'clicked',
  'email.spam_reported': 'complained',
}

export const maileroo = sender('maileroo', Object.keys(WORDS), (given) => {
  const secret = given['signing_secret'] ?? randomBytes(24).toString('hex')
  return {
    secrets: { signing_secret: secret },
    nameless: ['email.opened', 'email.clicked'],
    async deliver([first]) {
      const body = jsonBody(first && wording(first))
      return signed({
        body,
        proof: { 'x-maileroo-signature': createHmac('sha256', secret).update(body).digest('hex') },
      })
    },
  }
})

function wording(h: SimulatedEvent) {
  // Maileroo retries after a temporary refusal, so it is no failure.
  const soft = h.kind === 'email.bounced' && h.bounce === 'soft'
  return {
    domain_id: 774,
    event_data: dataOf(h, soft),
    event_id: createHash('sha256').update(JSON.stringify(h)).digest('hex').slice(0, 48),
    event_time: h.occurredAtSeconds,
    event_type: soft ? 'deferred' : (WORDS[h.kind] ?? h.kind),
    inserted_at: new Date(h.occurredAtSeconds * 1_000 + 401).toISOString(),
    message_id: `<${createHash('sha256').update(h.messageId).digest('hex').slice(0, 24)}@shop.example.net>`,
    message_reference_id: h.messageId,
    tags: null,
    user_id: 323,
  }
}

function dataOf(h: SimulatedEvent, soft: boolean): object {
  const client = { ip: '192.0.2.7', user_agent: 'Mozilla/5.0 (simulated)' }
  if (h.kind === 'email.opened') return client
  if (h.kind === 'email.clicked') return { ...client, original_url: h.url }
  if (soft || h.kind === 'email.deferred') return { to: h.recipient, reason: '421 4.7.0 Try again later' }
  if (h.kind === 'email.bounced') return { to: h.recipient, reason: '550 5.1.1 User unknown' }
  if (h.kind === 'email.rejected')
    return {
      from: ['shop@example.net'],
      to: [h.recipient],
      reject_reason: 'One or more of the recipients are on the suppression list.',
    }
  return { to: h.recipient }
}
