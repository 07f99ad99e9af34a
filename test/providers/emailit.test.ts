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
