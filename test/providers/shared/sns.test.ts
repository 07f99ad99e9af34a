import { describe, expect, it } from 'vitest'
import type { OutgoingRequest } from '../../../src/simulator/sender.ts'
import { utf8 } from '../../../src/platform/bytes.ts'
import { ses } from '../../../src/providers/ses.ts'
import { openBody } from '../../../src/providers/shared/understand.ts'
import { deliveryOf, verifiedBytesOf } from '../simulated-events.ts'
import { judge, read } from '../judge.ts'
import { CERTIFICATE_URL, CONFIRMATION, NOTIFICATION, TOPIC, account, envelope } from '../sns-envelope.ts'

describe('the signature of SNS', () => {
  it.each([
    ['version 1', envelope(NOTIFICATION, '1'), true],
    ['version 2', envelope(NOTIFICATION, '2'), true],
    ['a subject', envelope({ ...NOTIFICATION, Subject: 'Amazon SES' }), true],
    [
      'a subject that is null, as Lambda functions see it',
      envelope(NOTIFICATION, '2', { Subject: null }),
      true,
    ],
    ['a subject that was not signed', envelope(NOTIFICATION, '2', { Subject: 'Added' }), false],
    [
      'an unsigned link to unsubscribe',
      envelope(NOTIFICATION, '2', { UnsubscribeURL: 'https://x.example/' }),
      true,
    ],
    ['a confirmation', envelope(CONFIRMATION), true],
    ['the end of a subscription', envelope({ ...CONFIRMATION, Type: 'UnsubscribeConfirmation' }), true],
    ['a confirmation without its token', envelope(CONFIRMATION, '2', { Token: undefined }), false],
    ['version 2 said to be 1', envelope(NOTIFICATION, '2', { SignatureVersion: '1' }), false],
    ['version 3', envelope(NOTIFICATION, '2', { SignatureVersion: '3' }), false],
    ['a version that is a number', envelope(NOTIFICATION, '2', { SignatureVersion: 2 }), false],
    ['a notification said to be a confirmation', envelope(NOTIFICATION, '2', { ...CONFIRMATION }), false],
    ['a type of its own', envelope(NOTIFICATION, '2', { Type: 'Other' }), false],
    [
      'the certificate of another region',
      envelope(NOTIFICATION, '2', { SigningCertURL: CERTIFICATE_URL.replace('eu-west-1', 'us-east-1') }),
      false,
    ],
    [
      'a certificate from elsewhere',
      envelope(NOTIFICATION, '2', { SigningCertURL: 'https://sns.eu-west-1.amazonaws.com.example/a.pem' }),
      false,
    ],
    [
      'a foreign topic',
      envelope({ ...NOTIFICATION, TopicArn: TOPIC.replace('123456789012', '999999999999') }),
      false,
    ],
    ['a time that is none', envelope({ ...NOTIFICATION, Timestamp: '2025-11-24' }), false],
    ['a lone surrogate', envelope({ ...NOTIFICATION, Message: '\ufffd' }, '2', { Message: '\ud800' }), false],
  ])('with %s', async (_what, request, ok) => {
    expect(await judge(account, request)).toMatchObject({ ok })
  })

  it('lets no line break make one field of two: the same signed bytes under another message id', async () => {
    const fields = { ...NOTIFICATION, Subject: 'Amazon SES' }
    const merged = {
      MessageId: `${NOTIFICATION['MessageId']}\nSubject\n${fields.Subject}`,
      Subject: undefined,
    }
    expect(await judge(account, envelope(fields))).toMatchObject({ ok: true })
    expect(await judge(account, envelope(fields, '2', merged))).toEqual({
      ok: false,
      refusal: { code: 'proof_malformed', field: 'MessageId' },
    })
  })

  it('is not there in raw delivery', async () => {
    const raw = { ...envelope(NOTIFICATION), body: utf8(NOTIFICATION['Message'] ?? '') }
    const headers = {
      ...raw.headers,
      'x-amz-sns-rawdelivery': 'true',
      'x-amz-sns-message-type': 'Notification',
    }
    expect(await judge(account, { ...raw, headers })).toMatchObject({ ok: false })
  })

  it('believes no header about the type', async () => {
    const request = envelope(NOTIFICATION)
    const headers = { ...request.headers, 'x-amz-sns-message-type': 'SubscriptionConfirmation' }
    expect(await judge(account, { ...request, headers })).toMatchObject({ ok: true })
    expect(opened({ ...request, headers })).toMatchObject({ kind: 'items' })
  })
})

const opened = (request: OutgoingRequest) => openBody(ses, verifiedBytesOf(deliveryOf(request)))

describe('what SNS posts besides events', () => {
  it.each([
    [TOPIC, 'https://sns.eu-west-1.amazonaws.com/'],
    [
      TOPIC.replace('arn:aws:sns:eu-west-1', 'arn:aws-us-gov:sns:us-gov-west-1'),
      'https://sns.us-gov-west-1.amazonaws.com/',
    ],
    [
      TOPIC.replace('arn:aws:sns:eu-west-1', 'arn:aws-cn:sns:cn-north-1'),
      'https://sns.cn-north-1.amazonaws.com.cn/',
    ],
    [
      TOPIC.replace('arn:aws:sns:eu-west-1', 'arn:aws-eusc:sns:eusc-de-east-1'),
      'https://sns.eusc-de-east-1.amazonaws.eu/',
    ],
  ])('a subscription to %s is confirmed by a URL that is built here', (topic, host) => {
    const token = CONFIRMATION['Token'] ?? ''
    expect(opened(envelope({ ...CONFIRMATION, TopicArn: topic }))).toEqual({
      kind: 'handshake',
      confirm: `${host}?Action=ConfirmSubscription&TopicArn=${topic}&Token=${token}`,
    })
  })

  it.each([
    'arn:aws:sns:evil.example/?:123456789012:x',
    'arn:aws-iso:sns:us-iso-east-1:123456789012:x',
    'arn:aws:sns:eu-west-1:123456789012:x?y',
    'arn:aws:sqs:eu-west-1:123456789012:x',
    'arn:aws:sns:eu-west-1:123456789012:x&Token=other',
  ])('a subscription to %s is not', (topic) => {
    expect(opened(envelope({ ...CONFIRMATION, TopicArn: topic }))).toEqual({ kind: 'unreadable' })
  })

  it('the end of a subscription is acknowledged, and nothing is called', () => {
    expect(opened(envelope({ ...CONFIRMATION, Type: 'UnsubscribeConfirmation' }))).toEqual({
      kind: 'handshake',
    })
  })

  it.each([
    ['Successfully validated SNS topic for Amazon SES event publishing.', { kind: 'items', items: [] }],
    ['{"eventType":', { kind: 'unreadable' }],
    ['[[', { kind: 'unreadable' }],
  ])('the message %j', (Message, expected) => {
    expect(opened(envelope({ ...NOTIFICATION, Message }))).toEqual(expected)
  })

  it.each(['{"hello":"world"}', '"text"', '7'])('the message %j is quarantined', async (Message) => {
    const { events, quarantined } = await read(ses, envelope({ ...NOTIFICATION, Message }))
    expect(events).toEqual([])
    expect(quarantined).toHaveLength(1)
  })
})
