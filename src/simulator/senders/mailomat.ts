/** Mailomat: HMAC-SHA256 in hex over three headers joined by dots; the body is not signed. */
import { createHmac, randomBytes } from 'node:crypto'
import { NO_EVENT, type SimulatedEvent, jsonBody, sender, unsigned } from '../sender.ts'
import { eventUuid } from '../stable-ids.ts'

const WORDS: Record<string, string> = {
  'email.sent': 'accepted',
  'email.rejected': 'not_accepted',
  'email.delivered': 'delivered',
  'email.deferred': 'failure_tmp',
  'email.bounced': 'failure_perm',
  'email.opened': 'opened',
  'email.clicked': 'clicked',
}

export const mailomat = sender('mailomat', Object.keys(WORDS), (given) => {
  const secret = given['signing_secret'] ?? randomBytes(48).toString('base64url')
  return {
    secrets: { signing_secret: secret },
    async deliver([simulated], nowSeconds) {
      const h = simulated ?? NO_EVENT
      const id = eventUuid(h)
      const event = wordOf(h)
      const signature = createHmac('sha256', secret).update(`${id}.${event}.${nowSeconds}`).digest('hex')
      return unsigned({
        body: jsonBody(wording(h, id, event)),
        proof: {
          'x-mom-webhook-signature': `sha256=${signature}`,
          'x-mom-webhook-id': id,
          'x-mom-webhook-event': event,
          'x-mom-webhook-timestamp': String(nowSeconds),
        },
      })
    },
  }
})

/** Temporary failures have their own native type. */
const wordOf = (h: SimulatedEvent): string =>
  h.kind === 'email.bounced' && h.bounce === 'soft' ? 'failure_tmp' : (WORDS[h.kind] ?? h.kind)

const wording = (h: SimulatedEvent, id: string, event: string) => ({
  id,
  eventType: event,
  occurredAt: new Date(h.occurredAtSeconds * 1_000).toISOString().replace('.000Z', '+00:00'),
  messageUuid: eventUuid({ ...h, kind: 'message' }),
  messageId: h.messageId,
  recipient: h.recipient,
  payload: { event, timestamp: h.occurredAtSeconds, recipient: h.recipient, ...details(h, event) },
})

const status = (code: number, enhanced: string, message: string) => ({
  'delivery-status': { 'attempt-nr': 1, code, 'enhanced-code': enhanced, message },
})

function details(h: SimulatedEvent, event: string): object {
  const client = { ip: '192.0.2.7', 'user-agent': 'Mozilla/5.0 (simulated)' }
  const more: Record<string, object> = {
    failure_tmp: status(451, '4.7.1', '4.7.1 Try again later'),
    failure_perm: status(550, '5.1.1', '5.1.1 recipient rejected, address unknown'),
    not_accepted: { reason: 'recipient is on the suppression list' },
    opened: { client },
    clicked: { client, url: h.url },
  }
  return more[event] ?? {}
}
