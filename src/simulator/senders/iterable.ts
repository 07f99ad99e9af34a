/** Iterable: nothing signed, the Auth Token after its type; one event, its time with a space before the zone. */
import { randomBytes } from 'node:crypto'
import { type SimulatedEvent, jsonBody, sender, unsigned } from '../sender.ts'

const WORDS: Record<string, string> = {
  'email.sent': 'emailSend',
  'email.rejected': 'emailSendSkip',
  'email.bounced': 'emailBounce',
  'email.opened': 'emailOpen',
  'email.clicked': 'emailClick',
  'email.spam_reported': 'emailComplaint',
  'email.unsubscribed': 'emailUnSubscribe',
}

export const iterable = sender('iterable', Object.keys(WORDS), (given) => {
  const token = given['auth_token'] ?? randomBytes(24).toString('base64url')
  return {
    secrets: { auth_token: token },
    async deliver([simulated]) {
      return unsigned({
        body: jsonBody(simulated && wording(simulated)),
        proof: { authorization: `Basic ${token}` },
      })
    },
  }
})

const wording = (h: SimulatedEvent) => ({
  email: h.recipient,
  eventName: WORDS[h.kind] ?? h.kind,
  dataFields: {
    campaignId: 59_667,
    campaignName: 'My campaign',
    templateId: 93_849,
    templateName: 'My template',
    workflowId: null,
    workflowName: null,
    channelId: 3_420,
    messageTypeId: 3_866,
    experimentId: null,
    labels: ['welcome'],
    emailSubject: 'Your order',
    emailId: `c59667:t93849:${h.recipient}`,
    messageId: h.messageId,
    email: h.recipient,
    createdAt: `${new Date(h.occurredAtSeconds * 1_000).toISOString().slice(0, 19).replace('T', ' ')} +00:00`,
    ...details(h),
  },
})

const CLIENT = { userAgent: 'Mozilla/5.0 (simulated)', userAgentDevice: 'Mac', ip: '192.0.2.7' }

function details(h: SimulatedEvent): object {
  const more: Record<string, object> = {
    'email.rejected': { reason: 'DuplicateMarketingMessage' },
    'email.bounced': { recipientState: h.bounce === 'soft' ? 'SoftBounceMailboxFull' : 'HardBounce' },
    'email.opened': CLIENT,
    'email.clicked': { ...CLIENT, url: h.url, linkUrl: h.url, linkId: '3145668988' },
    'email.spam_reported': { recipientState: 'Complaint' },
    'email.unsubscribed': { unsubSource: 'EmailLink', channelIds: [3_420], emailListIds: [] },
  }
  return more[h.kind] ?? {}
}
