import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cloudflareEmail } from '../../src/providers/cloudflare-email.ts'
import { understand } from '../../src/providers/shared/understand.ts'
import { FACTS } from './judge.ts'
import { bodyOf, identityOf, open, readItem } from './natives.ts'

const item = (word: string, payload: Record<string, unknown> = {}) => ({
  type: `cf.email.sending.message.${word}`,
  source: { type: 'email.sending', zoneId: 'z1', domain: 'mail.example.com' },
  payload: { eventId: 'e1', messageId: 'm1', recipient: 'ada@example.com', terminal: true, ...payload },
  metadata: { eventSchemaVersion: 1, eventTimestamp: '2025-11-24T15:59:00.123Z' },
})

describe('Cloudflare Email Service events', () => {
  it.each([
    ['delivered', {}, { type: 'email.delivered' }],
    ['deferred', {}, { type: 'email.deferred' }],
    ['bounced', { bounce: { type: 'hard' } }, { type: 'email.bounced', bounce_type: 'hard' }],
    ['bounced', { bounce: { type: 'soft' } }, { type: 'email.bounced', bounce_type: 'soft' }],
    ['bounced', {}, { type: 'email.bounced', bounce_type: 'undetermined' }],
    ['failed', {}, { type: 'email.failed' }],
    ['rejected', {}, { type: 'email.rejected', reject_reason: 'other' }],
    ['complained', {}, { type: 'email.spam_reported' }],
    ['invented', {}, { type: 'email.unknown' }],
  ])('%s %j', (word, payload, expected) => {
    expect(readItem(cloudflareEmail, item(word, payload))).toMatchObject([
      {
        ...expected,
        native_type: `cf.email.sending.message.${word}`,
        provider_event_id: 'e1',
        message_id: 'm1',
        recipient: 'ada@example.com',
        occurredAtMs: Date.parse('2025-11-24T15:59:00.123Z'),
        identity: ['e1'],
      },
    ])
  })

  it.each([
    ['no type', { type: undefined }],
    ['a type that is no text', { type: 7 }],
    ['an event of another product', { type: 'cf.r2.object.delivered' }],
    ['a word with nothing before it', { type: 'message.delivered' }],
    ['no source', { source: undefined }],
    ['another product as its source', { source: { type: 'r2' } }],
    ['no metadata', { metadata: undefined }],
    ['no time', { metadata: { eventSchemaVersion: 1 } }],
    ['a time that is none', { metadata: { eventSchemaVersion: 1, eventTimestamp: 'yesterday' } }],
    ['no version', { metadata: { eventTimestamp: '2025-11-24T15:59:00.123Z' } }],
    ['a newer version', { metadata: { eventSchemaVersion: 2, eventTimestamp: '2025-11-24T15:59:00.123Z' } }],
    [
      'a version as text',
      { metadata: { eventSchemaVersion: '1', eventTimestamp: '2025-11-24T15:59:00.123Z' } },
    ],
    ['no payload', { payload: undefined }],
  ])('cannot read %s', (_what, change) => {
    expect(readItem(cloudflareEmail, { ...item('delivered'), ...change })).toBeUndefined()
  })

  it.each([
    ['delivered', { eventId: undefined }],
    ['delivered', { eventId: '' }],
    ['delivered', { messageId: undefined }],
    ['bounced', { recipient: undefined }],
    ['invented', { eventId: undefined }],
  ])('cannot read %s with %j', (word, change) => {
    expect(readItem(cloudflareEmail, item(word, change))).toBeUndefined()
  })

  it('stores an unknown future type, with or without message and recipient', () => {
    expect(
      readItem(cloudflareEmail, item('invented', { messageId: undefined, recipient: undefined })),
    ).toMatchObject([{ type: 'email.unknown', identity: ['e1'] }])
  })

  it.each([
    [{ bounce: { type: 'hard', reason: 'unknown user' }, delivery: { smtpResponse: '550' } }, 'unknown user'],
    [{ failure: { reason: 'expired' } }, 'expired'],
    [{ rejection: { reason: 'suppressed' } }, 'suppressed'],
    [{ delivery: { smtpResponse: '250 OK' } }, '250 OK'],
    [{}, undefined],
  ])('reads the reason of %j', (payload, reason) => {
    expect(readItem(cloudflareEmail, item('bounced', payload))?.[0]?.reason).toBe(reason)
  })

  it.each([
    ['suppressed', 'bounced'],
    ['recipient_unsubscribed', 'unsubscribed'],
    ['spam', 'spam'],
    ['validation_failed', 'invalid'],
    ['policy', 'blocked'],
    ['something new', 'other'],
    [undefined, 'other'],
  ])('reads why a message was rejected: %s', (reason, reject_reason) => {
    const rejection = { reason, party: 'recipient', detail: 'Recipient is suppressed' }
    expect(readItem(cloudflareEmail, item('rejected', { rejection }))).toMatchObject([{ reject_reason }])
  })

  it("reads the receiving server's answer", () => {
    const delivery = { smtpStatusCode: 550, smtpEnhancedStatusCode: '5.1.1' }
    expect(readItem(cloudflareEmail, item('bounced', { delivery }))).toMatchObject([
      { smtp_code: '550', enhanced_code: '5.1.1' },
    ])
  })

  it('identifies an event by its id alone', () => {
    const [one, same, other] = [
      item('delivered'),
      item('delivered', { delivery: { smtpResponse: '250 OK' } }),
      item('delivered', { eventId: 'e2' }),
    ].map((event) => identityOf(cloudflareEmail, event))
    expect(same).toEqual(one)
    expect(other).not.toEqual(one)
  })

  it.each([
    ['an event', item('delivered'), 'items'],
    ['a list of them', [item('delivered')], 'unreadable'],
    ['text', 'delivered', 'unreadable'],
    ['nothing', null, 'unreadable'],
  ])('opens %s', (_what, body, kind) => {
    expect(open(cloudflareEmail, JSON.stringify(body)).kind).toBe(kind)
  })

  it('reads or quarantines any message of the queue', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 4 }), async (items) => {
        const { events, quarantined } = await understand(
          cloudflareEmail,
          items,
          bodyOf(''),
          FACTS('cloudflare-email'),
        )
        expect(events.length + quarantined.length).toBeLessThanOrEqual(items.length)
        for (const event of events) expect(event.id).toMatch(/^[0-9a-f]{44}$/)
      }),
    )
  })
})

describe('over HTTP', () => {
  it('accepts no request: it has no method, secret or authentication method', () => {
    expect(cloudflareEmail).toMatchObject({ methods: [], secrets: {}, authMethods: [] })
  })
})
