/** Postmark: nothing signed, Basic credentials; one record a delivery, times with seven digits after the point. */
import { randomBytes } from 'node:crypto'
import { clientOf } from '../client.ts'
import { type SimulatedEvent, answerText, sender, unsigned } from '../sender.ts'
import { numberFor } from '../stable-ids.ts'

const RECORDS: Record<string, (h: SimulatedEvent) => object> = {
  'email.delivered': (h) => ({
    RecordType: 'Delivery',
    Recipient: h.recipient,
    DeliveredAt: time(h),
    Details: 'smtp;250 2.0.0 OK',
  }),
  'email.bounced': (h) =>
    h.bounce === 'soft'
      ? bounce(h, 'SoftBounce', 4_096, 'Soft bounce', 'smtp;452 4.2.2 Mailbox full')
      : hardBounce(h),
  'email.deferred': (h) => bounce(h, 'Transient', 2, 'Message delayed', 'smtp;421 4.7.0 Try again later'),
  'email.rejected': (h) => bounce(h, 'BadEmailAddress', 100_000, 'Invalid email address', ''),
  'email.autoresponded': (h) => bounce(h, 'AutoResponder', 64, 'Auto responder', 'Out of office'),
  'email.spam_reported': (h) => ({
    ...bounce(h, 'SpamComplaint', 100_001, 'Spam complaint', 'Marked as spam'),
    RecordType: 'SpamComplaint',
  }),
  'email.opened': (h) => ({
    RecordType: 'Open',
    FirstOpen: true,
    ReadSeconds: 5,
    Recipient: h.recipient,
    ReceivedAt: time(h),
    ...person(h),
  }),
  'email.clicked': (h) => ({
    RecordType: 'Click',
    ClickLocation: 'HTML',
    Recipient: h.recipient,
    ReceivedAt: time(h),
    OriginalLink: h.url,
    ...person(h),
  }),
  'email.unsubscribed': (h) => subscription(h, true),
  'email.subscribed': (h) => subscription(h, false),
}

export const postmark = sender('postmark', Object.keys(RECORDS), () => {
  const [username, password] = [
    randomBytes(6).toString('base64url'),
    `p:${randomBytes(18).toString('base64url')}`,
  ]
  return {
    secrets: { basic_auth: { username, password } },
    async deliver([first]) {
      return unsigned({
        body: Buffer.from(JSON.stringify(first === undefined ? {} : wording(first), null, 2)),
        proof: {
          authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
        },
      })
    },
  }
})

const person = (h: SimulatedEvent) => ({
  Client: { Name: 'Simulated 1.0', Company: 'Example', Family: 'Simulated' },
  OS: { Name: 'Example OS 1', Company: 'Example', Family: 'Example OS' },
  Platform: 'Desktop',
  UserAgent: clientOf(h).agent,
  Geo: { CountryISOCode: 'CH', Country: 'Switzerland', City: 'Bern', Coords: '46.9,7.4', IP: clientOf(h).ip },
})

const wording = (h: SimulatedEvent) => ({
  ...(RECORDS[h.kind] ?? (() => ({ RecordType: h.kind, Recipient: h.recipient })))(h),
  MessageID: h.messageId,
  MessageStream: 'outbound',
  ServerID: 23,
  Tag: 'welcome',
  Metadata: { order: '17' },
})

const bounce = (h: SimulatedEvent, type: string, code: number, name: string, details: string) => ({
  RecordType: 'Bounce',
  ID: Number(numberFor(`${h.messageId} ${h.recipient}`, 9)),
  Type: type,
  TypeCode: code,
  Name: name,
  Description: `Simulated: ${name}.`,
  Details: details,
  Email: h.recipient,
  From: 'shop@example.net',
  BouncedAt: time(h),
  DumpAvailable: true,
  Inactive: type === 'HardBounce' || type === 'SpamComplaint',
  CanActivate: type !== 'SpamComplaint',
  Subject: 'Your order',
})

/** Types by enhanced code. Their names are those of ActiveCampaign/postmark.js; their numbers, which nobody reads, are not verified. */
const TYPES: Readonly<Record<string, readonly [type: string, code: number, name: string]>> = {
  '5.7.1': ['Blocked', 100_006, 'ISP block'],
  '5.7.26': ['DMARCPolicy', 100_009, 'DMARC Policy'],
}

function hardBounce(h: SimulatedEvent) {
  const answer = h.answer ?? { code: 550, enhancedCode: '5.1.1', text: 'No such user' }
  const [type, code, name] = TYPES[answer.enhancedCode] ?? ['HardBounce', 1, 'Hard bounce']
  return bounce(h, type, code, name, `smtp;${answerText(answer)}`)
}

const subscription = (h: SimulatedEvent, suppresses: boolean) => ({
  RecordType: 'SubscriptionChange',
  Recipient: h.recipient,
  ChangedAt: time(h),
  Origin: 'Recipient',
  SuppressSending: suppresses,
  SuppressionReason: suppresses ? 'ManualSuppression' : null,
})

const time = (h: SimulatedEvent): string =>
  new Date(h.occurredAtSeconds * 1_000).toISOString().replace('Z', '0259Z')
