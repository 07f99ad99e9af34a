import { describe, expect, it } from 'vitest'
import { iterable as sender } from '../../src/simulator/senders/iterable.ts'
import { iterable } from '../../src/providers/iterable.ts'
import { withCustomHeader } from './custom-header.ts'
import { withHeader } from './simulated-events.ts'
import { judge, sent } from './judge.ts'
import { identityOf, open, readItem } from './natives.ts'
import { readOne } from './reading.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, iterable, {
  signsTime: false,
  batches: false,
  signedAnew: true,
  unreadable: [{}, { email: 'ada@example.com' }, { eventName: {} }],
})

describe('with a custom header', () => {
  describeProvider(withCustomHeader(sender), iterable, { signsTime: false, batches: false, signedAnew: true })
})

describe('the Auth Token of Iterable', () => {
  const TOKEN = 'J1qK1c18UUGJFAzz9xnH56584l4'

  it.each([
    [`Basic ${TOKEN}`, true],
    [`OAuth2 ${TOKEN}`, true],
    [`oauth2 ${TOKEN}`, true],
    [TOKEN, true],
    [`Bearer ${TOKEN}`, false],
    [`Basic  ${TOKEN}`, false],
    [`Basic ${TOKEN} OAuth2`, false],
    [`Basic Basic ${TOKEN}`, false],
    [`Basic${TOKEN}`, false],
    [`${TOKEN}, ${TOKEN}`, false],
    [`Basic ${TOKEN}, Basic ${TOKEN}`, false],
    [`Basic ${TOKEN.toLowerCase()}`, false],
    [`Basic ${btoa(TOKEN)}`, false],
    [`Basic ${TOKEN.slice(1)}`, false],
    ['Basic', false],
    ['Basic ', false],
    ['', false],
    [`Basic ${TOKEN}${'A'.repeat(60_000)}`, false],
  ])('follows its type, or stands alone: %s', async (authorization, ok) => {
    const { account, request } = await sent(sender)
    const document = { provider: 'iterable', secrets: { auth_token: TOKEN } }
    const changed = withHeader(request, 'authorization', authorization)
    expect(await judge({ ...account, document }, changed)).toMatchObject({ ok })
  })

  it('is not accepted in the URL', async () => {
    const { account, request } = await sent(sender)
    const token = request.headers['authorization']?.slice('Basic '.length) ?? ''
    for (const name of ['auth_token', 'authorization', 'token']) {
      const moved = { ...withHeader(request, 'authorization', null), query: `?${name}=${token}` }
      expect(await judge(account, moved)).toMatchObject({ ok: false })
    }
  })
})

