import { describe, expect, it } from 'vitest'
import { customerio as sender } from '../../src/simulator/senders/customerio.ts'
import { customerio } from '../../src/providers/customerio.ts'
import { identityOf, readItem } from './natives.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, customerio, {
  signsTime: true,
  batches: false,
  signedAnew: true,
  messageId: (messageId, kind) => (kind === 'email.subscribed' ? null : messageId),
  unreadable: [{}, { metric: 'sent' }, { object_type: 'email' }],
})

const item = (object_type: string, metric: string, data: Record<string, unknown> = {}) => ({
  event_id: '01J',
  object_type,
  metric,
  timestamp: 1_763_999_940,
  data: { delivery_id: 'd1', recipient: 'ada@example.com', ...data },
})

describe('Customer.io events', () => {
  it.each([
    ['email', 'sent', { type: 'email.sent' }],
    ['email', 'delivered', { type: 'email.delivered' }],
    ['email', 'opened', { type: 'email.opened' }],
    ['email', 'human_opened', { type: 'email.opened' }],
    ['email', 'machine_opened', { type: 'email.opened' }],
    ['email', 'clicked', { type: 'email.clicked' }],
    ['email', 'human_clicked', { type: 'email.clicked' }],
    ['email', 'machine_clicked', { type: 'email.clicked' }],
    ['email', 'bounced', { type: 'email.bounced', bounce_type: 'undetermined' }],
    ['email', 'dropped', { type: 'email.rejected', reject_reason: 'other' }],
    ['email', 'undeliverable', { type: 'email.rejected', reject_reason: 'other' }],
    ['email', 'deferred', { type: 'email.deferred' }],
    ['email', 'attempted', { type: 'email.deferred' }],
    ['email', 'spammed', { type: 'email.spam_reported' }],
    ['email', 'failed', { type: 'email.failed' }],
    ['email', 'unsubscribed', { type: 'email.unsubscribed' }],
    ['customer', 'unsubscribed', { type: 'email.unsubscribed' }],
    ['email', 'subscribed', { type: 'email.subscribed' }],
    ['customer', 'subscribed', { type: 'email.subscribed' }],
    ['email', 'invented', { type: 'email.unknown' }],
    ['invented', 'sent', { type: 'email.unknown' }],
  ])('%s %s', (object, metric, expected) => {
    expect(readItem(customerio, item(object, metric))).toMatchObject([
      {
        ...expected,
        native_type: `${object}_${metric}`,
        provider_event_id: '01J',
        message_id: 'd1',
        recipient: 'ada@example.com',
        occurredAtMs: 1_763_999_940_000,
      },
    ])
  })

  it.each([
    ['push', 'sent'],
    ['sms', 'delivered'],
    ['in_app', 'opened'],
    ['slack', 'sent'],
    ['webhook', 'failed'],
    ['whatsapp', 'sent'],
    ['email', 'drafted'],
    ['email', 'converted'],
    ['customer', 'cio_subscription_preferences_changed'],
  ])('%s %s is no event of an email', (object, metric) => {
    expect(readItem(customerio, item(object, metric))).toEqual([])
  })

  const person = (data: object, recipient?: string) => ({ delivery_id: undefined, recipient, ...data })

  // Customer.io's OpenAPI of reporting webhooks: `email_address` is required, `identifiers.email` is not.
  it.each<[object: string, metric: string, data: Record<string, unknown>, recipient: string | undefined]>([
    [
      'customer',
      'unsubscribed',
      person({ identifiers: { id: '7', email: 'ada@example.com' } }),
      'ada@example.com',
    ],
    ['customer', 'unsubscribed', person({ email_address: 'ada@example.com' }), 'ada@example.com'],
    ['customer', 'subscribed', person({ email_address: 'ada@example.com' }), 'ada@example.com'],
    ['customer', 'unsubscribed', person({ email_address: null }), undefined],
    ['email', 'unsubscribed', person({ email_address: 'ada@example.com' }), 'ada@example.com'],
    [
      'sms',
      'unsubscribed',
      person({ email_address: 'ada@example.com' }, '+4917612345678'),
      'ada@example.com',
    ],
    ['whatsapp', 'subscribed', person({ email_address: 'ada@example.com' }), 'ada@example.com'],
    ['email', 'sent', { recipient: 'Ada <ada@example.com>' }, 'ada@example.com'],
  ])('%s %s with %o is about %s', (object, metric, data, recipient) => {
    const [draft] = readItem(customerio, item(object, metric, data)) ?? []
    expect(draft?.recipient).toBe(recipient)
    if (metric !== 'sent') expect(draft?.type).toBe(`email.${metric}`)
  })

  it('drops what a person without an address said in another channel', () => {
    expect(readItem(customerio, item('sms', 'unsubscribed', person({}, '+4917612345678')))).toEqual([])
  })

  it.each([
    ['550 5.1.1 No such user', { bounce_type: 'hard', smtp_code: '550', enhanced_code: '5.1.1' }],
    ['5.1.10 null MX', { bounce_type: 'hard', enhanced_code: '5.1.10' }],
    ['550 5.1.8 bad sender', { bounce_type: 'undetermined' }],
    ['452 4.2.2 Mailbox full', { bounce_type: 'soft' }],
    ['554 5.7.1 blocked', { bounce_type: 'blocked' }],
    ['550 no such user', { bounce_type: 'undetermined', smtp_code: '550' }],
    ['Something went wrong!', { bounce_type: 'undetermined' }],
  ])('reads a bounce by the code of %j', (failure_message, expected) => {
    const bounced = item('email', 'bounced', { failure_message })
    expect(readItem(customerio, bounced)).toMatchObject([{ ...expected, reason: failure_message }])
  })

  it.each([
    ['opened', { prefetched: true, proxied: true }, true],
    ['opened', { prefetched: false, proxied: true }, undefined],
    ['opened', { prefetched: false, proxied: false }, false],
    ['opened', { synthetic: true }, true],
    ['opened', {}, undefined],
    ['clicked', { machine: true }, true],
    ['clicked', { machine: false }, false],
    ['machine_opened', {}, true],
    ['human_clicked', {}, false],
  ])('%s with %o was done by a machine: %s', (metric, data, automated) => {
    expect(readItem(customerio, item('email', metric, data))?.[0]?.automated).toBe(automated)
  })

  it.each<[content: unknown, changes: readonly object[]]>([
    [undefined, []],
    ['oops', []],
    ['{"topics":{}}', []],
    [
      '{"topics":{"topic_1":false,"topic_2":true,"topic_3":"?"}}',
      [
        { type: 'email.unsubscribed', scope: 'topic:topic_1' },
        { type: 'email.subscribed', scope: 'topic:topic_2' },
      ],
    ],
  ])('changed topics %j', (content, changes) => {
    const metric = 'cio_subscription_preferences_changed'
    const drafts =
      readItem(customerio, item('sms', metric, { content, email_address: 'ada@example.com' })) ?? []
    expect(drafts).toMatchObject(changes.map((change) => ({ ...change, recipient: 'ada@example.com' })))
    expect(new Set(drafts.map(({ identity }) => JSON.stringify(identity))).size).toBe(changes.length)
  })

  it.each(['campaign_id', 'newsletter_id', 'broadcast_id', 'transactional_message_id'])('%s', (key) => {
    expect(readItem(customerio, item('email', 'sent', { [key]: 23 }))).toMatchObject([{ campaign_id: '23' }])
  })

  it('is identified by the event id, or without one by the whole event', () => {
    expect(identityOf(customerio, item('email', 'opened'))).toEqual([expect.any(Number), '01J'])
    const [one, other] = ['d1', 'd2'].map((delivery_id) =>
      identityOf(customerio, { ...item('email', 'opened', { delivery_id }), event_id: undefined }),
    )
    expect(one).not.toEqual(other)
  })
})
