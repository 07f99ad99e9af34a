import { describe, expect, it } from 'vitest'
import { netcore as sender } from '../../src/simulator/senders/netcore.ts'
import { numberFor } from '../../src/simulator/stable-ids.ts'
import { netcore } from '../../src/providers/netcore.ts'
import { NOW_SECONDS, anySimulatedEvent, deliveryOf } from './simulated-events.ts'
import { identityOf, open, readItem } from './natives.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, netcore, {
  signsTime: false,
  batches: true,
  signedAnew: true,
  // A number that a double would round.
  messageId: (id) => numberFor(id, 17),
})

const item = (EVENT: unknown, changes: object = {}) => ({
  TRANSID: '15536250111702803',
  RESPONSE: '',
  EMAIL: 'ada@example.com',
  TIMESTAMP: 1_553_681_625,
  EVENT,
  'X-APIHEADER': 'UNIQUEID',
  TAGS: 'one, two',
  ...changes,
})

describe('Netcore events', () => {
  it.each([
    ['sent', { type: 'email.delivered' }],
    ['delivered', { type: 'email.delivered' }],
    ['bounced', { type: 'email.bounced', bounce_type: 'hard' }],
    ['dropped', { type: 'email.rejected', reject_reason: 'other' }],
    ['invalid', { type: 'email.rejected', reject_reason: 'invalid' }],
    ['opened', { type: 'email.opened' }],
    ['clicked', { type: 'email.clicked' }],
    ['unsubscribed', { type: 'email.unsubscribed' }],
    ['spam', { type: 'email.spam_reported' }],
    ['abuse', { type: 'email.spam_reported' }],
    ['invented', { type: 'email.unknown' }],
  ])('%s', (event, expected) => {
    expect(readItem(netcore, item(event))).toMatchObject([
      {
        ...expected,
        native_type: event,
        message_id: '15536250111702803',
        recipient: 'ada@example.com',
        occurredAtMs: 1_553_681_625_000,
        tags: ['one', 'two'],
        metadata: { 'X-APIHEADER': 'UNIQUEID' },
      },
    ])
  })

  it.each([
    ['bounced', { BOUNCE_TYPE: 'SOFTBOUNCE' }, { bounce_type: 'soft' }],
    ['bounced', { BOUNCE_TYPE: 'hardbounce' }, { bounce_type: 'hard' }],
    ['bounced', { BOUNCE_TYPE: 'OTHER' }, { bounce_type: 'undetermined' }],
    ['bounced', {}, { bounce_type: 'hard' }],
    ['bounced', { BOUNCE_TYPE: '', BOUNCE_REASON: '452 full' }, { bounce_type: 'soft' }],
    ['bounced', { RESPONSE: 'smtp;421 4.2.1 later' }, { bounce_type: 'soft' }],
    ['bounced', { RESPONSE: 'SMTP; 4.4.7 timeout' }, { bounce_type: 'soft' }],
    ['bounced', { RESPONSE: '550 no', BOUNCE_REASON: '450 earlier' }, { bounce_type: 'hard' }],
    ['bounced', { RESPONSE: 'smtp;550 5.1.1 x' }, { bounce_type: 'hard' }],
    [
      'bounced',
      { BOUNCE_REASON: 'No such user', RESPONSE: 'smtp;550 5.1.1 x' },
      { reason: 'No such user', smtp_code: '550', enhanced_code: '5.1.1' },
    ],
    ['dropped', { RESPONSE: 'User suppressed due to unsubscription' }, { reject_reason: 'unsubscribed' }],
    ['dropped', { RESPONSE: 'User suppressed due to hard bounce' }, { reject_reason: 'bounced' }],
    ['dropped', { RESPONSE: 'User suppressed due to abuse complaint' }, { reject_reason: 'spam' }],
    ['sent', { TAGS: '', 'X-APIHEADER': '' }, { tags: [], metadata: {} }],
    [
      'clicked',
      { URL: 'https://example.net/a', IPADDRESS: '192.0.2.7', USERAGENT: 'M' },
      { url: 'https://example.net/a', client_ip: '192.0.2.7', user_agent: 'M' },
    ],
  ])('%s %j', (event, changes, expected) => {
    expect(readItem(netcore, item(event, changes))).toMatchObject([expected])
  })

  it('identifies an event by its numbers, or without them by its content', () => {
    const first = identityOf(netcore, item('clicked'))
    expect(identityOf(netcore, item('clicked', { MSIZE: 1 }))).toEqual(first)
    for (const change of [
      { TRANSID: '2' },
      { EMAIL: 'bo@example.com' },
      { TIMESTAMP: 1 },
      { URL: 'https://b' },
    ])
      expect(identityOf(netcore, item('clicked', change))).not.toEqual(first)
    const nameless = (MSIZE: number) => identityOf(netcore, item('clicked', { TRANSID: null, MSIZE }))
    expect(nameless(1)).not.toEqual(nameless(2))
  })

  it.each([null, [], 'text', 7, {}, item(null), item({})])('cannot read %j', (nonsense) => {
    expect(readItem(netcore, nonsense)).toBeUndefined()
  })
})

describe("Netcore's validation of a URL", () => {
  it('is answered, with HEAD and with an empty list', async () => {
    const account = await sender.open()
    const delivery = deliveryOf(await account.deliver([anySimulatedEvent(account)], NOW_SECONDS))
    expect(netcore.answerValidation?.({ ...delivery, method: 'HEAD' })).toEqual({ status: 200 })
    expect(netcore.answerValidation?.(delivery)).toBeUndefined()
    expect(open(netcore, '[]')).toEqual({ kind: 'items', items: [] })
  })
})
