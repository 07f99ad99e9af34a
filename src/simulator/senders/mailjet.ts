/** Mailjet: nothing signed, Basic credentials in the webhook URL; batches of version 2, message ids above 2^53. */
import { randomBytes } from 'node:crypto'
import { type SimulatedEvent, sender, unsigned } from '../sender.ts'
import { numberFor } from '../stable-ids.ts'

const WORDS: Record<string, string> = {
  'email.delivered': 'sent',
  'email.bounced': 'bounce',
  'email.deferred': 'bounce',
  'email.rejected': 'blocked',
  'email.opened': 'open',
  'email.clicked': 'click',
  'email.spam_reported': 'spam',
  'email.unsubscribed': 'unsub',
}

/** Mailjet's number of the message. */
export const mailjetId = (messageId: string): string => numberFor(messageId, 18)

export const mailjet = sender('mailjet', Object.keys(WORDS), () => {
  const password = randomBytes(18).toString('base64url')
  const credentials = Buffer.from(`mailjet:${password}`).toString('base64')
  return {
    secrets: { basic_auth: { username: 'mailjet', password } },
    async deliver(simulatedEvents) {
      return unsigned({
        body: Buffer.from(`[${simulatedEvents.map(wording).join(',')}]`),
        proof: { authorization: `Basic ${credentials}` },
      })
    },
  }
})

/** One event as text, since JSON.stringify would round a number with this many digits. */
const wording = (h: SimulatedEvent): string =>
  JSON.stringify({
    event: WORDS[h.kind] ?? h.kind,
    time: h.occurredAtSeconds,
    MessageID: 0,
    Message_GUID: '5f0d7c1e-0c1d-4b4a-9d0f-3a1f6b1c2d3e',
    email: h.recipient,
    mj_campaign_id: 0,
    mj_contact_id: 1_234_567_890,
    customcampaign: 'spring',
    CustomID: '',
    Payload: '{"order":"4711"}',
    ...details(h),
  }).replace('"MessageID":0', `"MessageID":${mailjetId(h.messageId)}`)

const CLIENT = { ip: '192.0.2.7', geo: 'NL', agent: 'Mozilla/5.0 (simulated)' }

const bounce = (hard_bounce: boolean, error: string, comment: string) => ({
  blocked: false,
  hard_bounce,
  error_related_to: 'recipient',
  error,
  comment,
})

function details(h: SimulatedEvent): object {
  const more: Record<string, object> = {
    'email.delivered': { smtp_reply: 'sent (250 2.0.0 OK 1433333948 simulated)' },
    'email.bounced':
      h.bounce === 'soft'
        ? bounce(false, 'quota exceeded', '452 4.2.2 Mailbox full')
        : bounce(true, 'user unknown', '550 5.1.1 No such user'),
    'email.deferred': bounce(false, 'greylisted', '450 4.7.1 Greylisted'),
    'email.rejected': { error_related_to: 'mailjet', error: 'preblocked' },
    'email.opened': CLIENT,
    'email.clicked': { ...CLIENT, url: h.url },
    'email.unsubscribed': { ...CLIENT, mj_list_id: 1 },
    'email.spam_reported': { source: 'JMRPP' },
  }
  return more[h.kind] ?? {}
}