describe('Iterable events', () => {
  const item = (eventName: string, data: Record<string, unknown> = {}) => ({
    email: 'ada@example.com',
    eventName,
    dataFields: {
      email: 'ada@example.com',
      createdAt: '2016-12-02 20:21:04 +00:00',
      campaignId: 59_667,
      messageId: 'd0aa7801f91f4824997a631f3ed583c3',
      workflowId: null,
      ...data,
    },
  })

  it.each([
    ['emailSend', { type: 'email.sent' }],
    ['emailSendSkip', { type: 'email.rejected', reject_reason: 'other' }],
    ['emailBounce', { type: 'email.bounced', bounce_type: 'undetermined' }],
    ['emailComplaint', { type: 'email.spam_reported' }],
    ['emailOpen', { type: 'email.opened' }],
    ['emailClick', { type: 'email.clicked' }],
    ['hostedUnsubscribeClick', { type: 'email.clicked' }],
    ['emailUnSubscribe', { type: 'email.unsubscribed' }],
    // It lifts nothing if it names nothing.
    ['emailSubscribe', { type: 'email.unknown' }],
    ['emailunsubscribe', { type: 'email.unknown' }],
    ['constructor', { type: 'email.unknown' }],
  ])('%s', (event, expected) => {
    expect(readItem(iterable, item(event))).toMatchObject([
      {
        ...expected,
        native_type: event,
        message_id: 'd0aa7801f91f4824997a631f3ed583c3',
        recipient: 'ada@example.com',
        campaign_id: '59667',
        occurredAtMs: Date.UTC(2016, 11, 2, 20, 21, 4),
      },
    ])
  })

  it.each([
    'pushSend',
    'webPushClick',
    'smsReceived',
    'inAppSendSkip',
    'inboxSession',
    'embeddedReceived',
    'whatsAppSeen',
    'journeyExit',
  ])('%s is no event of an email', (event) => {
    expect(readItem(iterable, item(event))).toEqual([])
  })

  // support.iterable.com 208508736: one event for all channels, message types and lists, and for what Iterable does itself.
  it.each<
    [event: string, data: Record<string, unknown>, changes: readonly (readonly (string | undefined)[])[]]
  >([
    [
      'emailUnSubscribe',
      { unsubSource: 'EmailLink', channelIds: [3420], emailListIds: [] },
      [['email.unsubscribed', 'channel:3420']],
    ],
    [
      'emailUnSubscribe',
      { unsubSource: 'API', channelIds: [1, 2] },
      [
        ['email.unsubscribed', 'channel:1'],
        ['email.unsubscribed', 'channel:2'],
      ],
    ],
    [
      'emailUnSubscribe',
      { messageTypeIds: [9], emailListIds: [5] },
      [
        ['email.unsubscribed', 'messagetype:9'],
        ['email.unsubscribed', 'list:5'],
      ],
    ],
    ['emailUnSubscribe', { unsubSource: 'EmailLink', channelIds: [] }, [['email.unsubscribed', undefined]]],
    [
      'emailUnSubscribe',
      { unsubSource: 'Complaint', channelIds: [3420] },
      [['email.unsubscribed', 'channel:3420']],
    ],
    ['emailUnSubscribe', { unsubSource: 'HardBounce', channelIds: [3420] }, [['email.unknown', undefined]]],
    ['emailUnSubscribe', { unsubSource: 'SMS', channelIds: [77] }, []],
    ['emailSubscribe', { signupSource: 'Import', emailListIds: [5] }, [['email.subscribed', 'list:5']]],
    ['emailOpen', { channelId: 3420, channelIds: [3420] }, [['email.opened', undefined]]],
  ])('%s with %o', (event, data, changes) => {
    const drafts = readItem(iterable, item(event, data)) ?? []
    expect(drafts.map(({ type, scope }) => [type, scope])).toEqual(changes)
    expect(new Set(drafts.map(({ identity }) => JSON.stringify(identity))).size).toBe(changes.length)
  })

  it.each([
    ['HardBounce', 'hard'],
    ['SoftBounceGeneral', 'soft'],
    ['SoftBounceMailboxFull', 'soft'],
    ['DNSFailure', 'soft'],
    ['MailBlockSpamDetected', 'blocked'],
    ['MailBlockRelayDenied', 'blocked'],
    ['Other', 'undetermined'],
  ])('a bounce whose recipientState is %s', (recipientState, bounce_type) => {
    expect(readItem(iterable, item('emailBounce', { recipientState }))).toMatchObject([
      { bounce_type, reason: recipientState },
    ])
  })

  it('gives the reason of a bounce, from the receiving server if it is there', () => {
    const bounceMessage = 'smtp; 550-5.1.1 The email account that you attempted to reach does not exist.'
    expect(
      readItem(iterable, item('emailBounce', { recipientState: 'HardBounce', bounceMessage })),
    ).toMatchObject([
      { bounce_type: 'hard', reason: bounceMessage, smtp_code: '550', enhanced_code: '5.1.1' },
    ])
    expect(readItem(iterable, item('emailBounce'))?.[0]?.reason).toBeUndefined()
    expect(
      readItem(iterable, item('emailComplaint', { recipientState: 'Complaint' }))?.[0]?.reason,
    ).toBeUndefined()
  })

  it.each([
    ['2016-12-02 22:21:04 +02:00', '2016-12-02T20:21:04.000Z'],
    ['2016-12-02T20:21:04Z', '2016-12-02T20:21:04.000Z'],
    ['2016-12-02 20:21:04', null],
    ['2016-12-02 20:21:04  +00:00', null],
    [1_480_710_064, null],
  ])('the time %s', async (createdAt, occurred_at) => {
    expect(await readOne(iterable, item('emailOpen', { createdAt }))).toMatchObject({ occurred_at })
  })

  it('reads the fields around an event', () => {
    const around = { url: 'https://example.net/', userAgent: 'UA', ip: '192.0.2.7', labels: ['a', 'b'] }
    expect(readItem(iterable, item('emailClick', around))).toMatchObject([
      { url: 'https://example.net/', user_agent: 'UA', client_ip: '192.0.2.7', tags: ['a', 'b'] },
    ])
    const skip = item('emailSendSkip', { reason: 'DuplicateMarketingMessage' })
    expect(readItem(iterable, { ...skip, email: undefined })).toMatchObject([
      { reason: 'DuplicateMarketingMessage', recipient: 'ada@example.com' },
    ])
  })

  it('is identified by message, person, time and link, or without a message by the whole event', () => {
    const identity = (event: string, data: Record<string, unknown> = {}) =>
      identityOf(iterable, item(event, data))
    expect(identity('emailOpen', { campaignName: 'a new name' })).toEqual(identity('emailOpen'))
    for (const other of [
      identity('emailSend'),
      identity('emailOpen', { createdAt: '2016-12-02 20:21:05 +00:00' }),
      identity('emailOpen', { messageId: 'other' }),
      identity('emailOpen', { url: 'https://example.net/' }),
    ])
      expect(other).not.toEqual(identity('emailOpen'))
    const untimed = (ip: string) => identity('emailOpen', { createdAt: null, ip })
    expect(untimed('192.0.2.7')).not.toEqual(untimed('192.0.2.8'))
    const list = (id: number) => identity('emailSubscribe', { messageId: undefined, emailListIds: [id] })
    expect(list(1)).not.toEqual(list(2))
    expect(list(1)).toEqual(list(1))
  })

  it('opens one event, and nothing else', () => {
    expect(open(iterable, '{"eventName":"emailOpen"}').kind).toBe('items')
    for (const text of ['[]', '"x"', 'x', '']) expect(open(iterable, text).kind).toBe('unreadable')
  })
})
