import { describe, expect, it } from 'vitest'
import { ahasend as sender } from '../../src/simulator/senders/ahasend.ts'
import { ahasend } from '../../src/providers/ahasend.ts'
import { identityOf, readItem } from './natives.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, ahasend, {
  signsTime: true,
  batches: false,
  signedAnew: true,
  lists: ['webhook-signature'],
  unreadable: [{}, { data: {} }],
})

const item = (type: string, data: Record<string, unknown> = {}) => ({
  type,
  webhook_id: 'endpoint-1',
  timestamp: '2025-11-24T15:59:00.404433272Z',
  data: { id: 'm1', recipient: 'ada@example.com', ...data },
})

const id = (headers: Record<string, string>) => identityOf(ahasend, item('message.opened'), { headers })

describe('AhaSend events', () => {
  it.each([
    ['message.reception', { type: 'email.sent' }],
    ['message.delivered', { type: 'email.delivered' }],
    ['message.transient_error', { type: 'email.deferred' }],
    ['message.bounced', { type: 'email.bounced', bounce_type: 'hard' }],
    // Retries were used up: no reason to suppress anybody.
    ['message.failed', { type: 'email.failed' }],
    ['message.suppressed', { type: 'email.rejected', reject_reason: 'other' }],
    ['message.opened', { type: 'email.opened' }],
    ['message.clicked', { type: 'email.clicked' }],
    ['message.invented', { type: 'email.unknown' }],
  ])('%s', (type, expected) => {
    expect(readItem(ahasend, item(type))).toMatchObject([
      { ...expected, native_type: type, message_id: 'm1' },
    ])
  })

  it.each<[string | undefined, string]>([
    [undefined, 'hard'],
    ['InvalidRecipient', 'hard'],
    ['BadDomain', 'hard'],
    ['InactiveMailbox', 'hard'],
    ['QuotaIssues', 'soft'],
    ['NoAnswerFromHost', 'soft'],
    ['MessageExpired', 'soft'],
    ['PolicyRelated', 'blocked'],
    ['AuthenticationFailed', 'blocked'],
    ['Uncategorized', 'undetermined'],
    ['SomeFutureBucket', 'undetermined'],
  ])('a bounce of the class %s is %s', (classification, bounce_type) => {
    const attempt = {
      classification,
      smtp_code: 550,
      enhanced_status_code: '5.1.1',
      response: 'No such user',
    }
    expect(readItem(ahasend, item('message.bounced', { delivery_attempt: attempt }))).toMatchObject([
      {
        type: 'email.bounced',
        bounce_type,
        smtp_code: '550',
        enhanced_code: '5.1.1',
        reason: 'No such user',
      },
    ])
  })

  it.each([
    ['no attempt', undefined, undefined],
    ['an attempt that is null', null, undefined],
    ['an attempt without a code', { smtp_code: 0, response: 'connection reset' }, undefined],
    ['an attempt', { smtp_code: 421, description: 'busy' }, '421'],
  ])('reads the code of %s', (_what, delivery_attempt, smtp_code) => {
    expect(readItem(ahasend, item('message.transient_error', { delivery_attempt }))).toMatchObject([
      { type: 'email.deferred', smtp_code },
    ])
  })

  it.each([
    ['message.opened', true, true],
    ['message.clicked', false, false],
    ['message.opened', undefined, undefined],
    ['message.opened', '', undefined],
    // Always false there, and it says nothing.
    ['message.delivered', false, undefined],
  ])('tells whether a machine did it: %s %s', (type, is_bot, automated) => {
    expect(readItem(ahasend, item(type, { is_bot }))?.[0]?.automated).toBe(automated)
  })

  it.each(['suppression.created', 'domain.dns_error', 'message.routing', 'route.message'])(
    '%s is no event of a message',
    (type) => {
      expect(readItem(ahasend, item(type))).toEqual([])
    },
  )

  it('cuts nanoseconds and keeps the fields of a click', () => {
    const click = { url: 'https://example.net/a', user_agent: 'UA', ip: '192.0.2.7', is_bot: true }
    expect(readItem(ahasend, item('message.clicked', click))).toMatchObject([
      {
        occurredAtMs: Date.parse('2025-11-24T15:59:00.404Z'),
        url: 'https://example.net/a',
        user_agent: 'UA',
        client_ip: '192.0.2.7',
        metadata: { is_bot: true },
      },
    ])
  })

  it('is identified by the verified message id, never by the id of the endpoint', () => {
    expect(id({ 'webhook-id': 'msg_1' })).toEqual([expect.any(Number), 'msg_1'])
    expect(id({ 'webhook-id': 'msg_2' })).toEqual([expect.any(Number), 'msg_2'])
  })
})
