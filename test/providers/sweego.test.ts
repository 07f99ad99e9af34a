import { describe, expect, it } from 'vitest'
import { sweego as sender } from '../../src/simulator/senders/sweego.ts'
import { sweego } from '../../src/providers/sweego.ts'
import { withHeader } from './simulated-events.ts'
import { judge, sent } from './judge.ts'
import { readItem } from './natives.ts'
import { readAll, readOne } from './reading.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, sweego, { signsTime: true, batches: false, signedAnew: true })

describe('the signature of Sweego', () => {
  it.each([
    ['bare', (text: string) => text, true],
    ['with its version', (text: string) => `v1,${text}`, true],
    ['of another version', (text: string) => `v2,${text}`, false],
    ['bare, beside another', (text: string) => `${text} ${text}`, false],
  ])('is a signature written %s', async (_what, change, ok) => {
    const { account, request } = await sent(sender)
    const name = 'webhook-signature'
    const changed = withHeader(request, name, change(request.headers[name] ?? ''))
    expect(await judge(account, changed)).toMatchObject({ ok })
  })
})

describe('Sweego events', () => {
  const event = {
    timestamp: '2026-08-15T16:05:59+00:00',
    event_id: 'e',
    recipient: 'ada@example.com',
    swg_uid: 's',
  }

  it.each([
    ['email_sent', { type: 'email.sent' }],
    ['delivered', { type: 'email.delivered' }],
    ['soft-bounce', { type: 'email.bounced', bounce_type: 'soft' }],
    ['soft_bounce', { type: 'email.bounced', bounce_type: 'soft' }],
    ['hard_bounce', { type: 'email.bounced', bounce_type: 'hard' }],
    ['hard-bounce', { type: 'email.bounced', bounce_type: 'hard' }],
    ['email_opened', { type: 'email.opened' }],
    ['email_clicked', { type: 'email.clicked' }],
    ['complaint', { type: 'email.spam_reported' }],
    ['list_unsub', { type: 'email.unsubscribed' }],
    ['email_inbound', { type: 'email.inbound' }],
  ])('%s', async (event_type, expected) => {
    expect(await readOne(sweego, { ...event, event_type })).toMatchObject({
      ...expected,
      native_type: event_type,
    })
  })

  const CLIENT = { ip_address: '192.0.2.7', user_agent: 'UA' }
  type Row = readonly [changes: Record<string, unknown>, expected: Record<string, unknown>]
  const ROWS: readonly Row[] = [
    [
      {
        event_type: 'email_clicked',
        timestamp: '2024-12-10T17:35:39',
        click: { ...CLIENT, url: 'https://x' },
      },
      {
        occurred_at: '2024-12-10T17:35:39.000Z',
        url: 'https://x',
        user_agent: 'UA',
        client_ip: '192.0.2.7',
      },
    ],
    [
      { event_type: 'email_opened', open: { ...CLIENT, proxy: true } },
      { user_agent: 'UA', client_ip: '192.0.2.7', url: null },
    ],
    [
      { event_type: 'hard_bounce', response_code: 550, details: '550 5.1.1 User unknown' },
      { smtp_code: '550', enhanced_code: '5.1.1', reason: '550 5.1.1 User unknown' },
    ],
    [
      { event_type: 'soft-bounce', response_code: 452, details: null },
      { smtp_code: '452', reason: null },
    ],
    [
      { event_type: 'delivered', headers: { 'X-Metadata-Order': '4711', 'x-mailer': 'Sweego' } },
      { metadata: { Order: '4711' } },
    ],
    [{ event_type: 'delivered', campaign_tags: 'billing' }, { tags: ['billing'] }],
    [
      { event_type: 'delivered', transaction_id: 't' },
      { message_id: 't', other_message_ids: ['s'] },
    ],
    [
      { event_type: 'email_inbound', recipient: undefined, to: [{ email: 'shop@example.net', name: '' }] },
      { recipient: 'shop@example.net' },
    ],
    [
      { event_type: 'email_inbound', recipient: undefined, to: [{ email: 'a@x.net' }, { email: 'b@x.net' }] },
      { recipient: null },
    ],
  ]
  it.each(ROWS)('with %j are read as %j', async (changes, expected) => {
    expect(await readOne(sweego, { ...event, ...changes })).toMatchObject(expected)
  })

  it.each([
    [true, true],
    [false, undefined],
    [undefined, undefined],
  ])('by a proxy (%s) are automated: %s', (proxy, automated) => {
    const opened = { ...event, event_type: 'email_opened', open: { proxy } }
    expect(readItem(sweego, opened)?.[0]?.automated).toBe(automated)
  })

  it('of text messages are dropped, and of lists each is read', async () => {
    const delivered = { ...event, event_type: 'delivered' }
    const sms = { ...delivered, channel: 'sms', recipient: '+33612345678' }
    expect(await readAll(sweego, [delivered, sms, { ...delivered, event_id: 'f' }])).toHaveLength(2)
  })

  it('are of the transaction, or else of the message', async () => {
    const delivered = { ...event, event_type: 'delivered' }
    expect(await readOne(sweego, delivered)).toMatchObject({ message_id: 's' })
    expect(await readOne(sweego, { ...delivered, headers: { 'x-transaction-id': 't' } })).toMatchObject({
      message_id: 't',
      occurred_at: '2026-08-15T16:05:59.000Z',
    })
  })
})
