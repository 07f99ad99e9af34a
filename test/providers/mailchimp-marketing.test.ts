import { createHash, createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { mailchimpMarketing as sender } from '../../src/simulator/senders/mailchimp-marketing.ts'
import { mailchimpMarketing } from '../../src/providers/mailchimp-marketing.ts'
import type { Sender } from '../../src/simulator/sender.ts'
import { NOW_SECONDS, deliveryOf, posted, withHeader } from './simulated-events.ts'
import { judge, sent } from './judge.ts'
import { identityOf, open, readItem } from './natives.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, mailchimpMarketing, {
  signsTime: true,
  batches: false,
  signedAnew: true,
  messageId: () => null,
})

/** A webhook from before Mailchimp signed: a secret in the URL alone. */
const SECRET = 'x7d0Qe3rT5uVw9yZ'
const unsignedSender: Sender = {
  provider: sender.provider,
  async open() {
    const secret = SECRET + crypto.randomUUID()
    const account = await sender.open()
    return {
      ...account,
      document: { provider: sender.provider, secrets: { query: { secret } } },
      async deliver(events, nowSeconds) {
        const request = withHeader(await account.deliver(events, nowSeconds), 'x-mailchimp-signature', null)
        return { ...request, query: `?secret=${secret}`, proofHeaders: [], bodyIsSigned: false }
      },
    }
  },
}

describe('with a secret in the URL', () => {
  describeProvider(unsignedSender, mailchimpMarketing, {
    signsTime: false,
    batches: false,
    messageId: () => null,
  })
})

// A published vector does not exist. This one is computed as Mailchimp's guide of August 2026 says, by hand.
describe('the signature of Mailchimp', () => {
  const body = 'type=unsubscribe&fired_at=2026-08-13+10%3A00%3A00&data%5Bemail%5D=ada%40example.com'
  const hex = createHmac('sha256', 'the signing secret').update(`${NOW_SECONDS}.${body}`).digest('hex')

  it.each([
    [`t=${NOW_SECONDS},v1=${hex}`, true],
    [`t=${NOW_SECONDS},v1=${'0'.repeat(64)},v1=${hex}`, true],
    [`t=${NOW_SECONDS},v0=abc,v1=${hex}`, true],
    [`v1=${hex},t=${NOW_SECONDS}`, true],
    [`t=${NOW_SECONDS}, v1=${hex}, junk`, true],
    [`t=${NOW_SECONDS + 1},v1=${hex}`, false],
    [`t=${NOW_SECONDS},t=${NOW_SECONDS},v1=${hex}`, false],
    [`t=${NOW_SECONDS},v0=${hex}`, false],
    [`v1=${hex}`, false],
    [hex, false],
    ['', false],
  ])('%s', async (header, ok) => {
    const request = posted(body, {
      'content-type': 'application/x-www-form-urlencoded',
      'x-mailchimp-signature': header,
    })
    const document = { provider: 'mailchimp-marketing', secrets: { signing_secret: 'the signing secret' } }
    expect(await judge({ document }, request)).toMatchObject({ ok })
  })
})

const item = (type: string, reason?: string, more: Record<string, string> = {}) => ({
  type,
  fired_at: '2025-11-24 15:59:00',
  'data[email]': 'ada@example.com',
  'data[list_id]': 'list1',
  'data[campaign_id]': 'camp1',
  ...(reason === undefined ? {} : { 'data[reason]': reason }),
  ...more,
})

