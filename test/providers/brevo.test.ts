import { describe, expect, it } from 'vitest'
import { brevo as sender } from '../../src/simulator/senders/brevo.ts'
import type { RefusalCode } from '../../src/event/refusal-code.ts'
import { statusOf } from '../../src/gateway/respond.ts'
import { brevo } from '../../src/providers/brevo.ts'
import { withCustomHeader } from './custom-header.ts'
import { withHeader } from './simulated-events.ts'
import { judge, sent } from './judge.ts'
import { identityOf, open, readItem } from './natives.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, brevo, {
  signsTime: false,
  batches: true,
  unreadable: [{}, { email: 'ada@example.com' }],
})

describe('by a custom header', () => {
  describeProvider(withCustomHeader(sender), brevo, {
    signsTime: false,
    batches: true,
    unreadable: [{}, { email: 'ada@example.com' }],
  })
})

const item = (event: string, more: Record<string, unknown> = {}) => ({
  event,
  email: 'ada@example.com',
  'message-id': '<m1@example.net>',
  ts_epoch: 1_763_999_940_018,
  ...more,
})

describe('Brevo events', () => {
  it.each([
    ['request', { type: 'email.sent' }],
    ['delivered', { type: 'email.delivered' }],
    ['deferred', { type: 'email.deferred' }],
    ['soft_bounce', { type: 'email.bounced', bounce_type: 'soft' }],
    ['hard_bounce', { type: 'email.bounced', bounce_type: 'hard' }],
    ['invalid_email', { type: 'email.bounced', bounce_type: 'hard' }],
    ['blocked', { type: 'email.rejected', bounce_type: 'blocked', reject_reason: 'blocked' }],
    ['error', { type: 'email.failed' }],
    ['spam', { type: 'email.spam_reported' }],
    ['complaint', { type: 'email.spam_reported' }],
    ['unsubscribed', { type: 'email.unsubscribed' }],
    ['unsubscribe', { type: 'email.unsubscribed' }],
    ['opened', { type: 'email.opened' }],
    ['unique_opened', { type: 'email.opened' }],
    ['proxy_open', { type: 'email.opened', automated: true, isNamedAutomated: true }],
    ['unique_proxy_open', { type: 'email.opened', automated: true, isNamedAutomated: true }],
    ['hardBounce', { type: 'email.bounced', bounce_type: 'hard' }],
    ['softBounce', { type: 'email.bounced', bounce_type: 'soft' }],
    ['invalid', { type: 'email.bounced', bounce_type: 'hard' }],
    ['uniqueOpened', { type: 'email.opened' }],
    ['uniqueProxyOpen', { type: 'email.opened', automated: true, isNamedAutomated: true }],
    ['clicked', { type: 'email.clicked' }],
    ['sent', { type: 'email.sent' }],
    ['click', { type: 'email.clicked' }],
    ['inboundEmailProcessed', { type: 'email.inbound' }],
    ['invented', { type: 'email.unknown' }],
  ])('%s', (event, expected) => {
    expect(readItem(brevo, item(event))).toMatchObject([
      {
        ...expected,
        native_type: event,
        message_id: 'm1@example.net',
        recipient: 'ada@example.com',
        occurredAtMs: 1_763_999_940_018,
      },
    ])
  })

  it.each(['list_addition', 'contact_updated', 'contact_deleted', 'listAddition'])(
    '%s is no event of a message',
    (event) => {
      expect(readItem(brevo, item(event))).toEqual([])
    },
  )

  it.each([
    ['sms', []],
    ['whatsapp', []],
    ['SMS', []],
    ['email', [{ type: 'email.delivered' }]],
    [undefined, [{ type: 'email.delivered' }]],
  ])('of the channel %s', (channel, expected) => {
    expect(readItem(brevo, item('delivered', { channel, to: '+31612345678' }))).toMatchObject(expected)
  })

  it.each([
    ['milliseconds', { ts_epoch: 1_763_999_940_018, ts_event: 1, ts: 2 }, 1_763_999_940_018],
    [
      'seconds where milliseconds belong',
      { ts_epoch: 1_763_999_940, ts_event: 1_763_999_900 },
      1_763_999_900_000,
    ],
    ['the account time only', { ts_epoch: undefined, ts_event: 1_763_999_900, ts: 7 }, 1_763_999_900_000],
    ['the older account time', { ts_epoch: undefined, ts: 1_763_999_800 }, 1_763_999_800_000],
    ['no time', { ts_epoch: undefined, date: '2025-11-24 15:59:00' }, undefined],
  ])('reads the time of an event from %s', (_what, times, occurredAtMs) => {
    expect(readItem(brevo, item('opened', times))?.[0]?.occurredAtMs).toBe(occurredAtMs)
  })

  it.each([
    ['a list', { tags: ['one', 'two'], tag: '["other"]' }, ['one', 'two']],
    ['a text', { tag: 'one' }, ['one']],
    ['a list as text', { tag: '["one","two"]' }, ['one', 'two']],
    ['a list under the older name', { tag: ['one'] }, ['one']],
    ['a text that only looks like a list', { tag: '[one' }, ['[one']],
    ['nothing', {}, []],
  ])('reads tags that are %s', (_what, more, tags) => {
    expect(readItem(brevo, item('opened', more))?.[0]?.tags).toEqual(tags)
  })

  it.each([
    ['{"order":"4711"}', { order: '4711' }],
    ['free text', { 'X-Mailin-custom': 'free text' }],
    ['[1]', { 'X-Mailin-custom': '[1]' }],
  ])('keeps the custom header %j', (text, metadata) => {
    expect(readItem(brevo, item('opened', { 'X-Mailin-custom': text }))).toMatchObject([{ metadata }])
  })

  it('reads the reason, its codes, the link and the client', () => {
    const more = {
      reason: '550-5.1.1 The account does not exist',
      link: 'https://example.net/a',
      user_agent: 'UA',
    }
    expect(readItem(brevo, item('click', more))).toMatchObject([
      { smtp_code: '550', enhanced_code: '5.1.1', reason: more.reason, url: more.link, user_agent: 'UA' },
    ])
    expect(readItem(brevo, item('blocked', { reason: 'blocked : due to unsubscribed user' }))).toMatchObject([
      { reject_reason: 'unsubscribed' },
    ])
  })

  it.each([
    ['the word', item('delivered')],
    ['the message', item('click', { 'message-id': '<m2@example.net>' })],
    ['the recipient', item('click', { email: 'bo@example.com' })],
    ['the time', item('click', { ts_epoch: 1_763_999_940_019 })],
    ['the link', item('click', { link: 'https://example.net/b' })],
    ['anything, where there is no time', item('click', { ts_epoch: undefined, id: 2 })],
  ])('is another event if %s differs', (_what, other) => {
    expect(identityOf(brevo, other)).not.toEqual(identityOf(brevo, item('click')))
  })

  it('is the same event if other fields change', () => {
    expect(identityOf(brevo, item('click', { ts_event: 5 }))).toEqual(identityOf(brevo, item('click')))
  })

  it.each(['<html>', '', '"text"', '7'])('cannot read the body %j, which is not signed', (text) => {
    expect(open(brevo, text)).toEqual({ kind: 'unreadable' })
  })
})

describe('the credentials of Brevo', () => {
  it('also by a bearer token', async () => {
    const { account, request } = await sent(sender)
    const document = { provider: 'brevo', secrets: { bearer_token: 'a-long-bearer-token' } }
    const by = (value: string) => judge({ ...account, document }, withHeader(request, 'authorization', value))
    expect(await by('Bearer a-long-bearer-token')).toMatchObject({ ok: true })
    expect(await by('bearer a-long-bearer-token')).toMatchObject({ ok: true })
    expect(await by('Bearer another-bearer-token')).toMatchObject({ ok: false })
    expect(await by('a-long-bearer-token')).toMatchObject({ ok: false })
  })

  it('is from the networks that Brevo publishes', () => {
    expect(brevo.publishedNetworks).toEqual(['1.179.112.0/20', '172.246.240.0/20'])
  })

  const RETRIED: readonly RefusalCode[] = [
    'credentials_wrong',
    'queue_unavailable',
    'guard_unavailable',
    'rate_limited',
    'copy_in_flight',
    'configuration_unavailable',
  ]
  it.each(RETRIED)('gets a 429 for %s: after any other status Brevo discards the event', (code) => {
    expect(statusOf(code, brevo)).toBe(429)
  })
})
