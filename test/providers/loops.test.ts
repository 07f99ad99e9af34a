import { describe, expect, it } from 'vitest'
import { loops as sender } from '../../src/simulator/senders/loops.ts'
import { loops } from '../../src/providers/loops.ts'
import { identityOf, readItem } from './natives.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, loops, {
  signsTime: true,
  batches: false,
  signedAnew: true,
  lists: ['webhook-signature'],
  messageId: (messageId, kind) => (kind === 'email.unsubscribed' ? null : messageId),
  unreadable: [{}, { type: 'email.opened' }],
})

const item = (eventName: string, more: Record<string, unknown> = {}) => ({
  eventName,
  eventTime: 1_763_999_940,
  webhookSchemaVersion: '1.0.0',
  contactIdentity: { id: 'c1', email: 'ada@example.com', userId: null },
  email: { id: 'e1', emailMessageId: 'template', subject: 'Hi' },
  ...more,
})

describe('Loops events', () => {
  it.each([
    ['transactional.email.sent', { type: 'email.sent' }],
    ['campaign.email.sent', { type: 'email.sent' }],
    ['loop.email.sent', { type: 'email.sent' }],
    ['email.delivered', { type: 'email.delivered' }],
    ['email.softBounced', { type: 'email.bounced', bounce_type: 'soft' }],
    ['email.hardBounced', { type: 'email.bounced', bounce_type: 'hard' }],
    ['email.spamReported', { type: 'email.spam_reported' }],
    ['email.opened', { type: 'email.opened' }],
    ['email.clicked', { type: 'email.clicked' }],
    ['email.unsubscribed', { type: 'email.unknown', scope: undefined }],
    ['email.resubscribed', { type: 'email.subscribed', scope: undefined }],
    ['contact.unsubscribed', { type: 'email.unsubscribed', scope: undefined }],
    ['contact.mailingList.unsubscribed', { type: 'email.unsubscribed', scope: 'list:l1' }],
    ['contact.mailingList.subscribed', { type: 'email.subscribed', scope: 'list:l1' }],
    ['email.invented', { type: 'email.unknown' }],
  ])('%s', (eventName, expected) => {
    const list = eventName.includes('mailingList') ? { mailingList: { id: 'l1', name: 'News' } } : {}
    expect(readItem(loops, item(eventName, list))).toMatchObject([
      {
        ...expected,
        native_type: eventName,
        message_id: 'e1',
        recipient: 'ada@example.com',
        occurredAtMs: 1_763_999_940_000,
      },
    ])
  })

  it.each(['testing.testEvent', 'contact.created', 'contact.deleted'])(
    '%s is no event of a message',
    (name) => {
      expect(readItem(loops, item(name))).toEqual([])
    },
  )

  it.each([
    [{ campaignId: 'cmp1' }, 'cmp1'],
    [{ loopId: 'loop1' }, 'loop1'],
    [{ transactionalId: 'tx1' }, 'tx1'],
  ])('%j is a campaign', (more, campaign) => {
    expect(readItem(loops, item('email.delivered', more))).toMatchObject([{ campaign_id: campaign }])
  })

  it('is identified by the verified message id', () => {
    expect(identityOf(loops, item('email.opened'), { headers: { 'webhook-id': 'msg_1' } })).toEqual([
      expect.any(Number),
      'msg_1',
    ])
  })
})
