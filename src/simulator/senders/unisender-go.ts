/**
 * Unisender Go: the body's `auth` is the MD5 of the body with the API key in its place; times in UTC without a zone.
 */
import { createHash, randomBytes } from 'node:crypto'
import { type SimulatedEvent, sender, signed } from '../sender.ts'

const WORDS: Record<string, string> = {
  'email.sent': 'sent',
  'email.delivered': 'delivered',
  'email.opened': 'opened',
  'email.clicked': 'clicked',
  'email.unsubscribed': 'unsubscribed',
  'email.subscribed': 'subscribed',
  'email.spam_reported': 'spam',
  'email.bounced': 'hard_bounced',
  'email.deferred': 'soft_bounced',
}

export const unisenderGo = sender('unisender-go', Object.keys(WORDS), (given) => {
  const apiKey = given['api_key'] ?? randomBytes(24).toString('base64url')
  return {
    secrets: { api_key: apiKey },
    async deliver(simulatedEvents) {
      const events = simulatedEvents.map((h) => ({
        event_name: 'transactional_email_status',
        event_data: wording(h),
      }))
      const user = { user_id: 456, project_id: '6432890213745872', project_name: 'Shop', events }
      const bodyWith = (auth: string) => JSON.stringify({ auth, events_by_user: [user] })
      // New on each call, retries included.
      return signed({
        body: Buffer.from(bodyWith(createHash('md5').update(bodyWith(apiKey)).digest('hex'))),
        headers: { id: randomBytes(8).toString('hex') },
      })
    },
  }
})

const wording = (h: SimulatedEvent) => ({
  job_id: h.messageId,
  metadata: { order: '4711' },
  email: h.recipient,
  status: h.kind === 'email.bounced' && h.bounce === 'soft' ? 'soft_bounced' : (WORDS[h.kind] ?? h.kind),
  event_time: new Date(h.occurredAtSeconds * 1_000).toISOString().replace('T', ' ').slice(0, 19),
  ...(h.kind === 'email.clicked' ? { url: h.url } : {}),
  delivery_info: details(h),
})

function details(h: SimulatedEvent): object {
  const client = { user_agent: 'Mozilla/5.0 (simulated)', ip: '192.0.2.7' }
  const more: Record<string, object> = {
    'email.bounced':
      h.bounce === 'soft'
        ? { delivery_status: 'err_mailbox_full', destination_response: '452 4.2.2 Mailbox full' }
        : { delivery_status: 'err_user_unknown', destination_response: '550 5.1.1 No such user' },
    'email.deferred': {
      delivery_status: 'err_will_retry',
      destination_response: '451 4.7.1 Try again later',
    },
    'email.opened': client,
    'email.clicked': client,
  }
  return more[h.kind] ?? { delivery_status: 'ok_delivered', destination_response: '250 OK' }
}
