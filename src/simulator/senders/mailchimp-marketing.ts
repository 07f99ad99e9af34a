/** Mailchimp Marketing: a form with bracketed names, and a secret in the query. Events are about a member of a list. */
import { createHash, randomBytes } from 'node:crypto'
import { type SimulatedEvent, sender, unsigned } from '../sender.ts'

/** Type and reason. */
const WORDS: Record<string, readonly [type: string, reason?: string]> = {
  'email.subscribed': ['subscribe'],
  'email.unsubscribed': ['unsubscribe', 'manual'],
  'email.spam_reported': ['unsubscribe', 'abuse'],
  'email.bounced': ['cleaned', 'hard'],
}

export const mailchimpMarketing = sender('mailchimp-marketing', Object.keys(WORDS), () => {
  const secret = randomBytes(24).toString('base64url')
  return {
    secrets: { query: { secret } },
    async deliver([first]) {
      return unsigned({
        body: Buffer.from(new URLSearchParams(first === undefined ? {} : wording(first)).toString()),
        query: `?secret=${secret}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'MailChimp' },
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
    ...(reason === undefined || h.bounce === 'soft' ? {} : { 'data[reason]': reason }),
    'data[id]': createHash('md5').update(h.recipient).digest('hex').slice(0, 10),
    'data[list_id]': 'a6b5da1054',
    'data[email]': h.recipient,
    'data[merges][EMAIL]': h.recipient,
    // The only reference to a message.
    'data[campaign_id]': createHash('md5').update(h.messageId).digest('hex').slice(0, 10),
  }
}
