/** AhaSend: Standard Webhooks. The message id stays the same on a retry, the time does not. */
import { createHash, randomBytes } from 'node:crypto'
import { type SimulatedEvent, jsonBody, sender } from '../sender.ts'
import { standardWebhook } from '../standard-webhooks.ts'

const WORDS: Record<string, string> = {
  'email.sent': 'message.reception',
  'email.delivered': 'message.delivered',
  'email.deferred': 'message.transient_error',
  'email.bounced': 'message.bounced',
  'email.rejected': 'message.suppressed',
  'email.opened': 'message.opened',
  'email.clicked': 'message.clicked',
}

export const ahasend = sender('ahasend', Object.keys(WORDS), (given) => {
  // AhaSend keys the HMAC by the text as it stands, prefix included.
  const secret = given['signing_secret'] ?? `aha-whsec-${randomBytes(32).toString('hex')}`
  const key = Buffer.from(secret)
  const endpoint = randomBytes(8).toString('hex')
  return {
    secrets: { signing_secret: secret },
    async deliver([first], nowSeconds) {
      const body = jsonBody(first && wording(first, endpoint))
      const id = `msg_${createHash('sha256').update(body).digest('hex').slice(0, 32)}`
      return standardWebhook({ key, id, nowSeconds, body })
    },
  }
})

/** AhaSend reports a soft bounce as a transient error. */
const wordOf = (h: SimulatedEvent): string =>
  h.kind === 'email.bounced' && h.bounce === 'soft' ? 'message.transient_error' : (WORDS[h.kind] ?? h.kind)

/** Diagnostics of one SMTP attempt, on the three events that report one. */
const ATTEMPTS: Record<string, object> = {
  'message.delivered': { smtp_code: 250 },
  'message.transient_error': {
    classification: 'QuotaIssues',
    smtp_code: 452,
    enhanced_status_code: '4.2.2',
    response: 'The mailbox is out of space',
    command: 'RCPT TO',
  },
  'message.bounced': {
    classification: 'InvalidRecipient',
    smtp_code: 550,
    enhanced_status_code: '5.1.1',
    response: 'No such user here',
    command: 'RCPT TO',
  },
}

const wording = (h: SimulatedEvent, endpoint: string) => ({
  type: wordOf(h),
  webhook_id: endpoint,
  timestamp: `${new Date(h.occurredAtSeconds * 1_000).toISOString().slice(0, 19)}.687031577Z`,
  data: {
    account_id: '4cdd7bdd-294e-4762-892f-83d40abf5a87',
    event: `on_${wordOf(h).replace('message.', '')}`,
    from: 'shop@example.net',
    recipient: h.recipient,
    subject: 'Your order',
    message_id_header: `<${h.messageId}>`,
    id: h.messageId,
    ...(h.kind === 'email.clicked' ? { url: h.url } : {}),
    ...(h.kind === 'email.opened' || h.kind === 'email.clicked'
      ? { user_agent: 'Mozilla/5.0 (simulated)', ip: '192.0.2.7' }
      : {}),
    is_bot: false,
    ...(ATTEMPTS[wordOf(h)] === undefined ? {} : { delivery_attempt: ATTEMPTS[wordOf(h)] }),
  },
})
