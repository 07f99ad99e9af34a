/** Forward Email: HMAC over the body; bounces only, distinguished by a category. */
import { createHmac, randomBytes } from 'node:crypto'
import { type SimulatedEvent, jsonBody, sender, signed } from '../sender.ts'

export const forwardEmail = sender('forward-email', ['email.bounced'], (given) => {
  const key = given['signing_key'] ?? randomBytes(24).toString('hex')
  return {
    secrets: { signing_key: key },
    async deliver([first]) {
      const body = jsonBody(first && wording(first))
      return signed({
        body,
        proof: { 'x-webhook-signature': createHmac('sha256', key).update(body).digest('hex') },
      })
    },
  }
})

function wording(h: SimulatedEvent) {
  const soft = h.bounce === 'soft'
  const [code, status, message] = soft
    ? [421, '4.7.0', '421 4.7.0 Try again later']
    : [550, '5.1.1', '550 5.1.1 User unknown']
  return {
    email_id: h.messageId,
    recipient: h.recipient,
    message,
    response: message,
    response_code: code,
    truth_source: 'example.com',
    headers: { Subject: 'Your order' },
    bounce: {
      action: soft ? 'defer' : 'reject',
      message,
      category: h.kind === 'email.bounced' ? (soft ? 'network' : 'recipient') : h.kind,
      code,
      status,
      line: 1,
    },
    bounced_at: new Date(h.occurredAtSeconds * 1_000).toISOString(),
  }
}
