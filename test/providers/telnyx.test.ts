import { describe, expect, it } from 'vitest'
import { telnyx as sender } from '../../src/simulator/senders/telnyx.ts'
import { telnyx } from '../../src/providers/telnyx.ts'
import { judge, sent } from './judge.ts'
import { identityOf, readItem } from './natives.ts'
import { withHeader } from './simulated-events.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, telnyx, {
  signsTime: true,
  batches: false,
  signedAnew: true,
  unreadable: [{}, { data: {} }, { event_type: 'email.sent' }],
})

const TO = { to: { email: 'ada@example.com', name: 'Ada', kind: 'to' } }
const item = (event_type: string, payload: object = TO, attempt = 1) => ({
  data: {
    event_type,
    id: 'f3a2c1d0-1234-4abc-9def-67890abcdef0',
    occurred_at: '2026-07-06T18:24:00.000Z',
    payload: { id: 'b0c7e8cb-6227-4c74-9f32-c7f80c30934b', subject: 'Welcome', ...payload },
    record_type: 'event',
  },
  meta: { attempt },
})
const failed = (code: string, change: object = {}) =>
  item('email.bounced', { ...TO, error_evidence: { code, source: 'smtp', ...change } })

describe('Telnyx events', () => {
  it.each([
    ['email.scheduled', 'email.unknown'],
    ['email.queued', 'email.unknown'],
    ['email.sandbox', 'email.unknown'],
    ['email.sent', 'email.sent'],
    ['email.delivered', 'email.delivered'],
    ['email.deferred', 'email.deferred'],
    ['email.failed', 'email.failed'],
    ['email.opened', 'email.opened'],
    ['email.clicked', 'email.clicked'],
    ['email.complained', 'email.spam_reported'],
    ['email.unsubscribed', 'email.unsubscribed'],
    ['email.received', 'email.inbound'],
  ])('%s', (event, type) => {
    expect(readItem(telnyx, item(event))).toMatchObject([
      {
        type,
        native_type: event,
        occurredAtMs: Date.parse('2026-07-06T18:24:00Z'),
        provider_event_id: 'f3a2c1d0-1234-4abc-9def-67890abcdef0',
        message_id: 'b0c7e8cb-6227-4c74-9f32-c7f80c30934b',
        recipient: 'ada@example.com',
        bounce_type: undefined,
      },
    ])
  })

  it.each([
    ['a permanent answer', failed('30001', { enhanced_code: '5.1.1' }), 'hard'],
    ['a permanent answer without an enhanced code', failed('30001'), 'hard'],
    ['a permanent answer about policy', failed('30001', { enhanced_code: '5.7.26' }), 'blocked'],
    ['a temporary answer', failed('30002', { enhanced_code: '4.7.0' }), 'soft'],
    ['the end of the queue', failed('30005', { smtp_status: null }), 'soft'],
    ['an administrative bounce', failed('30003'), 'undetermined'],
    ['an administrative bounce without an answer', failed('30099'), 'undetermined'],
    ['no error', item('email.bounced'), 'undetermined'],
  ])('of a bounce by %s', (_what, bounce, bounce_type) => {
    expect(readItem(telnyx, bounce)).toMatchObject([{ type: 'email.bounced', bounce_type }])
  })

  it('have what the receiving server answered', () => {
    const message = '550 5.1.1 User unknown'
    expect(readItem(telnyx, failed('30001', { message, enhanced_code: '5.1.1', smtp_status: 550 }))).toMatchObject([
      { reason: message, smtp_code: '550', enhanced_code: '5.1.1' },
    ])
  }) // prettier-ignore

  it.each([
    ['a copy', { cc: { email: 'bo@example.com', kind: 'cc' } }, 'bo@example.com'],
    [
      'a blind copy',
      { bcc: { email: 'redacted+sha256:0123456789abcdef@bcc.invalid', name: null } },
      undefined,
    ],
    ['several people, as an inbound message has', { to: [{ email: 'ada@example.com' }] }, undefined],
  ])('of %s', (_what, payload, recipient) => {
    expect(readItem(telnyx, item('email.delivered', payload))).toMatchObject([{ recipient }])
  })

  it.each(['email_domain.verified', 'email_domain.suspended', 'message.finalized', 'call.hangup'])(
    'of something else than mail are dropped: %s',
    (event) => expect(readItem(telnyx, item(event))).toEqual([]),
  )

  it('are the same event at the second attempt', () => {
    expect(identityOf(telnyx, item('email.sent', TO, 2))).toEqual(
      identityOf(telnyx, item('email.sent', TO, 1)),
    )
  })
})

describe('the proof of Telnyx', () => {
  it.each([
    ['another time', 'telnyx-timestamp', '1800000001', 'signature_mismatch'],
    ['a time with milliseconds', 'telnyx-timestamp', '1800000000.000', 'proof_malformed'],
    ['a signature in base64url', 'telnyx-signature-ed25519', '_-'.repeat(43), 'proof_malformed'],
  ])('does not hold with %s', async (_what, name, value, code) => {
    const { account, request } = await sent(sender)
    expect(await judge(account, withHeader(request, name, value))).toMatchObject({ refusal: { code } })
  })
})
