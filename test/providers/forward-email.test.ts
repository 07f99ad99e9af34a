import { describe, expect, it } from 'vitest'
import { forwardEmail as sender } from '../../src/simulator/senders/forward-email.ts'
import { forwardEmail } from '../../src/providers/forward-email.ts'
import { identityOf, readItem } from './natives.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, forwardEmail, {
  signsTime: false,
  batches: false,
  oneKind: true,
  unreadable: [{}, { recipient: 'ada@example.com' }, { bounce: {} }],
})

const item = (category: string | undefined, more: Record<string, unknown> = {}) => ({
  email_id: 'm1',
  recipient: 'ada@example.com',
  response: '550 5.1.1 User unknown',
  response_code: 550,
  bounce: { action: 'reject', message: 'User unknown', category, code: 550, status: '5.1.1', line: 1 },
  bounced_at: '2025-11-24T15:59:00.000Z',
  ...more,
})

describe('Forward Email events', () => {
  it.each([
    ['recipient', 'hard'],
    ['block', 'blocked'],
    ['spam', 'blocked'],
    ['virus', 'blocked'],
    ['network', 'soft'],
    ['invented', 'soft'],
  ])('a bounce for %s', (category, bounceType) => {
    expect(readItem(forwardEmail, item(category))).toMatchObject([
      {
        type: 'email.bounced',
        native_type: `bounce/${category}`,
        bounce_type: bounceType,
        message_id: 'm1',
        recipient: 'ada@example.com',
        reason: 'User unknown',
        smtp_code: '550',
        enhanced_code: '5.1.1',
        occurredAtMs: Date.parse('2025-11-24T15:59:00Z'),
      },
    ])
  })

  it.each([421, '452'])('is no hard bounce with the temporary code %s', (response_code) => {
    expect(readItem(forwardEmail, item('recipient', { response_code }))).toMatchObject([
      { bounce_type: 'soft', smtp_code: String(response_code) },
    ])
  })

  it('a bounce without a category', () => {
    expect(readItem(forwardEmail, item(undefined))).toMatchObject([
      { native_type: 'bounce', bounce_type: 'soft' },
    ])
  })

  it.each([
    ['the message', { email_id: 'm2' }],
    ['the recipient', { recipient: 'bo@example.com' }],
    ['the time', { bounced_at: '2025-11-24T16:59:00.000Z' }],
  ])('is another event if %s differs', (_what, change) => {
    const first = identityOf(forwardEmail, item('recipient'))
    expect(identityOf(forwardEmail, item('recipient', change))).not.toEqual(first)
  })

  it('is the same event if other fields change', () => {
    const first = identityOf(forwardEmail, item('recipient'))
    expect(identityOf(forwardEmail, item('recipient', { response: 'other' }))).toEqual(first)
  })
})
