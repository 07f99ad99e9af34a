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

  it('a test is no event of a message', () => {
    expect(readItem(lettermint, item('webhook.test'))).toEqual([])
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
    ['with white space', (header) => header.replace(',', ', '), false],
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
