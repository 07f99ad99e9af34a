import { describe, expect, it } from 'vitest'
import { mailersendV1, mailersend as sender } from '../../src/simulator/senders/mailersend.ts'
import { mailersend } from '../../src/providers/mailersend.ts'
import { NOW_SECONDS, simulated, withHeader } from './simulated-events.ts'
import { judge, read, sent } from './judge.ts'
import { identityOf, readItem } from './natives.ts'
import { describeProvider } from './suite.ts'

const OPTIONS = { signsTime: false, batches: false, unreadable: [{}, { data: {} }] }
describeProvider(sender, mailersend, OPTIONS)
describe('version 1', () => {
  describeProvider(mailersendV1, mailersend, OPTIONS)
})

const item = (type: string, morph: Record<string, unknown> | null = null) => ({
  type,
  created_at: '2025-11-24T15:59:07.520507Z',
  data: {
    object: 'activity',
    id: 'a1',
    created_at: '2025-11-24T15:59:00.506000Z',
    email: {
      id: 'e1',
      message: { id: 'm1' },
      recipient: { email: 'ada@example.com' },
      tags: ['one', 'Two 2'],
    },
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
        other_message_ids: ['e1', 'e1@mailersend.net'],
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
    'inbound_message.rejected',
    'email_single.verified',
    'email_list.verified',
    'bulk_email.completed',
    'recipient.on_hold_added',
    'recipient.on_hold_removed',
    'sms.delivered',
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

const flat = (type: string, data: Record<string, unknown> = {}) => ({
  type,
  created_at: '2026-09-12T18:42:56.000000Z',
  data: {
    id: 'a1',
    message_id: 'm1',
    email_id: 'e1',
    type: 'another word',
    recipient: 'ada@example.com',
    tags: ['one', 'Two 2'],
    meta: [],
    ...data,
  },
  webhook_id: 'w1',
})

describe('MailerSend events of version 2', () => {
  type Row = readonly [type: string, data: Record<string, unknown>, expected: Record<string, unknown>]
  const ROWS: readonly Row[] = [
    ['activity.sent', {}, { type: 'email.sent' }],
    ['activity.sent', { tags: null, meta: null }, { type: 'email.sent', tags: [] }],
    ['activity.sent', { recipient: undefined, email: 'ada@example.com' }, { type: 'email.sent' }],
    ['activity.delivered', {}, { type: 'email.delivered' }],
    ['activity.deferred', {}, { type: 'email.deferred' }],
    [
      'activity.hard_bounced',
      { meta: { bounce_reason: 'Host or domain name not found', bounce_code: 550, bounce_type: 'hard' } },
      {
        type: 'email.bounced',
        bounce_type: 'hard',
        reason: 'Host or domain name not found',
        smtp_code: '550',
      },
    ],
    [
      'activity.soft_bounced',
      { meta: { bounce_reason: '452 4.2.2 Mailbox full', bounce_type: 'soft' } },
      { type: 'email.bounced', bounce_type: 'soft', smtp_code: '452', enhanced_code: '4.2.2' },
    ],
    ['activity.spam_complaint', { type: 'spam_complaints' }, { type: 'email.spam_reported' }],
    [
      'activity.unsubscribed',
      { meta: { unsubscribe_reason: 'NO_LONGER_WANT' } },
      { type: 'email.unsubscribed', reason: 'NO_LONGER_WANT' },
    ],
    [
      'activity.suppressed',
      { meta: { suppression_reason: 'on_hold' } },
      { type: 'email.rejected', reject_reason: 'blocked', reason: 'on_hold' },
    ],
    [
      'activity.suppressed',
      { meta: { suppression_reason: 'spam_complaint' } },
      { type: 'email.rejected', reject_reason: 'spam' },
    ],
    ['activity.suppressed', {}, { type: 'email.rejected', reject_reason: 'other' }],
    [
      'activity.opened',
      { meta: { ip: '192.0.2.7', user_agent: 'UA (via ggpht.com GoogleImageProxy)' } },
      {
        type: 'email.opened',
        client_ip: '192.0.2.7',
        user_agent: 'UA (via ggpht.com GoogleImageProxy)',
      },
    ],
    [
      'activity.clicked_unique',
      { meta: { ip: '192.0.2.7', user_agent: 'UA', url: 'https://example.net/a' } },
      {
        type: 'email.clicked',
        url: 'https://example.net/a',
        client_ip: '192.0.2.7',
        user_agent: 'UA',
      },
    ],
    ['activity.survey_submitted', { meta: { surveys: [] } }, { type: 'email.unknown' }],
  ]
  it.each(ROWS)('%s %j', (type, data, expected) => {
    expect(readItem(mailersend, flat(type, data))).toMatchObject([
      {
        native_type: type,
        provider_event_id: 'a1',
        message_id: 'm1',
        other_message_ids: ['e1', 'e1@mailersend.net'],
        recipient: 'ada@example.com',
        tags: ['one', 'Two 2'],
        occurredAtMs: Date.parse('2026-09-12T18:42:56Z'),
        ...expected,
      },
    ])
  })

  it('have the time of `data` if it has one', () => {
    const data = { created_at: '2026-09-12T18:42:55.123000Z' }
    expect(readItem(mailersend, flat('activity.sent', data))).toMatchObject([
      { occurredAtMs: Date.parse('2026-09-12T18:42:55.123Z') },
    ])
  })

  it('count once with the same activity in version 1, if its time is a whole second', async () => {
    const at = '2026-09-12T18:42:56.000000Z'
    const first = item('activity.opened_unique')
    const old = { ...first, data: { ...first.data, created_at: at } }
    expect(identityOf(mailersend, flat('activity.opened'))).toEqual(identityOf(mailersend, old))
  })

  it.each(['email.delivered', 'email.bounced', 'email.clicked'])(
    'count once with %s of a sender of version 1',
    async (kind) => {
      const ids = await Promise.all(
        [mailersendV1, sender].map(async (version) => {
          const account = await version.open()
          const request = await account.deliver([simulated(kind)], NOW_SECONDS)
          return (await read(mailersend, request)).events.map(({ id }) => id)
        }),
      )
      expect(ids[0]).toHaveLength(1)
      expect(ids[1]).toEqual(ids[0])
    },
  )
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
