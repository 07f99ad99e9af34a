import { describe, expect, it } from 'vitest'
import { sweego as sender } from '../../src/simulator/senders/sweego.ts'
import { sweego } from '../../src/providers/sweego.ts'
import { withHeader } from './simulated-events.ts'
import { judge, sent } from './judge.ts'
import { readOne } from './reading.ts'
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
  ])('%s', async (event_type, expected) => {
    expect(await readOne(sweego, { ...event, event_type })).toMatchObject({
      ...expected,
      native_type: event_type,
    })
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
