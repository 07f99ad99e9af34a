import { describe, expect, it } from 'vitest'
import { braze as sender } from '../../src/simulator/senders/braze.ts'
import { braze } from '../../src/providers/braze.ts'
import { identityOf, readItem } from './natives.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, braze, { signsTime: false, batches: false, signedAnew: true })

const item = (status: unknown, metadata: object = {}) => ({
  dispatch_id: 'acf47111',
  status,
  metadata: {
    [`${String(status)}_at`]: '2020-08-31T18:58:42.000+00:00',
    campaign_api_id: '417220e4',
    external_send_id: '34a2ceb3',
    ...metadata,
  },
})

describe('Braze events', () => {
  it.each([
    ['sent', { type: 'email.sent' }],
    ['processed', { type: 'email.sent' }],
    ['delivered', { type: 'email.delivered' }],
    ['bounced', { type: 'email.bounced', bounce_type: 'undetermined' }],
    ['aborted', { type: 'email.rejected', reject_reason: 'other' }],
    ['invented', { type: 'email.unknown' }],
    ['__proto__', { type: 'email.unknown' }],
  ])('%s', (status, expected) => {
    expect(readItem(braze, item(status))).toMatchObject([
      {
        ...expected,
        native_type: status,
        message_id: 'acf47111',
        campaign_id: '417220e4',
        metadata: { external_send_id: '34a2ceb3' },
        occurredAtMs: Date.parse('2020-08-31T18:58:42Z'),
      },
    ])
  })

  it('gives the reason and its codes', () => {
    expect(readItem(braze, item('bounced', { reason: '550 5.1.1 No such account' }))).toMatchObject([
      { reason: '550 5.1.1 No such account', smtp_code: '550', enhanced_code: '5.1.1' },
    ])
  })

  it('identifies an event by status and message, independent of other fields', () => {
    const first = identityOf(braze, item('delivered'))
    expect(identityOf(braze, item('delivered', { reason: 'told later' }))).toEqual(first)
    expect(identityOf(braze, item('processed'))).not.toEqual(first)
    expect(identityOf(braze, { ...item('delivered'), dispatch_id: 'other' })).not.toEqual(first)
    expect(identityOf(braze, { status: 'sent' })).not.toEqual(identityOf(braze, { status: 'sent', a: 1 }))
  })

  it.each([null, [], 'text', 7, {}, item(null), item({})])('cannot read %j', (nonsense) => {
    expect(readItem(braze, nonsense)).toBeUndefined()
  })

  it.each([null, 'text', []])('reads a postback whose metadata are %j', (metadata) => {
    expect(readItem(braze, { ...item('delivered'), metadata })).toMatchObject([
      { type: 'email.delivered', message_id: 'acf47111', occurredAtMs: undefined, metadata: {} },
    ])
  })
})
