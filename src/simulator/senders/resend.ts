/** Resend: Standard Webhooks under the `svix-` names. */
import { randomBytes } from 'node:crypto'
import { clientOf } from '../client.ts'
import { type SimulatedEvent, answerText, jsonBody, sender, keyOf } from '../sender.ts'
import { eventUuid } from '../stable-ids.ts'
import { standardWebhook } from '../standard-webhooks.ts'

const WORDS: Record<string, string> = {
  'email.sent': 'email.sent',
  'email.delivered': 'email.delivered',
  'email.deferred': 'email.delivery_delayed',
  'email.bounced': 'email.bounced',
  'email.opened': 'email.opened',
  'email.clicked': 'email.clicked',
  'email.spam_reported': 'email.complained',
  'email.failed': 'email.failed',
  'email.rejected': 'email.suppressed',
}

export const resend = sender('resend', Object.keys(WORDS), (given) => {
  const key = keyOf(given['signing_secret']) ?? randomBytes(24)
  return {
    secrets: { signing_secret: `whsec_${key.toString('base64')}` },
    async deliver([first], nowSeconds) {
      const body = jsonBody(first && wording(first))
      const id = `msg_${first === undefined ? 'none' : eventUuid(first).replaceAll('-', '')}`
      return standardWebhook({ key, id, nowSeconds, body, headerPrefix: 'svix' })
    },
  }
})

/** A bounce and a refusal name what the receiving server said, one entry for each recipient. */
function detailOf(h: SimulatedEvent): object {
  if (h.kind === 'email.bounced') return { bounce: h.bounce === 'soft' ? SOFT : hardBounce(h) }
  if (h.kind === 'email.failed') return { failed: { reason: 'reached_daily_quota' } }
  if (h.kind === 'email.rejected') return { suppressed: SUPPRESSED }
  if (h.kind !== 'email.clicked') return {}
  const timestamp = iso(h.occurredAtSeconds)
  const { agent: userAgent, ip: ipAddress } = clientOf(h)
  return { click: { link: h.url, ipAddress, timestamp, userAgent } }
}

const SOFT = {
  type: 'Transient',
  subType: 'MailboxFull',
  message: 'The mailbox is full.',
  diagnosticCode: ['smtp; 452 4.2.2 Mailbox full'],
}
const HARD = {
  type: 'Permanent',
  subType: 'General',
  message: 'The address does not exist.',
  diagnosticCode: ['smtp; 550 5.1.1 User unknown'],
}
const hardBounce = ({ answer }: SimulatedEvent) =>
  answer === undefined
    ? HARD
    : { ...HARD, message: answer.text, diagnosticCode: [`smtp; ${answerText(answer)}`] }
const SUPPRESSED = {
  type: 'OnAccountSuppressionList',
  reason: 'previous_bounce',
  message: 'The address is on the suppression list of the account.',
  diagnosticCode: [],
}

const iso = (seconds: number): string => new Date(seconds * 1_000).toISOString()

const wording = (h: SimulatedEvent) => ({
  type: WORDS[h.kind] ?? h.kind,
  created_at: iso(h.occurredAtSeconds),
  data: {
    created_at: iso(h.occurredAtSeconds - 5).replace('Z', '+00:00'),
    email_id: h.messageId,
    message_id: `<${eventUuid({ ...h, kind: 'email' })}@email.example.net>`,
    from: 'Shop <shop@example.net>',
    to: [h.recipient],
    subject: 'Your order',
    tags: { campaign: 'spring' },
    ...(h.campaign === undefined ? {} : { broadcast_id: h.campaign }),
    ...detailOf(h),
  },
})
