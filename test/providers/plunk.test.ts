import { describe, expect, it } from 'vitest'
import { plunk as sender } from '../../src/simulator/senders/plunk.ts'
import { plunk } from '../../src/providers/plunk.ts'
import { withCustomHeader } from './custom-header.ts'
import { identityOf, readItem } from './natives.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, plunk, {
  signsTime: false,
  batches: false,
  signedAnew: true,
  unreadable: [{}, { contact: {} }, { execution: {} }, { contact: 'a', execution: [] }],
})

describe('with a custom header', () => {
  describeProvider(withCustomHeader(sender), plunk, { signsTime: false, batches: false, signedAnew: true })
})

const item = (event: unknown, changes: object = {}) => ({
  contact: { email: 'ada@example.com', subscribed: true, data: {} },
  workflow: { id: 'w-1', name: 'Bounces' },
  execution: { id: 'x-1', startedAt: '2025-11-24T15:00:00.500Z' },
  event,
  ...changes,
})
const OWN = { emailId: 'm-1', messageId: '0100', campaignId: 'c-1', sourceType: 'CAMPAIGN' }

describe('Plunk events', () => {
  it.each([
    ['email.sent', { type: 'email.sent' }],
    ['email.delivery', { type: 'email.delivered' }],
    ['email.open', { type: 'email.opened' }],
    ['email.click', { type: 'email.clicked' }],
    ['email.bounce', { type: 'email.bounced', bounce_type: 'undetermined' }],
    ['email.complaint', { type: 'email.spam_reported' }],
    ['contact.subscribed', { type: 'email.subscribed' }],
    ['contact.unsubscribed', { type: 'email.unsubscribed' }],
    ['segment.vip-users.entry', { type: 'email.unknown' }],
    ['constructor', { type: 'email.unknown' }],
  ])('%s, as the URL names it', (word, expected) => {
    expect(readItem(plunk, item(OWN), { query: `event=${word}` })).toMatchObject([
      {
        ...expected,
        native_type: word,
        provider_event_id: 'x-1',
        message_id: 'm-1',
        recipient: 'ada@example.com',
        campaign_id: 'c-1',
        occurredAtMs: Date.parse('2025-11-24T15:00:00.500Z'),
      },
    ])
  })

  it.each([
    [
      { ...OWN, bounceType: 'Permanent', bouncedAt: 't' },
      { native_type: 'email.bounce', bounce_type: 'hard' },
    ],
    [
      { ...OWN, bounceType: 'Transient' },
      { native_type: 'email.bounce', bounce_type: 'soft' },
    ],
    [
      { ...OWN, bounceType: 'Undetermined' },
      { type: 'email.bounced', bounce_type: 'undetermined' },
    ],
    [{ ...OWN, complainedAt: 't' }, { type: 'email.spam_reported' }],
    [
      { ...OWN, link: 'https://example.net/a', clickedAt: 't' },
      { type: 'email.clicked', url: 'https://example.net/a' },
    ],
    [{ ...OWN, openedAt: 't', opens: 2 }, { type: 'email.opened' }],
    [{ ...OWN, deliveredAt: 't' }, { type: 'email.delivered' }],
    [{ ...OWN, sentAt: 't' }, { type: 'email.sent' }],
    [OWN, { type: 'email.unknown', native_type: 'unnamed' }],
    // An event of the operator's own, which says nothing of a message.
    [
      { bounceType: 'Permanent', clickedAt: 't' },
      { type: 'email.unknown', native_type: 'unnamed' },
    ],
    [null, { type: 'email.unknown', message_id: undefined }],
  ])('%j, if the URL names no event', (event, expected) => {
    for (const query of ['', 'event=', 'other=email.sent'])
      expect(readItem(plunk, item(event), { query })).toMatchObject([expected])
  })

  it('prefers the type in the URL to the body', () => {
    const bounce = item({ ...OWN, bounceType: 'Permanent' })
    expect(readItem(plunk, bounce, { query: 'event=order.paid' })).toMatchObject([
      { type: 'email.unknown', native_type: 'order.paid', bounce_type: undefined },
    ])
  })

  it("removes NUL from the URL's type", () => {
    expect(readItem(plunk, item(OWN), { query: 'event=a%00b' })).toMatchObject([{ native_type: 'a\uFFFDb' }])
  })

  it.each([
    ['bounce', 'email.unknown'],
    ['complaint', 'email.spam_reported'],
    ['left', 'email.unsubscribed'],
  ])('reads an unsubscribe by its reason: %s', (reason, type) => {
    expect(readItem(plunk, item({ reason }), { query: 'event=contact.unsubscribed' })).toMatchObject([
      { type, recipient: 'ada@example.com', reason },
    ])
  })

  it('reads the recipient of an inbound message', () => {
    expect(
      readItem(plunk, item({ to: 'shop@example.net' }), { query: 'event=email.received' }),
    ).toMatchObject([{ type: 'email.inbound', recipient: 'shop@example.net' }])
  })

  it('identifies an event by its execution, else by its content', () => {
    const first = identityOf(plunk, item(OWN))
    expect(identityOf(plunk, item({ ...OWN, opens: 2 }))).toEqual(first)
    expect(identityOf(plunk, item(OWN, { execution: { id: 'x-2' } }))).not.toEqual(first)
    expect(identityOf(plunk, item(OWN), { query: 'event=email.complaint' })).not.toEqual(first)
    const nameless = identityOf(plunk, item(OWN, { execution: {} }))
    expect(identityOf(plunk, item({ ...OWN, opens: 2 }, { execution: {} }))).not.toEqual(nameless)
  })
})
