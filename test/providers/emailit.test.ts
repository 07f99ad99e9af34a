import { describe, expect, it } from 'vitest'
import { emailit as sender } from '../../src/simulator/senders/emailit.ts'
import { emailit } from '../../src/providers/emailit.ts'
import { judge, sent } from './judge.ts'
import { identityOf, open, readItem } from './natives.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, emailit, {
  signsTime: true,
  batches: true,
  signedAnew: true,
  unreadable: [{}, { data: {} }],
})

const item = (type: string, object: Record<string, unknown> = {}) => ({
  event_id: 'evt_1',
  type,
  data: { object: { id: 'em_1', object: 'email', to: 'ada@example.com', ...object } },
})

describe('Emailit events', () => {
  it.each([
    ['email.accepted', { type: 'email.sent' }],
    ['email.delivered', { type: 'email.delivered' }],
    ['email.attempted', { type: 'email.deferred' }],
    ['email.bounced', { type: 'email.bounced', bounce_type: 'hard' }],
    ['email.failed', { type: 'email.failed' }],
    ['email.rejected', { type: 'email.rejected', reject_reason: 'other' }],
    ['email.suppressed', { type: 'email.rejected', reject_reason: 'other' }],
    ['email.complained', { type: 'email.spam_reported' }],
    ['email.clicked', { type: 'email.clicked' }],
    ['email.loaded', { type: 'email.opened' }],
    ['email.opened', { type: 'email.opened' }],
    ['email.received', { type: 'email.inbound' }],
    ['email.held', { type: 'email.deferred' }],
    ['email.unsubscribed', { type: 'email.unsubscribed' }],
    ['email.scheduled', { type: 'email.unknown' }],
    ['contact.created', { type: 'email.unknown' }],
  ])('%s', (type, expected) => {
    expect(readItem(emailit, item(type))).toMatchObject([
      {
        ...expected,
        native_type: type,
        provider_event_id: 'evt_1',
        message_id: 'em_1',
        recipient: 'ada@example.com',
        identity: ['evt_1'],
      },
    ])
  })

  it('reads a click as its own object that contains the email', () => {
    const click = {
      id: 'click_1',
      object: 'click',
      email: { id: 'em_1', rcpt_to: 'ada@example.com', meta: { order: '4711' } },
      link: { id: 'link_1', url: 'https://example.net/a' },
      ip_address: '192.0.2.7',
      user_agent: 'UA',
      created_at: '2025-11-24T15:59:00.481927+00:00',
    }
    expect(
      readItem(emailit, { event_id: 'evt_2', type: 'email.clicked', data: { object: click } }),
    ).toMatchObject([
      {
        message_id: 'em_1',
        recipient: 'ada@example.com',
        url: 'https://example.net/a',
        client_ip: '192.0.2.7',
        user_agent: 'UA',
        metadata: { order: '4711' },
        occurredAtMs: Date.parse('2025-11-24T15:59:00.481Z'),
      },
    ])
  })

  it("uses the time of the status change, not of the email's acceptance", () => {
    const times = { created_at: '2025-11-24T15:00:00+00:00', updated_at: '2025-11-24T15:59:00+00:00' }
    expect(readItem(emailit, item('email.delivered', times))).toMatchObject([
      { occurredAtMs: Date.parse('2025-11-24T15:59:00Z') },
    ])
  })

  it.each([
    ['timestamp', { timestamp: '2026-10-01T10:02:11.583000+00:00' }],
    ['created_at', { created_at: '2026-10-01T10:02:11.583000+00:00' }],
  ])('reads `%s` of an accepted email, whose object comes twice', (_name, time) => {
    const object = { id: 'em_1', object: 'email', to: 'ada@example.com', ...time }
    const read = { message_id: 'em_1', occurredAtMs: Date.parse('2026-10-01T10:02:11.583Z') }
    for (const where of [{ object, data: { object } }, { object }, { data: { object } }])
      expect(readItem(emailit, { event_id: 'evt_1', type: 'email.accepted', ...where })).toMatchObject([
        { ...read, recipient: 'ada@example.com' },
      ])
  })

  it.each([
    ['email.delivery.sent', { type: 'email.delivered' }],
    ['email.delivery.hardfail', { type: 'email.bounced', bounce_type: 'hard' }],
    ['email.delivery.bounce', { type: 'email.bounced', bounce_type: 'undetermined' }],
    ['email.delivery.softfail', { type: 'email.deferred' }],
    ['email.delivery.error', { type: 'email.deferred' }],
    ['email.delivery.held', { type: 'email.deferred' }],
    ['email.delivery.delayed', { type: 'email.deferred' }],
    ['email.loaded', { type: 'email.opened' }],
    ['email.link.clicked', { type: 'email.clicked', url: 'https://example.net/a' }],
  ])('reads %s of the first version', (type, expected) => {
    const email = {
      id: 3_131_351_548,
      token: 'a654h0s5',
      message_id: '<a654h0s5@example.net>',
      to: 'ada@example.com',
      timestamp: '1727431822.8817',
      tag: 'order',
    }
    const object = {
      email,
      details: '550 5.1.1 User unknown',
      timestamp: 1_727_431_826.041_502,
      link: { url: 'https://example.net/a' },
      ip_address: '192.0.2.7',
      user_agent: 'UA',
    }
    expect(readItem(emailit, { webhook_request_id: '1', event_id: '2', type, object })).toMatchObject([
      {
        ...expected,
        message_id: '3131351548',
        other_message_ids: ['<a654h0s5@example.net>', 'a654h0s5'],
        recipient: 'ada@example.com',
        occurredAtMs: 1_727_431_826_041,
        reason: '550 5.1.1 User unknown',
        smtp_code: '550',
        client_ip: '192.0.2.7',
        tags: ['order'],
      },
    ])
  })

  it('knows the person of a suppression, which suppresses and lifts nothing', () => {
    const object = { id: 'sup_1', object: 'suppression', email: 'ada@example.com', type: 'unsubscribe' }
    expect(readItem(emailit, { event_id: 'e', type: 'suppression.deleted', object })).toMatchObject([
      { type: 'email.unknown', recipient: 'ada@example.com' },
    ])
  })

  it('reads the single object of the earlier format', () => {
    expect(open(emailit, JSON.stringify(item('email.delivered')))).toEqual({
      kind: 'items',
      items: [item('email.delivered')],
    })
  })

  it('identifies an event without an id by its content', () => {
    const [one, other] = ['em_1', 'em_2'].map((id) =>
      identityOf(emailit, { ...item('email.opened', { id }), event_id: undefined }),
    )
    expect(one).not.toEqual(other)
  })
})

describe('the key', () => {
  it('is the whole secret as text: without its prefix nothing verifies', async () => {
    const { account, request } = await sent(sender)
    const { signing_secret: secret } = account.document['secrets'] as { signing_secret: string }
    const stripped = { ...account.document, secrets: { signing_secret: secret.replace('whsec_', '') } }
    expect(await judge({ ...account, document: stripped }, request)).toMatchObject({ ok: false })
  })
})
