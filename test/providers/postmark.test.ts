import { describe, expect, it } from 'vitest'
import { postmark as sender } from '../../src/simulator/senders/postmark.ts'
import { postmark } from '../../src/providers/postmark.ts'
import { withCustomHeader } from './custom-header.ts'
import { readItem } from './natives.ts'
import { readAll, readOne } from './reading.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, postmark, { signsTime: false, batches: false, signedAnew: true })

describe('with a custom header', () => {
  describeProvider(withCustomHeader(sender), postmark, { signsTime: false, batches: false, signedAnew: true })
})

const MessageStream = 'outbound'
const bounce = (Type: string) => ({
  RecordType: 'Bounce',
  Type,
  Email: 'ada@example.com',
  ID: 42,
  MessageStream,
})
const change = (SuppressSending: unknown, SuppressionReason?: unknown) => ({
  RecordType: 'SubscriptionChange',
  Recipient: 'ada@example.com',
  SuppressSending,
  SuppressionReason,
  MessageStream,
})

describe("Postmark's records", () => {
  it.each([
    [
      bounce('HardBounce'),
      {
        type: 'email.bounced',
        bounce_type: 'hard',
        native_type: 'Bounce/HardBounce',
        provider_event_id: '42',
      },
    ],
    [bounce('SoftBounce'), { type: 'email.bounced', bounce_type: 'soft' }],
    [bounce('Transient'), { type: 'email.deferred', bounce_type: 'soft' }],
    [bounce('DnsError'), { type: 'email.deferred' }],
    [bounce('OpenRelayTest'), { type: 'email.deferred' }],
    [bounce('Blocked'), { type: 'email.bounced', bounce_type: 'blocked' }],
    [bounce('DMARCPolicy'), { type: 'email.bounced', bounce_type: 'blocked' }],
    [bounce('VirusNotification'), { type: 'email.bounced', bounce_type: 'blocked' }],
    [bounce('SpamNotification'), { type: 'email.bounced', bounce_type: 'blocked' }],
    [bounce('BadEmailAddress'), { type: 'email.rejected', reject_reason: 'invalid' }],
    [bounce('ManuallyDeactivated'), { type: 'email.rejected', reject_reason: 'other' }],
    [bounce('Unconfirmed'), { type: 'email.rejected' }],
    [bounce('SMTPApiError'), { type: 'email.failed' }],
    [bounce('InboundError'), { type: 'email.failed' }],
    [bounce('TemplateRenderingFailed'), { type: 'email.failed' }],
    [bounce('AutoResponder'), { type: 'email.autoresponded' }],
    [bounce('AddressChange'), { type: 'email.autoresponded' }],
    [bounce('ChallengeVerification'), { type: 'email.autoresponded' }],
    [bounce('Unsubscribe'), { type: 'email.unsubscribed' }],
    [bounce('Subscribe'), { type: 'email.subscribed' }],
    [
      bounce('ANewOne'),
      { type: 'email.bounced', bounce_type: 'undetermined', native_type: 'Bounce/ANewOne' },
    ],
    [
      change(true, 'ManualSuppression'),
      { type: 'email.unsubscribed', native_type: 'SubscriptionChange/ManualSuppression' },
    ],
    [change(true, 'HardBounce'), { type: 'email.bounced', bounce_type: 'hard' }],
    [change(true, 'SpamComplaint'), { type: 'email.spam_reported' }],
    [change(true, null), { type: 'email.unsubscribed', native_type: 'SubscriptionChange/None' }],
    [change(false, null), { type: 'email.subscribed' }],
    // Of no stream, it would lift what stops all mail.
    [
      { ...change(false, null), MessageStream: undefined },
      { type: 'email.unknown', scope: null },
    ],
    [change('false', null), { type: 'email.unknown' }],
    [change(undefined), { type: 'email.unknown' }],
    [
      { RecordType: 'Inbound', MessageID: 'm', OriginalRecipient: 'in@example.net', To: 'other@example.net' },
      { type: 'email.inbound', recipient: 'in@example.net' },
    ],
    [
      { RecordType: 'Open', Geo: { IP: '192.0.2.1' }, UserAgent: 'UA', Tag: 'welcome' },
      { client_ip: '192.0.2.1', user_agent: 'UA', tags: ['welcome'] },
    ],
    [
      { RecordType: 'Open', Tag: '', Metadata: null },
      { tags: [], metadata: {} },
    ],
    [
      { RecordType: 'Delivery', Details: 'smtp;250 2.0.0 OK', DeliveredAt: '2019-11-05T16:33:54.9070259Z' },
      { smtp_code: '250', enhanced_code: '2.0.0', occurred_at: '2019-11-05T16:33:54.907Z' },
    ],
  ])('%o', async (record, expected) => {
    expect(await readOne(postmark, record)).toMatchObject(expected)
  })

  it.each([
    [{ FirstOpen: true }, 'email.opened'],
    [{ OriginalLink: 'https://example.net/' }, 'email.clicked'],
    [{ DeliveredAt: '2019-11-05T16:33:54Z' }, 'email.delivered'],
    [{ BouncedAt: '2019-11-05T16:33:54Z', Type: 'HardBounce' }, 'email.bounced'],
    [{ SuppressSending: true }, 'email.unsubscribed'],
    [{ FromFull: {}, To: 'in@example.net' }, 'email.inbound'],
  ])('that do not name their type: %o', async (record, type) => {
    expect(await readOne(postmark, record)).toMatchObject({ type })
  })

  it.each([
    [change(true, 'ManualSuppression'), 'stream:news'],
    [change(false), 'stream:news'],
    [bounce('Unsubscribe'), 'stream:news'],
    // These stand for the address, whatever was sent to it.
    [change(true, 'HardBounce'), undefined],
    [change(true, 'SpamComplaint'), undefined],
    [bounce('HardBounce'), undefined],
  ])('that someone leaves or joins hold for their message stream: %o', (record, scope) => {
    expect(readItem(postmark, { ...record, MessageStream: 'news' })?.[0]?.scope).toBe(scope)
    expect(readItem(postmark, { ...record, MessageStream: undefined })?.[0]?.scope).toBeUndefined()
  })

  it.each([
    [
      'one mailbox',
      { OriginalRecipient: 'a@in.example.net', To: 'Ada <ada@example.com>' },
      ['a@in.example.net'],
    ],
    [
      'two mailboxes',
      { OriginalRecipient: 'a@in.example.net, b@in.example.net' },
      ['a@in.example.net', 'b@in.example.net'],
    ],
    ['a mailbox by its header', { To: '"Support, A" <a@in.example.net>' }, ['a@in.example.net']],
    ['people, of whom it is not known which is ours', { To: 'a@in.example.net, ada@example.com' }, [null]],
    ['nobody', {}, [null]],
  ])('of inbound mail are about %s', async (_what, fields, recipients) => {
    const events = await readAll(postmark, { RecordType: 'Inbound', MessageID: 'm', ...fields })
    expect(events.map(({ recipient }) => recipient)).toEqual(recipients)
    expect(new Set(events.map(({ id }) => id)).size).toBe(recipients.length)
  })

  it('are sent again after a refusal that a wrong password of ours may have caused', () => {
    expect(postmark.statuses).toEqual({ unverified: 429, permanent: 403 })
  })
})
