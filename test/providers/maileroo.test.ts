import { describe, expect, it } from 'vitest'
import { maileroo as sender } from '../../src/simulator/senders/maileroo.ts'
import { maileroo } from '../../src/providers/maileroo.ts'
import { withHeader } from './simulated-events.ts'
import { judge, sent } from './judge.ts'
import { identityOf, open, readItem } from './natives.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, maileroo, {
  signsTime: false,
  batches: false,
  signedAnew: true,
  unreadable: [{}, { event_type: null }, { event_type: {} }],
})

const item = (type: string, data: unknown = { to: 'ada@example.com' }, changes: object = {}) => ({
  domain_id: 774,
  event_data: data,
  event_id: 'cb91d714',
  event_time: 1_710_545_577,
  event_type: type,
  inserted_at: '2024-03-15T23:32:58.401Z',
  message_id: '<m1@shop.example.net>',
  message_reference_id: '0ed7094b',
  tags: null,
  user_id: 323,
  ...changes,
})

describe('Maileroo events', () => {
  it.each([
    ['accepted', { type: 'email.sent' }],
    ['delivered', { type: 'email.delivered' }],
    ['deferred', { type: 'email.deferred', bounce_type: undefined }],
    ['failed', { type: 'email.bounced', bounce_type: 'hard' }],
    ['rejected', { type: 'email.rejected', reject_reason: 'other' }],
    ['opened', { type: 'email.opened' }],
    ['clicked', { type: 'email.clicked' }],
    ['complained', { type: 'email.spam_reported' }],
    ['invented', { type: 'email.unknown' }],
  ])('%s', (type, expected) => {
    expect(readItem(maileroo, item(type))).toMatchObject([
      {
        ...expected,
        native_type: type,
        provider_event_id: 'cb91d714',
        message_id: '0ed7094b',
        recipient: 'ada@example.com',
        // When it happened, not when Maileroo wrote it down.
        occurredAtMs: 1_710_545_577_000,
      },
    ])
  })

  it.each([
    [
      { ip: '192.0.2.7', user_agent: 'M', original_url: 'https://example.net/a' },
      { client_ip: '192.0.2.7', user_agent: 'M', url: 'https://example.net/a', recipient: undefined },
    ],
    [
      { to: 'Ada <ada@example.com>', reason: '550 5.1.1 no such user' },
      { recipient: 'ada@example.com', smtp_code: '550', enhanced_code: '5.1.1' },
    ],
    [{ to: ['ada@example.com'], reject_reason: 'Too large' }, { reason: 'Too large' }],
    ['nonsense', { recipient: undefined }],
    [null, { recipient: undefined }],
  ])('data %j', (data, expected) => {
    expect(readItem(maileroo, item('clicked', data))).toMatchObject([expected])
  })

  it('gives one rejection for each recipient of the message', () => {
    const to = ['ada@example.com', 'bo@example.com', 'ada@example.com']
    const drafts = readItem(maileroo, item('rejected', { to, reject_reason: 'Malformed' }))
    expect(drafts?.map(({ recipient }) => recipient)).toEqual(['ada@example.com', 'bo@example.com'])
    expect(drafts?.[0]?.identity).not.toEqual(drafts?.[1]?.identity)
  })

  it.each(['failed', 'complained', 'delivered'])('of several people is about nobody: %s', (type) => {
    const to = ['ada@example.com', 'bo@example.com']
    const drafts = readItem(maileroo, item(type, { to }))
    expect(drafts?.map(({ recipient }) => recipient)).toEqual([null])
  })

  it('is no hard bounce with a temporary code', () => {
    const data = { to: 'ada@example.com', reason: '421 4.4.2 Connection timed out' }
    expect(readItem(maileroo, item('failed', data))).toMatchObject([{ bounce_type: 'soft' }])
  })

  it('keeps tags as the sender gave them', () => {
    expect(readItem(maileroo, item('opened', {}, { tags: { order: '17' } }))).toMatchObject([
      { tags: [], metadata: { order: '17' } },
    ])
    expect(readItem(maileroo, item('opened', {}, { tags: ['one', 2, null] }))).toMatchObject([
      { tags: ['one', '2'], metadata: {} },
    ])
  })

  it("falls back to the message's header, to the time of writing and to the content", () => {
    const bare = { message_reference_id: null, event_time: 'soon', event_id: '' }
    expect(readItem(maileroo, item('opened', {}, bare))).toMatchObject([
      { message_id: 'm1@shop.example.net', occurredAtMs: Date.parse('2024-03-15T23:32:58.401Z') },
    ])
    expect(identityOf(maileroo, item('opened', {}, bare))).not.toEqual(
      identityOf(maileroo, item('clicked', {}, bare)),
    )
  })

  it('opens one event and a list of them', () => {
    expect(open(maileroo, '{"event_type":"opened"}')).toMatchObject({ items: [{ event_type: 'opened' }] })
    expect(open(maileroo, '{"events":[{},null]}')).toEqual({ kind: 'items', items: [{}, null] })
    expect(open(maileroo, '[{},null]')).toEqual({ kind: 'items', items: [{}, null] })
    expect(open(maileroo, '7')).toEqual({ kind: 'unreadable' })
  })
})

describe('the signature', () => {
  it.each([
    ['in upper case', (hex: string) => hex.toUpperCase()],
    ['with a prefix', (hex: string) => `sha256=${hex}`],
    ['in base64', (hex: string) => Buffer.from(hex, 'hex').toString('base64')],
  ])('is refused %s', async (_what, change) => {
    const { account, request } = await sent(sender)
    const signature = request.headers['x-maileroo-signature'] ?? ''
    const changed = withHeader(request, 'x-maileroo-signature', change(signature))
    expect(await judge(account, changed)).toMatchObject({ ok: false })
  })
})
