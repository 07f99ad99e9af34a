import { describe, expect, it } from 'vitest'
import { customerio as sender } from '../../src/simulator/senders/customerio.ts'
import { customerio } from '../../src/providers/customerio.ts'
import { identityOf, readItem } from './natives.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, customerio, {
  signsTime: true,
  batches: false,
  signedAnew: true,
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
    ['email', 'drafted'],
    ['email', 'converted'],
    ['customer', 'cio_subscription_preferences_changed'],
  ])('%s %s is no event of an email', (object, metric) => {
    expect(readItem(customerio, item(object, metric))).toEqual([])
  })

  it('uses the address of the person if there is no recipient', () => {
    const person = { recipient: undefined, identifiers: { id: '7', email: 'ada@example.com' } }
    expect(readItem(customerio, item('customer', 'unsubscribed', person))).toMatchObject([
      { recipient: 'ada@example.com' },
    ])
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
