import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { resend as sender } from '../../src/simulator/senders/resend.ts'
import { resend } from '../../src/providers/resend.ts'
import { NOW_SECONDS, withHeader } from './simulated-events.ts'
import { judge, read, sent } from './judge.ts'
import { readOne } from './reading.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, resend, {
  signsTime: true,
  batches: false,
  signedAnew: true,
  lists: ['svix-signature'],
})

describe("Resend's signature", () => {
  it('may use the header names of Standard Webhooks', async () => {
    const { account, request } = await sent(sender)
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name.replace('svix-', 'webhook-'), value]),
    )
    expect(await judge(account, { ...request, headers })).toMatchObject({ ok: true })
  })

  it('may not mix both families of names', async () => {
    const { account, request } = await sent(sender)
    const mixed = withHeader(request, 'svix-id', null)
    const moved = withHeader(mixed, 'webhook-id', request.headers['svix-id'] ?? '')
    expect(await judge(account, moved)).toMatchObject({ ok: false })
  })

  it.each([
    ['a wrong one before it', (right: string) => `v1,${btoa('x'.repeat(32))} ${right}`, true],
    ['versions that are not known', (right: string) => `v2,abc v1a,abc nonsense ${right}`, true],
    ['nothing but another version', (right: string) => right.replace('v1,', 'v2,'), false],
    ['no version', (right: string) => right.replace('v1,', ''), false],
  ])('with %s', async (_what, change, ok) => {
    const { account, request } = await sent(sender)
    const changed = withHeader(request, 'svix-signature', change(request.headers['svix-signature'] ?? ''))
    expect(await judge(account, changed)).toMatchObject({ ok })
  })

  it('is keyed with the decoded secret, not with its text', async () => {
    const { account, request } = await sent(sender)
    const { signing_secret } = account.document['secrets'] as { signing_secret: string }
    const mac = createHmac('sha256', signing_secret)
      .update(`${request.headers['svix-id']}.${NOW_SECONDS}.`)
      .update(request.body)
      .digest('base64')
    const changed = withHeader(request, 'svix-signature', `v1,${mac}`)
    expect(await judge(account, changed)).toMatchObject({ ok: false })
  })

  it('passes on the message id, which identifies delivery and event', async () => {
    const { account, request } = await sent(sender)
    const id = request.headers['svix-id'] ?? ''
    const judged = await judge(account, request)
    expect(judged).toMatchObject({ ok: true, value: { claim: { identity: [new TextEncoder().encode(id)] } } })
    expect((await read(resend, request)).events).toMatchObject([{ provider_event_id: id }])
  })
})

const SEVERAL = ['Ada <ada@example.com>', 'bo@example.com']
const event = (type: string, data: object = {}) => ({ type, created_at: '2024-11-22T23:41:12.126Z', data })
const header = (name: string, value: string) => ({
  headers: [
    { name: 'Subject', value: 'x' },
    { name, value },
  ],
})

