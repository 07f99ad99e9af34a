/** Amazon SES through SNS: RSA in the body, over the fields of the envelope; text/plain; version 2 of the signature. */
import { createHash, createSign, generateKeyPairSync, randomInt } from 'node:crypto'
import { clientOf } from '../client.ts'
import { certificateFor } from '../certificate.ts'
import { type Answer, type SimulatedEvent, answerText, sender, signed } from '../sender.ts'
import { eventUuid } from '../stable-ids.ts'

const REGION = 'eu-central-1'

const KINDS = [
  'email.sent',
  'email.delivered',
  'email.bounced',
  'email.spam_reported',
  'email.rejected',
  'email.opened',
  'email.clicked',
  'email.failed',
  'email.deferred',
  'email.unsubscribed',
  'email.subscribed',
]

export const ses = sender('ses', KINDS, () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const accountId = String(randomInt(1e11, 1e12 / 4))
  const topicArn = `arn:aws:sns:${REGION}:${accountId}:ses-events`
  const certificateUrl = `https://sns.${REGION}.amazonaws.com/SimpleNotificationService-${createHash('md5').update(accountId).digest('hex')}.pem`
  const certificate = certificateFor({
    commonName: 'sns.amazonaws.com',
    publicKey,
    privateKey,
    notBefore: new Date('2020-01-01'),
    notAfter: new Date('2049-01-01'),
  })
  return {
    secrets: { topic_arns: [topicArn] },
    serves: { [certificateUrl]: certificate },
    async deliver([first], nowSeconds) {
      const messageId = first === undefined ? accountId : eventUuid(first)
      const fields = {
        Type: 'Notification',
        MessageId: messageId,
        TopicArn: topicArn,
        Subject: 'Amazon SES Email Event Notification',
        Message: `${JSON.stringify(first === undefined ? {} : wording(first))}\n`,
        Timestamp: iso(nowSeconds),
      }
      const signedText = (['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'] as const)
        .map((name) => `${name}\n${fields[name]}\n`)
        .join('')
      const envelope = {
        ...fields,
        SignatureVersion: '2',
        Signature: createSign('sha256').update(signedText).sign(privateKey).toString('base64'),
        SigningCertURL: certificateUrl,
        UnsubscribeURL: `https://sns.${REGION}.amazonaws.com/?Action=Unsubscribe`,
      }
      return signed({
        body: Buffer.from(JSON.stringify(envelope, null, 2)),
        headers: {
          'content-type': 'text/plain; charset=UTF-8',
          'user-agent': 'Amazon Simple Notification Service Agent',
          'x-amz-sns-message-type': 'Notification',
          'x-amz-sns-message-id': messageId,
          'x-amz-sns-topic-arn': topicArn,
        },
      })
    },
  }
})

const iso = (seconds: number): string => new Date(seconds * 1_000).toISOString()

const answerOf = (h: SimulatedEvent): Answer =>
  h.bounce === 'soft'
    ? { code: 452, enhancedCode: '4.2.2', text: 'Mailbox full' }
    : (h.answer ?? { code: 550, enhancedCode: '5.1.1', text: 'user unknown' })

/** An event's own member, by kind. */
const DETAILS: Record<string, (h: SimulatedEvent) => object> = {
  'email.sent': () => ({ eventType: 'Send', send: {} }),
  'email.delivered': (h) => ({
    eventType: 'Delivery',
    delivery: {
      timestamp: iso(h.occurredAtSeconds),
      recipients: [h.recipient],
      smtpResponse: '250 2.6.0 Message received',
    },
  }),
  'email.bounced': (h) => ({
    eventType: 'Bounce',
    bounce: {
      bounceType: h.bounce === 'soft' ? 'Transient' : 'Permanent',
      bounceSubType: h.bounce === 'soft' ? 'MailboxFull' : 'General',
      bouncedRecipients: [
        {
          emailAddress: h.recipient,
          action: 'failed',
          status: answerOf(h).enhancedCode,
          diagnosticCode: `smtp; ${answerText(answerOf(h))}`,
        },
      ],
      timestamp: iso(h.occurredAtSeconds),
      feedbackId: `0100-${eventUuid(h)}-000000`,
      reportingMTA: 'dsn; a1-2.smtp-out.amazonses.com',
    },
  }),
  'email.spam_reported': (h) => ({
    eventType: 'Complaint',
    complaint: {
      complainedRecipients: [{ emailAddress: h.recipient }],
      complaintSubType: null,
      complaintFeedbackType: 'abuse',
      timestamp: iso(h.occurredAtSeconds),
      feedbackId: `0100-${eventUuid(h)}-000000`,
    },
  }),
  'email.rejected': () => ({ eventType: 'Reject', reject: { reason: 'Bad content' } }),
  'email.opened': (h) => ({ eventType: 'Open', open: person(h) }),
  'email.clicked': (h) => ({ eventType: 'Click', click: { ...person(h), link: h.url, linkTags: null } }),
  'email.failed': () => ({
    eventType: 'Rendering Failure',
    failure: {
      errorMessage: "Attribute 'name' is not present in the rendering data.",
      templateName: 'Hello',
    },
  }),
  'email.deferred': (h) => ({
    eventType: 'DeliveryDelay',
    deliveryDelay: {
      timestamp: iso(h.occurredAtSeconds),
      delayType: 'TransientCommunicationFailure',
      delayedRecipients: [
        { emailAddress: h.recipient, status: '4.4.1', diagnosticCode: 'smtp; 421 4.4.1 Later' },
      ],
    },
  }),
  'email.unsubscribed': (h) => subscription(h, true),
  'email.subscribed': (h) => subscription(h, false),
}

const wording = (h: SimulatedEvent) => ({
  ...(DETAILS[h.kind] ?? (() => ({ eventType: h.kind })))(h),
  mail: {
    timestamp: iso(h.occurredAtSeconds),
    source: 'shop@example.net',
    messageId: h.messageId,
    destination: [h.recipient],
    headersTruncated: false,
    commonHeaders: {
      from: ['shop@example.net'],
      to: [h.recipient],
      messageId: h.messageId,
      subject: 'Hello',
    },
    tags: { 'ses:configuration-set': ['shop'], order: ['17'] },
  },
})

const person = (h: SimulatedEvent) => ({
  timestamp: iso(h.occurredAtSeconds),
  ipAddress: clientOf(h).ip,
  userAgent: clientOf(h).agent,
})

/** All topics of the contact list are in every event, changed or not. */
const TOPICS = [{ topicName: 'offers', subscriptionStatus: 'OptIn' }]

const subscription = (h: SimulatedEvent, unsubscribes: boolean) => ({
  eventType: 'Subscription',
  subscription: {
    contactList: 'news',
    timestamp: iso(h.occurredAtSeconds),
    source: 'UnsubscribeHeader',
    newTopicPreferences: { unsubscribeAll: unsubscribes, topicSubscriptionStatus: TOPICS },
    oldTopicPreferences: { unsubscribeAll: !unsubscribes, topicSubscriptionStatus: TOPICS },
  },
})