describe('Mailchimp events', () => {
  it.each([
    ['subscribe', undefined, 'subscribe', { type: 'email.subscribed' }],
    ['unsubscribe', undefined, 'unsubscribe', { type: 'email.unsubscribed' }],
    ['unsubscribe', 'manual', 'unsubscribe/manual', { type: 'email.unsubscribed', reason: 'manual' }],
    ['unsubscribe', 'abuse', 'unsubscribe/abuse', { type: 'email.spam_reported', reason: 'abuse' }],
    ['unsubscribe', 'invented', 'unsubscribe/invented', { type: 'email.unsubscribed' }],
    ['cleaned', 'hard', 'cleaned/hard', { type: 'email.bounced', bounce_type: 'hard' }],
    ['cleaned', 'abuse', 'cleaned/abuse', { type: 'email.spam_reported' }],
    ['cleaned', undefined, 'cleaned', { type: 'email.bounced', bounce_type: 'undetermined' }],
    ['invented', undefined, 'invented', { type: 'email.unknown' }],
  ])('%s %s', (type, reason, native, expected) => {
    expect(readItem(mailchimpMarketing, item(type, reason))).toMatchObject([
      {
        ...expected,
        native_type: native,
        recipient: 'ada@example.com',
        campaign_id: 'camp1',
        metadata: { list_id: 'list1' },
        occurredAtMs: Date.parse('2025-11-24T15:59:00Z'),
      },
    ])
  })

  it.each([
    ['subscribe', undefined, 'audience:list1'],
    ['unsubscribe', 'manual', 'audience:list1'],
    ['unsubscribe', 'abuse', undefined],
    ['cleaned', 'hard', undefined],
  ])('%s %s holds for %s', (type, reason, scope) => {
    expect(readItem(mailchimpMarketing, item(type, reason))?.[0]?.scope).toBe(scope)
  })

  it('is told apart by type, member, audience, campaign and time, as Mailchimp advises', () => {
    const member = { 'data[id]': '8a25ff1d98' }
    const of = (more: Record<string, string>, reason = 'manual') =>
      identityOf(mailchimpMarketing, item('unsubscribe', reason, { ...member, ...more }))
    expect(of({ 'data[merges][FNAME]': 'Ada' })).toEqual(of({}))
    for (const other of [
      of({ 'data[id]': 'another' }),
      of({ 'data[list_id]': 'another' }),
      of({ 'data[campaign_id]': 'another' }),
      of({ fired_at: '2025-11-24 15:59:01' }),
      of({}, 'abuse'),
    ])
      expect(other).not.toEqual(of({}))
  })

  it.each(['profile', 'upemail', 'campaign'])('%s is no event of an email', (type) => {
    expect(readItem(mailchimpMarketing, item(type))).toEqual([])
  })

  it('is another event if any field differs, and the same in any order of the fields', () => {
    const first = identityOf(mailchimpMarketing, item('unsubscribe', 'manual'))
    expect(identityOf(mailchimpMarketing, item('unsubscribe', 'abuse'))).not.toEqual(first)
    const reversed = Object.fromEntries(Object.entries(item('unsubscribe', 'manual')).toReversed())
    expect(identityOf(mailchimpMarketing, reversed)).toEqual(first)
  })

  it('reads the form with its bracketed names', () => {
    const form = { contentType: 'application/x-www-form-urlencoded' }
    expect(open(mailchimpMarketing, 'type=subscribe&data%5Bmerges%5D%5BFNAME%5D=Ada+L', form)).toEqual({
      kind: 'items',
      items: [{ type: 'subscribe', 'data[merges][FNAME]': 'Ada L' }],
    })
  })

  it.each(['', 'data[email]=a', '{"type":"subscribe"}', '&'.repeat(2_000)])(
    'cannot read the body %j, which is not signed',
    (text) => {
      expect(open(mailchimpMarketing, text)).toEqual({ kind: 'unreadable' })
    },
  )

  it("changes no prototype through a field's name", () => {
    const opened = open(mailchimpMarketing, 'type=unsubscribe&__proto__=x&constructor=y')
    const [form] = opened.kind === 'items' ? opened.items : []
    expect(readItem(mailchimpMarketing, form)).toMatchObject([{ type: 'email.unsubscribed' }])
  })
})

describe('the check of a new URL', () => {
  it.each([
    ['GET', { status: 200 }],
    ['POST', undefined],
  ] as const)('%s', async (method, validation) => {
    const { request } = await sent(sender)
    expect(mailchimpMarketing.answerValidation?.({ ...deliveryOf(request), method })).toEqual(validation)
  })
})

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe('the secret in the query', () => {
  it.each(['', '?secret=', '?secret=wrong-but-long-enough'])('is not verified by %j', async (query) => {
    const { account, request } = await sent(unsignedSender)
    expect(await judge(account, { ...request, query })).toMatchObject({ ok: false })
  })

  it('covers no time, and uses the body only for the claim', async () => {
    const { account, request } = await sent(unsignedSender)
    const judged = await judge(account, request)
    expect(judged).toMatchObject({ ok: true, value: { coversBody: false } })
    const claimed = judged.ok ? judged.value.claim.identity.map(hash) : []
    expect(claimed).toEqual([hash(request.body)])
  })
})
