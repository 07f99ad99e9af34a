import { createHash, createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { bird as sender } from '../../src/simulator/senders/bird.ts'
import { type OutgoingRequest, signed, sender as makeSender } from '../../src/simulator/sender.ts'
import { bird } from '../../src/providers/bird.ts'
import { judge, sent } from './judge.ts'
import { identityOf, readItem } from './natives.ts'
import { readAll } from './reading.ts'
import { NOW_SECONDS } from './simulated-events.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, bird, {
  signsTime: true,
  batches: false,
  signedAnew: true,
  lists: ['webhook-signature'],
  unreadable: [{}, { data: {} }, { payload: {} }],
})

const item = (type: string, data: object = {}) => ({
  type,
  timestamp: '2026-06-01T17:00:12Z',
  data: {
    email_id: 'em_1',
    recipient_id: 'er_1',
    recipient: 'ada@example.com',
    recipient_role: 'to',
    tags: [{ name: 'welcome' }, { name: 'plan', value: 'pro' }, 'bare', {}],
    metadata: { order: '17' },
    broadcast_id: 'eb_1',
    ...data,
  },
})

describe('Bird events', () => {
  it.each([
    ['email.accepted', {}, { type: 'email.sent' }],
    ['email.processed', {}, { type: 'email.sent' }],
    ['email.delivered', {}, { type: 'email.delivered' }],
    [
      'email.deferred',
      { defer_reason: '451 4.7.1 later' },
      { type: 'email.deferred', smtp_code: '451', enhanced_code: '4.7.1' },
    ],
    [
      'email.bounced',
      { bounce_type: 'hard', bounce_code: '550', bounce_description: '5.1.1 no such user' },
      { type: 'email.bounced', bounce_type: 'hard', smtp_code: '550', enhanced_code: '5.1.1' },
    ],
    ['email.out_of_band_bounce', { bounce_type: 'hard' }, { type: 'email.bounced', bounce_type: 'hard' }],
    ['email.bounced', { bounce_type: 'soft' }, { bounce_type: 'soft' }],
    ['email.bounced', { bounce_type: 'block' }, { bounce_type: 'blocked' }],
    ['email.bounced', { bounce_type: 'admin' }, { bounce_type: 'blocked' }],
    ['email.bounced', { bounce_type: 'undetermined' }, { bounce_type: 'undetermined' }],
    ['email.bounced', {}, { bounce_type: 'undetermined' }],
    [
      'email.rejected',
      { rejection_reason: 'recipient_suppressed' },
      { type: 'email.rejected', reject_reason: 'bounced', reason: 'recipient_suppressed' },
    ],
    ['email.rejected', { rejection_reason: 'another' }, { reject_reason: 'other' }],
    ['email.rejected', { rejection_reason: 'policy_rejection' }, { reject_reason: 'blocked' }],
    [
      'email.opened',
      { ip_address: '192.0.2.7', user_agent: 'UA' },
      { client_ip: '192.0.2.7', user_agent: 'UA' },
    ],
    [
      'email.clicked',
      { url: 'https://example.net/a' },
      { type: 'email.clicked', url: 'https://example.net/a' },
    ],
    ['email.unsubscribed', {}, { type: 'email.unsubscribed' }],
    ['email.list_unsubscribed', {}, { type: 'email.unsubscribed' }],
    ['email.complained', { feedback_type: 'abuse' }, { type: 'email.spam_reported' }],
    ['email.canceled', {}, { type: 'email.unknown' }],
    ['email.constructor', {}, { type: 'email.unknown' }],
  ])('%s %o', (type, data, expected) => {
    expect(readItem(bird, item(type, data))).toMatchObject([
      {
        native_type: type,
        message_id: 'em_1',
        recipient: 'ada@example.com',
        occurredAtMs: Date.parse('2026-06-01T17:00:12Z'),
        tags: ['welcome', 'plan:pro', 'bare'],
        campaign_id: 'eb_1',
        metadata: { order: '17' },
        ...expected,
      },
    ])
  })

  it('of inbound mail have the recipient if there is one, and both ids', async () => {
    const inbound = (to: string[]) => ({
      type: 'email.received',
      timestamp: '2026-06-01T17:00:12Z',
      data: { inbound_message_id: 'in_1', message_id: '<a@example.com>', from: 'ada@example.com', to },
    })
    const expected = { type: 'email.inbound', message_id: 'in_1', other_message_ids: ['a@example.com'] }
    expect(
      await readAll(bird, [inbound(['in@example.net']), inbound(['in@example.net', 'bo@example.com'])]),
    ).toMatchObject([
      { ...expected, recipient: 'in@example.net' },
      { ...expected, recipient: null },
    ])
  })

  it('of the suppression list are kept, and suppress nobody here', () => {
    const data = { email: 'ada@example.com', reason: 'manual', suppression_id: 'sp_1' }
    expect(readItem(bird, { type: 'email_suppression.created', data })).toMatchObject([
      { type: 'email.unknown', recipient: 'ada@example.com', reason: 'manual' },
    ])
  })

  it.each([
    ['preference.revoked', {}, { type: 'email.unsubscribed', scope: undefined }],
    ['preference.revoked', { sender_scope: 'news@example.net' }, { scope: 'sender:news@example.net' }],
    ['preference.revoked', { sender_scope: 'a@example.net', topic_id: 'top_1' }, { scope: 'topic:top_1' }],
    ['preference.granted', {}, { type: 'email.subscribed', scope: undefined }],
  ])('of a preference hold as far as it does: %s %o', (type, more, expected) => {
    const data = { channel: 'email', handle: 'ada@example.com', sender_scope: null, topic_id: null, ...more }
    expect(readItem(bird, { type, timestamp: '2026-06-01T17:00:12Z', data })).toMatchObject([
      { recipient: 'ada@example.com', ...expected },
    ])
  })

  it.each([
    item('sms.delivered', { to: '+4917612345678' }),
    item('whatsapp.received', { text: 'Your code is 1234' }),
    item('voice_call.ended'),
    item('verify.verification.created'),
    item('domain.failed'),
    item('preference.deleted'),
    { type: 'preference.revoked', data: { channel: 'sms', handle: '+4917612345678' } },
    // The same message has an event without its text.
    item('email_mailbox.message_received', { extracted_text: 'Dear Grace' }),
    { service: 'channels', event: 'sms.inbound', payload: { body: { text: 'Your code is 1234' } } },
  ])('of another channel are dropped: $type', (native) => {
    expect(readItem(bird, native)).toEqual([])
  })

  it('are identified by the verified id, or without one by all that they hold', () => {
    const headers = { 'webhook-id': 'whd_1' }
    expect(identityOf(bird, item('email.opened'), { headers })).toEqual([expect.any(Number), 'whd_1'])
    expect(identityOf(bird, item('email.opened'))).not.toEqual(identityOf(bird, item('email.clicked')))
  })
})

