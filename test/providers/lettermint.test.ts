import { describe, expect, it } from 'vitest'
import { lettermint as sender } from '../../src/simulator/senders/lettermint.ts'
import { lettermint } from '../../src/providers/lettermint.ts'
import { NOW_SECONDS, withHeader } from './simulated-events.ts'
import { judge, sent } from './judge.ts'
import { identityOf, readItem } from './natives.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, lettermint, {
  signsTime: true,
  batches: false,
  signedAnew: true,
  unreadable: [{}, { data: {} }],
})

const item = (event: string, data: Record<string, unknown> = {}) => ({
  id: 'e1',
  event,
  timestamp: '2025-11-24T15:59:00.123456Z',
  data: { message_id: 'm1', recipient: 'ada@example.com', tag: 'order', metadata: { order: 7 }, ...data },
})

describe('Lettermint events', () => {
  it.each([
    ['message.created', { type: 'email.sent' }],
    ['message.sent', { type: 'email.sent' }],
    ['message.delivered', { type: 'email.delivered' }],
    ['message.hard_bounced', { type: 'email.bounced', bounce_type: 'hard' }],
    ['message.soft_bounced', { type: 'email.bounced', bounce_type: 'soft' }],
    ['message.spam_complaint', { type: 'email.spam_reported' }],
    ['message.failed', { type: 'email.failed' }],
    ['message.policy_rejected', { type: 'email.rejected', reject_reason: 'other' }],
    ['message.suppressed', { type: 'email.rejected', reject_reason: 'other' }],
    ['message.unsubscribed', { type: 'email.unsubscribed' }],
    ['message.opened', { type: 'email.opened' }],
    ['message.clicked', { type: 'email.clicked' }],
    ['message.auto_replied', { type: 'email.autoresponded' }],
    ['message.inbound', { type: 'email.inbound' }],
    ['message.invented', { type: 'email.unknown' }],
  ])('%s', (event, expected) => {
    expect(readItem(lettermint, item(event))).toMatchObject([
      {
        ...expected,
        native_type: event,
        provider_event_id: 'e1',
        message_id: 'm1',
        recipient: 'ada@example.com',
        tags: ['order'],
        metadata: { order: 7 },
        occurredAtMs: Date.parse('2025-11-24T15:59:00.123Z'),
      },
    ])
  })

  it.each([
    ['a test', item('webhook.test')],
    // The sender of a sandbox chooses that a recipient bounces.
    ['a bounce in the sandbox', { ...item('message.hard_bounced'), sandbox: true }],
  ])('%s is no event of a message', (_what, native) => {
    expect(readItem(lettermint, native)).toEqual([])
  })

  const BOT = { detected: false, machine: false, counts_for_metrics: true }
  type Row = readonly [event: string, data: Record<string, unknown>, expected: Record<string, unknown>]
  const ROWS: readonly Row[] = [
    [
      'message.opened',
      { opened_at: '2025-11-24T15:58:59+00:00', user_agent: 'UA', bot: BOT },
      { user_agent: 'UA', automated: false, occurredAtMs: Date.parse('2025-11-24T15:58:59Z') },
    ],
    ['message.opened', { bot: { ...BOT, machine: true } }, { automated: true }],
    ['message.clicked', { bot: { ...BOT, detected: true } }, { automated: true }],
    [
      'message.clicked',
      { clicked_at: '2025-11-24T15:58:58Z', destination_url: 'https://example.net/a', user_agent: 'UA' },
      {
        url: 'https://example.net/a',
        user_agent: 'UA',
        occurredAtMs: Date.parse('2025-11-24T15:58:58Z'),
      },
    ],
    [
      'message.unsubscribed',
      { unsubscribed_at: '2025-11-24T15:58:57Z' },
      { type: 'email.unsubscribed', occurredAtMs: Date.parse('2025-11-24T15:58:57Z') },
    ],
    [
      'message.failed',
      { reason: '5.7.10 Encryption needed', reason_code: 'enforced_tls_failed' },
      { type: 'email.failed', reason: '5.7.10 Encryption needed', enhanced_code: '5.7.10' },
    ],
    [
      'message.suppressed',
      { reason: 'Suppressed', reason_code: 'unsubscribe' },
      { reason: 'Suppressed', reject_reason: 'unsubscribed' },
    ],
    [
      'message.policy_rejected',
      { recipient: undefined, reason: 'Spam score threshold exceeded', score: 7.5 },
      { recipient: null, reason: 'Spam score threshold exceeded', reject_reason: 'other' },
    ],
    [
      'message.auto_replied',
      { recipient: undefined, auto_reply: { sender: 'ada@example.com', recipient: 'shop@example.net' } },
      { type: 'email.autoresponded', recipient: 'ada@example.com' },
    ],
    [
      'message.sent',
      {
        tags: [
          { name: '__lettermint_tag', value: 'order' },
          { name: 'campaign', value: 'autumn' },
          { value: 'nameless' },
        ],
      },
      { tags: ['order'], metadata: { order: 7, campaign: 'autumn' } },
    ],
    [
      'message.sent',
      { tag: null, tags: [{ name: '__lettermint_tag', value: 'invoice' }], metadata: [] },
      { tags: ['invoice'], metadata: {} },
    ],
    // An operator may have done it: it suppresses and lifts nothing.
    ...['suppression.added', 'suppression.removed'].flatMap((event): Row[] => [
      [
        event,
        { recipient: undefined, type: 'email', value: 'bo@example.com', reason: 'manual' },
        { type: 'email.unknown', recipient: 'bo@example.com', reason: 'manual' },
      ],
      [
        event,
        { recipient: undefined, type: 'domain', value: 'example.com', reason: 'manual' },
        { type: 'email.unknown', recipient: undefined },
      ],
    ]),
    ...['message.scheduled', 'message.rescheduled', 'message.canceled', 'message.released'].map(
      (event): Row => [event, { scheduled_at: '2026-10-02T12:00:00Z' }, { type: 'email.unknown' }],
    ),
  ]
  it.each(ROWS)('%s %j', (event, data, expected) => {
    const [draft, ...others] = readItem(lettermint, item(event, data)) ?? []
    expect(others).toEqual([])
    for (const [field, value] of Object.entries(expected))
      expect(draft?.[field as keyof typeof draft], field).toEqual(value)
  })

  it("reads the receiving server's answer", () => {
    const response = { status_code: 550, enhanced_status_code: '5.1.1', content: 'User unknown' }
    expect(readItem(lettermint, item('message.hard_bounced', { response }))).toMatchObject([
      { smtp_code: '550', enhanced_code: '5.1.1', reason: 'User unknown' },
    ])
  })

  it('gives an event for each recipient of a new message', () => {
    const people = {
      recipient: undefined,
      to: ['a@example.com', 'b@example.com'],
      cc: ['a@example.com'],
      bcc: [],
    }
    const drafts = readItem(lettermint, item('message.created', people)) ?? []
    expect(drafts.map(({ recipient }) => recipient)).toEqual(['a@example.com', 'b@example.com'])
    expect(new Set(drafts.map(({ identity }) => JSON.stringify(identity))).size).toBe(2)
  })

  it('is identified by the event id', () => {
    expect(identityOf(lettermint, item('message.opened'))).toEqual([
      expect.any(Number),
      'e1',
      'ada@example.com',
    ])
    expect(identityOf(lettermint, { ...item('message.opened'), id: 'e2' })).not.toContain('e1')
  })
})

