import { describe, expect, it } from 'vitest'
import { ses as sender } from '../../src/simulator/senders/ses.ts'
import { utf8 } from '../../src/platform/bytes.ts'
import { ses } from '../../src/providers/ses.ts'
import { judge, sent, read } from './judge.ts'
import { NOTIFICATION, PROOF, envelope } from './sns-envelope.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, ses, {
  signsTime: true,
  batches: false,
  signedAnew: true,
  bodyProof: PROOF,
})

const at = '2025-11-24T15:00:00.500Z'
const mail = {
  timestamp: '2025-11-24T14:00:00.000Z',
  messageId: 'm-1',
  destination: ['ada@example.com', 'bo@example.com'],
  tags: { 'ses:configuration-set': ['shop'], order: ['17'] },
}
const eventsOf = async (message: object) => {
  const { events, quarantined } = await read(
    ses,
    envelope({ ...NOTIFICATION, Message: JSON.stringify({ mail, ...message }) }),
  )
  expect(quarantined).toEqual([])
  return events
}
const to = (...addresses: readonly string[]) => addresses.map((emailAddress) => ({ emailAddress }))

describe('events of SES', () => {
  it.each([
    [
      { eventType: 'Send', send: {} },
      { type: 'email.sent', occurred_at: mail.timestamp, campaign_id: 'shop', metadata: { order: ['17'] } },
    ],
    [
      {
        eventType: 'Delivery',
        delivery: { timestamp: at, recipients: ['ada@example.com'], smtpResponse: '250 2.0.0 OK' },
      },
      { type: 'email.delivered', occurred_at: at, smtp_code: '250', reason: '250 2.0.0 OK' },
    ],
    [
      {
        notificationType: 'Bounce',
        bounce: {
          bounceType: 'Permanent',
          bounceSubType: 'General',
          bouncedRecipients: to('ada@example.com'),
          feedbackId: 'f',
        },
      },
      {
        type: 'email.bounced',
        bounce_type: 'hard',
        reason: 'General',
        provider_event_id: 'f',
        occurred_at: '2025-11-24T16:00:00.000Z',
      },
    ],
    [
      {
        eventType: 'Bounce',
        bounce: {
          bounceType: 'Transient',
          bouncedRecipients: [
            { emailAddress: 'ada@example.com', status: '4.2.2', diagnosticCode: 'smtp; 452 full' },
          ],
        },
      },
      { bounce_type: 'soft', enhanced_code: '4.2.2', smtp_code: '452', reason: 'smtp; 452 full' },
    ],
    [
      {
        eventType: 'Bounce',
        bounce: { bounceType: 'Undetermined', bouncedRecipients: to('ada@example.com') },
      },
      { bounce_type: 'undetermined' },
    ],
    [
      {
        eventType: 'Complaint',
        complaint: {
          complaintFeedbackType: 'abuse',
          complainedRecipients: to('ada@example.com'),
          userAgent: 'a feedback loop',
        },
      },
      { type: 'email.spam_reported', reason: 'abuse', user_agent: null },
    ],
    [
      {
        eventType: 'Complaint',
        complaint: { complaintFeedbackType: 'not-spam', complainedRecipients: to('ada@example.com') },
      },
      { type: 'email.unknown', native_type: 'Complaint', reason: 'not-spam' },
    ],
    [
      {
        eventType: 'Complaint',
        complaint: {
          complaintSubType: 'OnAccountSuppressionList',
          complainedRecipients: to('ada@example.com'),
        },
      },
      { type: 'email.rejected', reject_reason: 'spam' },
    ],
    [
      { eventType: 'Reject', reject: { reason: 'Bad content' } },
      { type: 'email.rejected', reason: 'Bad content', occurred_at: mail.timestamp },
    ],
    [
      { eventType: 'Open', open: { timestamp: at, ipAddress: '192.0.2.1', userAgent: 'UA' } },
      { type: 'email.opened', client_ip: '192.0.2.1', user_agent: 'UA' },
    ],
    [
      { eventType: 'Click', click: { timestamp: at, link: 'https://x', ipAddress: '192.0.2.1' } },
      { type: 'email.clicked', url: 'https://x' },
    ],
    [
      { eventType: 'Rendering Failure', failure: { errorMessage: 'no name' } },
      { type: 'email.failed', reason: 'no name' },
    ],
    [
      {
        eventType: 'DeliveryDelay',
        deliveryDelay: { timestamp: at, delayType: 'General', delayedRecipients: to('ada@example.com') },
      },
      { type: 'email.deferred', bounce_type: 'soft', reason: 'General' },
    ],
    [
      { eventType: 'Subscription', subscription: { newTopicPreferences: { unsubscribeAll: true } } },
      { type: 'email.unsubscribed' },
    ],
    [
      { eventType: 'Subscription', subscription: { newTopicPreferences: { unsubscribeAll: false } } },
      { type: 'email.subscribed' },
    ],
    [{ eventType: 'Subscription', subscription: {} }, { type: 'email.unknown' }],
    [{ eventType: 'A New One' }, { type: 'email.unknown', native_type: 'A New One' }],
  ])('%o', async (message, expected) => {
    const [event] = await eventsOf(message)
    expect(event).toMatchObject({ message_id: 'm-1', recipient: 'ada@example.com', ...expected })
  })

  it.each([
    [
      { eventType: 'Bounce', bounce: { bouncedRecipients: to('ada@example.com', 'Cy <cy@example.com>') } },
      ['ada@example.com', 'cy@example.com'],
    ],
    [{ eventType: 'Open', open: {} }, mail.destination],
    [{ eventType: 'Bounce', bounce: { bouncedRecipients: [] } }, mail.destination],
    [{ eventType: 'Open', open: {}, mail: {} }, [null]],
  ])('become one for each recipient: %o', async (message, recipients) => {
    const events = await eventsOf(message)
    expect(events.map(({ recipient }) => recipient)).toEqual(recipients)
    expect(new Set(events.map(({ id }) => id)).size).toBe(recipients.length)
  })

  it('never make SNS give up after a temporary failure', () => {
    expect(ses.statuses).toEqual({ rateLimited: 503 })
  })

  it('are claimed by the message, not by the bytes of its envelope', async () => {
    const { account: real, request } = await sent(sender)
    const compact = utf8(JSON.stringify(JSON.parse(new TextDecoder().decode(request.body))))
    const judged = [await judge(real, request), await judge(real, { ...request, body: compact })]
    expect(compact).not.toEqual(request.body)
    expect(judged.map((one) => (one.ok ? one.value.claim : one.refusal))).toEqual([
      judged[0]?.ok === true ? judged[0].value.claim : undefined,
      judged[0]?.ok === true ? judged[0].value.claim : undefined,
    ])
  })
})
