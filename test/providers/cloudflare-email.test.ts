import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cloudflareEmail } from '../../src/providers/cloudflare-email.ts'
import { understand } from '../../src/providers/understand.ts'
import { FACTS } from './judge.ts'
import { bodyOf, identityOf, open, readItem } from './natives.ts'

const item = (word: string, payload: Record<string, unknown> = {}) => ({
  type: `cf.email.sending.message.${word}`,
  source: { type: 'email.sending' },
  payload: { eventId: 'e1', messageId: 'm1', recipient: 'ada@example.com', terminal: true, ...payload },
  metadata: { eventSchemaVersion: 1, eventTimestamp: '2025-11-24T15:59:00.123Z' },
})

describe('Cloudflare Email Service in its own words', () => {
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

  it('takes the same word of another product for another event', () => {
    expect(readItem(cloudflareEmail, { ...item('delivered'), type: 'cf.r2.object.delivered' })).toMatchObject(
      [{ type: 'email.unknown' }],
    )
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

  it('reads what the other server said', () => {
    const delivery = { smtpStatusCode: 550, smtpEnhancedStatusCode: '5.1.1' }
    expect(readItem(cloudflareEmail, item('bounced', { delivery }))).toMatchObject([
      { smtp_code: '550', enhanced_code: '5.1.1' },
    ])
  })

  it('knows an event without an id by its content', () => {
    const [one, other] = ['m1', 'm2'].map((messageId) =>
      identityOf(cloudflareEmail, item('delivered', { eventId: undefined, messageId })),
    )
    expect(one).not.toEqual(other)
  })

  it('reads one message or a list of them', () => {
    expect(open(cloudflareEmail, JSON.stringify(item('delivered')))).toMatchObject({ items: [{}] })
    expect(open(cloudflareEmail, JSON.stringify([item('delivered'), item('failed')]))).toMatchObject({
      items: [{}, {}],
    })
  })

  it('understands or sets aside, whatever is in the queue', async () => {
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
  it('takes nothing: no method, no secret, no way to prove a sender', () => {
    expect(cloudflareEmail).toMatchObject({ methods: [], secrets: {}, methodsOfProof: [] })
  })
})