describe('the signature header of Lettermint', () => {
  const time = String(NOW_SECONDS)
  type Change = readonly [what: string, change: (header: string) => string, ok: boolean]
  const CHANGES: readonly Change[] = [
    ['as it comes', (header) => header, true],
    ['with an unknown version first', (header) => header.replace(',', ',v0=00,'), true],
    ['with a wrong signature beside the right one', (header) => `${header},v1=${'0'.repeat(64)}`, true],
    ['with two times', (header) => `t=${time},${header}`, false],
    ['without a time', (header) => header.replace(`t=${time},`, ''), false],
    ['with another time', (header) => header.replace(time, String(NOW_SECONDS + 1)), false],
    ['with junk after the time', (header) => header.replace(time, `${time}junk`), false],
    [
      'in upper case',
      (header) => header.replace(/v1=(.*)/, (_, hex: string) => `v1=${hex.toUpperCase()}`),
      false,
    ],
    ['with white space', (header) => ` ${header.replace(',', ' , ')} `, true],
    ['with white space in the time', (header) => header.replace('t=', 't= '), false],
    ['with a malformed further part', (header) => `${header},,junk,V2=ä`, true],
    ['of an unknown version only', (header) => header.replace('v1=', 'v2='), false],
  ]

  it.each(CHANGES)('%s', async (_what, change, ok) => {
    const { account, request } = await sent(sender)
    const header = change(request.headers['x-lettermint-signature'] ?? '')
    const changed = withHeader(
      withHeader(request, 'x-lettermint-delivery', null),
      'x-lettermint-signature',
      header,
    )
    expect(await judge(account, changed)).toMatchObject({ ok })
  })

  it.each([
    ['the same', time, true],
    ['absent', null, true],
    ['another', String(NOW_SECONDS + 1), false],
    ['empty', '', false],
  ])('may be accompanied by a time that is %s', async (_what, value, ok) => {
    const { account, request } = await sent(sender)
    const changed = withHeader(request, 'x-lettermint-delivery', value)
    expect(await judge(account, changed)).toMatchObject({ ok })
  })
})
