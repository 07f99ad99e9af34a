/** Lettermint: HMAC over time and body, both in one header; the time again in another header. */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { type SimulatedEvent, jsonBody, sender, signed } from '../sender.ts'

const WORDS: Record<string, string> = {
  'email.sent': 'message.sent',
  'email.delivered': 'message.delivered',
  'email.bounced': 'message.hard_bounced',
  'email.rejected': 'message.suppressed',
  'email.failed': 'message.failed',
  'email.opened': 'message.opened',
  'email.clicked': 'message.clicked',
  'email.unsubscribed': 'message.unsubscribed',
  'email.spam_reported': 'message.spam_complaint',
  'email.autoresponded': 'message.auto_replied',
}

export const lettermint = sender('lettermint', Object.keys(WORDS), (given) => {
  const secret = given['signing_secret'] ?? `whsec_${randomBytes(24).toString('hex')}`
  return {
    secrets: { signing_secret: secret },
    async deliver([first], nowSeconds) {
      const body = jsonBody(first && wording(first))
      const signature = createHmac('sha256', secret).update(`${nowSeconds}.`).update(body).digest('hex')
      return signed({
        body,
        headers: { 'x-lettermint-delivery': String(nowSeconds) },
        proof: { 'x-lettermint-signature': `t=${nowSeconds},v1=${signature}` },
      })
    },
  }
})

const wording = (h: SimulatedEvent) => ({
  id: createHash('sha256').update(JSON.stringify(h)).digest('hex').slice(0, 32),
  event:
    h.kind === 'email.bounced' && h.bounce === 'soft' ? 'message.soft_bounced' : (WORDS[h.kind] ?? h.kind),
  timestamp: micros(h.occurredAtSeconds),
  sandbox: false,
  sandbox_result: null,
  data: {
    message_id: h.messageId,
    subject: 'Your order',
    metadata: { order: '4711' },
    tag: 'order',
    tags: [
      { name: '__lettermint_tag', value: 'order' },
      { name: 'campaign', value: 'spring' },
    ],
    // An automatic answer names its sender alone.
    ...(h.kind === 'email.autoresponded' ? {} : { recipient: h.recipient }),
    ...details(h),
  },
  context: { scope: 'project', team_id: 'team-1', project_id: 'project-1', route_id: null },
})

const micros = (seconds: number): string => new Date(seconds * 1_000).toISOString().replace('Z', '000Z')

function details(h: SimulatedEvent): object {
  const at = new Date(h.occurredAtSeconds * 1_000).toISOString().replace('.000Z', '+00:00')
  const more: Record<string, object> = {
    'email.delivered': {
      response: { status_code: 250, enhanced_status_code: '2.0.0', content: '2.0.0 OK' },
    },
    'email.bounced': {
      response:
        h.bounce === 'soft'
          ? { status_code: 452, enhanced_status_code: '4.2.2', content: 'Mailbox full' }
          : { status_code: 550, enhanced_status_code: '5.1.1', content: 'User unknown' },
    },
    'email.rejected': { reason: 'The recipient is suppressed', reason_code: 'hard_bounce' },
    'email.failed': { reason: '5.7.10 Encryption needed', reason_code: 'enforced_tls_failed' },
    'email.unsubscribed': { unsubscribed_at: at },
    'email.opened': { opened_at: at, first_open: true, ...CLIENT },
    'email.clicked': { clicked_at: at, destination_url: h.url, link_index: 0, first_click: true, ...CLIENT },
    'email.autoresponded': {
      auto_reply: { sender: h.recipient, recipient: 'shop@example.net', subject: 'Away' },
    },
  }
  return more[h.kind] ?? {}
}

const CLIENT = {
  device_type: 'desktop',
  client_type: 'browser',
  client_name: 'Simulated',
  user_agent: 'Mozilla/5.0 (simulated)',
  bot: {
    detected: false,
    probability: 0.02,
    classification: 'genuine',
    proxy_type: null,
    reason_codes: [],
    machine: false,
    counts_for_metrics: true,
  },
}