/** The URL of the subscription. */
const URL = 'https://postern.example/hooks/suite'

/** The older Notifications API: an HMAC over time, URL and the body's digest. No page names its email events, so one is invented. */
const notifications = makeSender('bird', ['email.unknown'], (given) => {
  const key = given['signing_key'] ?? crypto.randomUUID()
  return {
    secrets: { signing_key: key },
    settings: { publicUrl: URL },
    async deliver([first], nowSeconds): Promise<OutgoingRequest> {
      const body = Buffer.from(
        JSON.stringify({ type: first?.kind, payload: { id: first?.messageId, to: first?.recipient } }),
      )
      const signature = createHmac('sha256', key)
        .update(`${nowSeconds}\n${URL}\n`)
        .update(createHash('sha256').update(body).digest())
        .digest('base64')
      return signed({
        body,
        proof: { 'messagebird-signature': signature, 'messagebird-request-timestamp': String(nowSeconds) },
      })
    },
  }
})

describe('the Notifications API', () => {
  describeProvider(notifications, bird, {
    signsTime: true,
    batches: false,
    signedAnew: true,
    payloadUnknown: true,
  })

  it.each(['type', 'event'])('has its email events stored whole, by their %s', (name) => {
    const native = { [name]: 'email.something', payload: { to: 'ada@example.com' } }
    expect(readItem(bird, native)).toMatchObject([
      { type: 'email.unknown', native_type: 'email.something', metadata: native },
    ])
  })

  it('sends a retry with its old time, for hours', async () => {
    const { account, request } = await sent(notifications)
    expect(await judge(account, request, NOW_SECONDS + 8 * 3_600)).toMatchObject({ ok: true })
    expect(bird.replayWindowSeconds).toBeGreaterThan(24 * 3_600)
  })

  it.each([
    [URL, true],
    [`${URL}/`, false],
    ['https://postern.example/hooks/other', false],
    ['http://postern.example/hooks/suite', false],
    [`${URL}?a=1`, false],
  ])('signs the URL: %s', async (publicUrl, ok) => {
    const { account, request } = await sent(notifications)
    const document = { ...account.document, publicUrl }
    expect(await judge({ ...account, document }, request)).toMatchObject({ ok })
  })
})
