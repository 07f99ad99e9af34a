/** Mailchimp Marketing: a form with bracketed names, its time and signature in one header. Events are about a member of a list. */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { type SimulatedEvent, sender, signed } from '../sender.ts'

/** Type and reason. */
const WORDS: Record<string, readonly [type: string, reason?: string]> = {
  'email.subscribed': ['subscribe'],
  'email.unsubscribed': ['unsubscribe', 'manual'],
  'email.spam_reported': ['unsubscribe', 'abuse'],
  'email.bounced': ['cleaned', 'hard'],
}

export const mailchimpMarketing = sender('mailchimp-marketing', Object.keys(WORDS), (given) => {
  const secret = given['signing_secret'] ?? randomBytes(24).toString('hex')
  return {
    secrets: { signing_secret: secret },
    async deliver([first], nowSeconds) {
      const body = Buffer.from(new URLSearchParams(first === undefined ? {} : wording(first)).toString())
      const hex = createHmac('sha256', secret).update(`${nowSeconds}.`).update(body).digest('hex')
      return signed({
        body,
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'MailChimp' },
        proof: { 'x-mailchimp-signature': `t=${nowSeconds},v1=${hex}` },
      })
    },
  }
})

/** Only permanently failing addresses are cleaned, so a soft bounce has no reason. */
function wording(h: SimulatedEvent): Record<string, string> {
  const [type, reason] = WORDS[h.kind] ?? [h.kind]
  return {
    type,
    fired_at: new Date(h.occurredAtSeconds * 1_000).toISOString().slice(0, 19).replace('T', ' '),
    ...(type === 'unsubscribe' ? { 'data[action]': 'unsub' } : {}),
    ...(reason === undefined || h.bounce === 'soft' ? {} : { 'data[reason]': reason }),
    'data[id]': createHash('md5').update(h.recipient).digest('hex').slice(0, 10),
    'data[list_id]': 'a6b5da1054',
    'data[email]': h.recipient,
    'data[email_type]': 'html',
    'data[merges][EMAIL]': h.recipient,
    // The only reference to a message.
    'data[campaign_id]': createHash('md5').update(h.messageId).digest('hex').slice(0, 10),
  }
}
