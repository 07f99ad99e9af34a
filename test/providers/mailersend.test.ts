import { describe, expect, it } from 'vitest'
import { mailersend as sender } from '../../src/simulator/senders/mailersend.ts'
import { mailersend } from '../../src/providers/mailersend.ts'
import { withHeader } from './simulated-events.ts'
import { judge, sent } from './judge.ts'
import { identityOf, readItem } from './natives.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, mailersend, { signsTime: false, batches: false, unreadable: [{}, { data: {} }] })

const item = (type: string, morph: Record<string, unknown> | null = null) => ({
  type,
  created_at: '2025-11-24T15:59:07.520507Z',
  data: {
    object: 'activity',
    id: 'a1',
    created_at: '2025-11-24T15:59:00.506000Z',
    email: { message: { id: 'm1' }, recipient: { email: 'ada@example.com' }, tags: ['one', 'Two 2'] },
    morph,
  },
})

const nameless = (createdAt: string, messageId: string) => ({
  type: 'activity.opened',
  created_at: createdAt,
  data: { email: { message: { id: messageId } } },
})

describe('MailerSend events', () => {
  it.each([
    ['activity.sent', { type: 'email.sent' }],
    ['activity.delivered', { type: 'email.delivered' }],
    ['activity.soft_bounced', { type: 'email.bounced', bounce_type: 'soft' }],
    ['activity.hard_bounced', { type: 'email.bounced', bounce_type: 'hard' }],
    ['activity.deferred', { type: 'email.deferred' }],
    ['activity.opened', { type: 'email.opened' }],
    ['activity.opened_unique', { type: 'email.opened' }],
    ['activity.clicked', { type: 'email.clicked' }],
    ['activity.clicked_unique', { type: 'email.clicked' }],
    ['activity.unsubscribed', { type: 'email.unsubscribed' }],
    ['activity.spam_complaint', { type: 'email.spam_reported' }],
    ['activity.survey_opened', { type: 'email.unknown' }],
    ['activity.invented', { type: 'email.unknown' }],
  ])('%s', (type, expected) => {
    expect(readItem(mailersend, item(type))).toMatchObject([
      {
        ...expected,
        native_type: type,
        provider_event_id: 'a1',
        message_id: 'm1',
        recipient: 'ada@example.com',
        tags: ['one', 'Two 2'],
        // The activity's own time, not that of the webhook.
        occurredAtMs: Date.parse('2025-11-24T15:59:00.506Z'),
      },
    ])
  })

  it.each([
    'webhook.test',
    'sender_identity.verified',
    'maintenance.start',
    'maintenance.end',
    'inbound_forward.failed',
  ])('%s is no event of a message', (type) => {
    expect(readItem(mailersend, item(type))).toEqual([])
  })

  it.each([
    [{ reason: 'option_3', readable_reason: 'I get too many emails' }, { reason: 'I get too many emails' }],
    [{ reason: 'Host not found' }, { reason: 'Host not found' }],
    [
      { url: 'https://example.net/a', ip: '192.0.2.7' },
      { url: 'https://example.net/a', client_ip: '192.0.2.7' },
    ],
  ])('%j', (morph, expected) => {
    expect(readItem(mailersend, item('activity.clicked', morph))).toMatchObject([expected])
  })

  it('counts an activity once, even if it is also reported as the unique event', () => {
    const plain = identityOf(mailersend, item('activity.opened'))
    expect(identityOf(mailersend, item('activity.opened_unique'))).toEqual(plain)
    expect(identityOf(mailersend, item('activity.clicked'))).not.toEqual(plain)
  })

  it("identifies an event without an id by its content, independent of the webhook's creation time", () => {
    const first = identityOf(mailersend, nameless('2025-11-24T15:59:07Z', 'm1'))
    expect(identityOf(mailersend, nameless('2025-11-24T16:59:07Z', 'm1'))).toEqual(first)
    expect(identityOf(mailersend, nameless('2025-11-24T15:59:07Z', 'm2'))).not.toEqual(first)
  })
})

describe('the header that carries the signature', () => {
  it('may have the name of the Node SDK', async () => {
    const { account, request } = await sent(sender)
    const signature = request.headers['signature'] ?? ''
    const renamed = withHeader(withHeader(request, 'signature', null), 'x-mailersend-signature', signature)
    expect(await judge(account, renamed)).toMatchObject({ ok: true })
    const wrong = withHeader(renamed, 'x-mailersend-signature', '0'.repeat(64))
    expect(await judge(account, wrong)).toMatchObject({ ok: false })
  })
})
