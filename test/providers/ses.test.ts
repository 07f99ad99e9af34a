import { describe, expect, it } from 'vitest'
import { ses as sender } from '../../src/simulator/senders/ses.ts'
import { utf8 } from '../../src/platform/bytes.ts'
import { ses } from '../../src/providers/ses.ts'
import { judge, sent, read } from './judge.ts'
import { readItem } from './natives.ts'
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
  it.each<readonly [message: object, expected: object]>([
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
      {
        eventType: 'Complaint',
        complaint: {
          complaintSubType: 'OnTenantSuppressionList',
          complainedRecipients: to('ada@example.com'),
        },
      },
      { type: 'email.rejected', reject_reason: 'spam', reason: 'OnTenantSuppressionList' },
    ],
    ...(
      [
        ['OnAccountSuppressionList', 'bounced'],
        ['OnTenantSuppressionList', 'bounced'],
        ['Suppressed', 'bounced'],
        ['EmailValidationSuppressed', 'invalid'],
        ['UnsubscribedRecipient', 'unsubscribed'],
      ] as const
    ).map(
      ([bounceSubType, reject_reason]) =>
        [
          {
            eventType: 'Bounce',
            bounce: { bounceType: 'Permanent', bounceSubType, bouncedRecipients: to('ada@example.com') },
          },
          { type: 'email.rejected', reject_reason, bounce_type: null, reason: bounceSubType },
        ] as const,
    ),
    [
      {
        eventType: 'Bounce',
        bounce: {
          bounceType: 'Transient',
          bounceSubType: 'CustomTimeoutExceeded',
          bouncedRecipients: to('ada@example.com'),
        },
      },
      { type: 'email.bounced', bounce_type: 'soft' },
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
    [{ eventType: 'Subscription', subscription: {} }, { type: 'email.unknown' }],
    [
      {
        eventType: 'Send',
        mail: {
          ...mail,
          destination: ['ada@example.com'],
          commonHeaders: { messageId: '<own@example.net>' },
        },
      },
      { other_message_ids: ['own@example.net'] },
    ],
    [{ eventType: 'A New One' }, { type: 'email.unknown', native_type: 'A New One' }],
  ])('%o', async (message, expected) => {
    const one = { ...mail, destination: ['ada@example.com'] }
    const [event] = await eventsOf({ mail: one, ...message })
    expect(event).toMatchObject({ message_id: 'm-1', recipient: 'ada@example.com', ...expected })
  })

  const preferences = (unsubscribeAll: boolean | undefined, topics: Readonly<Record<string, string>>) => ({
    unsubscribeAll,
    topicSubscriptionStatus: Object.entries(topics).map(([topicName, subscriptionStatus]) => ({
      topicName,
      subscriptionStatus,
    })),
  })
  const IN = { news: 'OptIn', offers: 'OptIn' }
  const LEFT = { news: 'OptIn', offers: 'OptOut' }

  // The page of event data: old and new preferences state all topics, changed or not.
  it.each<[what: string, next: object, old: object | undefined, changes: readonly (readonly string[])[]]>([
    ['leaves everything', preferences(true, IN), preferences(false, IN), [['email.unsubscribed']]],
    [
      'leaves everything, having left a topic',
      preferences(true, LEFT),
      preferences(false, LEFT),
      [['email.unsubscribed']],
    ],
    ['comes back', preferences(false, IN), preferences(true, IN), [['email.subscribed']]],
    [
      'comes back without a topic',
      preferences(false, LEFT),
      preferences(true, IN),
      [['email.subscribed'], ['email.unsubscribed', 'topic:offers']],
    ],
    [
      'leaves a topic',
      preferences(false, LEFT),
      preferences(false, IN),
      [['email.unsubscribed', 'topic:offers']],
    ],
    [
      'leaves a topic, in the words of the API',
      preferences(false, { offers: 'OPT_OUT' }),
      preferences(false, { offers: 'OPT_IN' }),
      [['email.unsubscribed', 'topic:offers']],
    ],
    [
      'joins a topic',
      preferences(false, IN),
      preferences(false, LEFT),
      [['email.subscribed', 'topic:offers']],
    ],
    [
      'leaves two',
      preferences(false, { news: 'OptOut', offers: 'OptOut' }),
      preferences(false, IN),
      [
        ['email.unsubscribed', 'topic:news'],
        ['email.unsubscribed', 'topic:offers'],
      ],
    ],
    ['changes nothing', preferences(false, LEFT), preferences(false, LEFT), [['email.unknown']]],
    [
      'was not known before, and is out of a topic',
      preferences(false, { offers: 'OptOut' }),
      undefined,
      [['email.unsubscribed', 'topic:offers']],
    ],
    [
      'was not known before, and is not out of everything',
      preferences(false, {}),
      undefined,
      [['email.unknown']],
    ],
  ])('a contact who %s', (_what, newTopicPreferences, oldTopicPreferences, changes) => {
    const event = {
      eventType: 'Subscription',
      mail: { ...mail, destination: ['ada@example.com'] },
      subscription: { contactList: 'list', timestamp: at, newTopicPreferences, oldTopicPreferences },
    }
    const drafts = readItem(ses, { id: 'sns', timestamp: at, event }) ?? []
    expect(drafts.map(({ type, scope }) => (scope === undefined ? [type] : [type, scope]))).toEqual(changes)
    expect(drafts.map(({ recipient }) => recipient)).toEqual(changes.map(() => 'ada@example.com'))
    expect(new Set(drafts.map(({ identity }) => JSON.stringify(identity))).size).toBe(changes.length)
  })

  it.each([
    [
      { eventType: 'Bounce', bounce: { bouncedRecipients: to('ada@example.com', 'Cy <cy@example.com>') } },
      ['ada@example.com', 'cy@example.com'],
    ],
    [{ eventType: 'Send', send: {} }, mail.destination],
    [{ eventType: 'Bounce', bounce: { bouncedRecipients: [] } }, mail.destination],
    // One person's act, and SES does not say whose.
    [{ eventType: 'Open', open: {} }, [null]],
    [{ eventType: 'Click', click: { link: 'https://x' } }, [null]],
    [
      { eventType: 'Complaint', complaint: { complainedRecipients: to('a@example.com', 'b@example.com') } },
      [null],
    ],
    [
      {
        eventType: 'Subscription',
        subscription: { newTopicPreferences: { unsubscribeAll: true } },
      },
      [null],
    ],
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