describe("Resend's events", () => {
  it.each([
    [event('email.sent', { to: SEVERAL }), { type: 'email.sent', recipient: 'ada@example.com' }],
    // Nobody is suppressed if it cannot be told who bounced or complained.
    [
      event('email.bounced', { to: SEVERAL, email_id: 'm', bounce: { type: 'Permanent' } }),
      { type: 'email.bounced', recipient: null, bounce_type: 'undetermined', message_id: 'm' },
    ],
    ...['cc', 'bcc'].map((field): [object, object] => [
      event('email.bounced', {
        to: ['ada@example.com'],
        [field]: ['bo@example.com'],
        email_id: 'm',
        message_id: '<a@example.com>',
        bounce: { type: 'Permanent', message: 'gone' },
      }),
      {
        recipient: null,
        bounce_type: 'undetermined',
        message_id: 'm',
        other_message_ids: ['a@example.com'],
        reason: 'gone',
      },
    ]),
    [
      event('email.complained', { to: ['ada@example.com'], cc: ['bo@example.com'], email_id: 'm' }),
      { type: 'email.spam_reported', recipient: null, message_id: 'm' },
    ],
    [
      event('email.received', { to: ['ada@example.com'], cc: ['bo@example.com'] }),
      { type: 'email.inbound', recipient: 'ada@example.com' },
    ],
    [
      event('email.complained', { to: SEVERAL, email_id: 'm' }),
      { type: 'email.spam_reported', recipient: null, message_id: 'm' },
    ],
    [event('email.delivered', { to: SEVERAL, email_id: 'm' }), { recipient: null }],
    [
      event('email.suppressed', {
        to: SEVERAL,
        email_id: 'm',
        suppressed: { diagnosticCode: ['smtp; 550 5.1.1 a', 'smtp; 451 4.2.0 b'] },
      }),
      { recipient: null, smtp_code: null, enhanced_code: null },
    ],
    [
      event('email.delivered', { email_id: 'm' }),
      { type: 'email.delivered', message_id: 'm', occurred_at: '2024-11-22T23:41:12.126Z' },
    ],
    [event('email.delivery_delayed'), { type: 'email.deferred' }],
    [event('email.complained'), { type: 'email.spam_reported' }],
    [
      event('email.bounced', { bounce: { type: 'Permanent', message: 'gone' } }),
      { type: 'email.bounced', bounce_type: 'hard', reason: 'gone' },
    ],
    [event('email.bounced', { bounce: { type: 'Transient' } }), { bounce_type: 'soft' }],
    [
      event('email.bounced', {
        bounce: { type: 'Permanent', message: 'gone', diagnosticCode: ['smtp; 550 5.1.1 User unknown'] },
      }),
      { bounce_type: 'hard', reason: 'gone', smtp_code: '550', enhanced_code: '5.1.1' },
    ],
    [
      event('email.bounced', {
        bounce: { type: 'Transient', subType: 'MailboxFull', diagnosticCode: ['smtp; 452 4.2.2 full'] },
      }),
      { reason: 'smtp; 452 4.2.2 full', smtp_code: '452', enhanced_code: '4.2.2' },
    ],
    [
      event('email.bounced', { bounce: { type: 'Transient', subType: 'MailboxFull' } }),
      { reason: 'MailboxFull' },
    ],
    [event('email.bounced', { bounce: { type: 'Undetermined' } }), { bounce_type: 'undetermined' }],
    [event('email.bounced'), { bounce_type: 'undetermined' }],
    [event('email.opened'), { type: 'email.opened' }],
    [
      event('email.clicked', { click: { link: 'https://x', userAgent: 'UA', ipAddress: '192.0.2.1' } }),
      { type: 'email.clicked', url: 'https://x', user_agent: 'UA', client_ip: '192.0.2.1' },
    ],
    [
      event('email.failed', { failed: { reason: 'reached_daily_quota' } }),
      { type: 'email.failed', reason: 'reached_daily_quota' },
    ],
    [event('email.suppressed'), { type: 'email.rejected', reject_reason: 'other' }],
    [
      event('email.suppressed', { suppressed: { reason: 'previous_bounce', message: 'bounced before' } }),
      { type: 'email.rejected', reject_reason: 'bounced', reason: 'bounced before' },
    ],
    [
      event('email.suppressed', { suppressed: { reason: 'previous_complaint' } }),
      { type: 'email.rejected', reject_reason: 'spam' },
    ],
    [
      event('email.sent', { email_id: 'm', message_id: '<a@example.com>' }),
      { message_id: 'm', other_message_ids: ['a@example.com'] },
    ],
    [event('email.received'), { type: 'email.inbound' }],
    [
      event('suppression.removed', { email: 'ada@example.com', origin: 'bounce' }),
      { type: 'email.unknown', recipient: 'ada@example.com' },
    ],
    [event('email.scheduled'), { type: 'email.unknown', native_type: 'email.scheduled' }],
    [
      event('contact.created', { email: 'ada@example.com' }),
      { type: 'email.unknown', recipient: 'ada@example.com' },
    ],
    [event('domain.updated'), { type: 'email.unknown', native_type: 'domain.updated' }],
    [
      event('email.sent', { tags: { a: '1' }, broadcast_id: 'b' }),
      { metadata: { a: '1' }, campaign_id: 'b' },
    ],
    [event('email.sent', { tags: [{ name: 'a', value: '1' }, null, {}] }), { metadata: { a: '1' } }],
    [event('email.sent', header('X-Tags', '["one","two"]')), { tags: ['one', 'two'] }],
    [event('email.sent', header('X-Tags', 'not JSON')), { tags: [] }],
    [event('email.sent', { ...header('X-Metadata', '{"a":1}'), tags: { b: '2' } }), { metadata: { a: 1 } }],
  ])('%o', async (native, expected) => {
    expect(await readOne(resend, native)).toMatchObject(expected)
  })
})
