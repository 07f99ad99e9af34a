import { describe, expect, it } from 'vitest'
import { mailchannels as sender } from '../../src/simulator/senders/mailchannels.ts'
import { mailchannels } from '../../src/providers/mailchannels.ts'
import { judge } from './judge.ts'
import { identityOf, open, readItem } from './natives.ts'
import { NOW_SECONDS, anySimulatedEvent } from './simulated-events.ts'
import { readOne } from './reading.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, mailchannels, {
  signsTime: true,
  batches: true,
  signedAnew: true,
  unreadable: [{}, { customer_handle: 'shop1' }],
})

const item = (event: string, change: object = {}) => ({
  email: 'sender@example.com',
  customer_handle: 'abc123',
  timestamp: 1_625_097_600,
  event,
  request_id: 'wBLWrCnK0Z965pf-cgxhNg8bo5s=',
  smtp_id: '<m1@mailchannels.example>',
  recipients: ['ada@example.com'],
  ...change,
})
const bounced = (status: string | undefined, reason?: string) => item('hard-bounced', { status, reason })

describe('MailChannels events', () => {
  it.each([
    ['processed', 'email.sent'],
    ['delivered', 'email.delivered'],
    ['soft-bounced', 'email.deferred'],
    ['hard-bounced', 'email.bounced'],
    ['dropped', 'email.failed'],
    ['open', 'email.opened'],
    ['click', 'email.clicked'],
    ['complained', 'email.spam_reported'],
    ['unsubscribed', 'email.unsubscribed'],
    ['postponed', 'email.unknown'],
  ])('%s', (event, type) => {
    expect(readItem(mailchannels, item(event))).toMatchObject([
      {
        type,
        native_type: event,
        occurredAtMs: 1_625_097_600_000,
        message_id: 'm1@mailchannels.example',
        other_message_ids: ['wBLWrCnK0Z965pf-cgxhNg8bo5s='],
        recipient: 'ada@example.com',
      },
    ])
  })

  it('of the validation of a webhook are dropped', () => {
    expect(readItem(mailchannels, item('test', { email: 'test@mailchannels.com' }))).toEqual([])
  })

  it.each([
    ['no such person', bounced('550', '5.1.1 User unknown'), 'hard', '550', '5.1.1'],
    ['a code alone', bounced('550'), 'hard', '550', undefined],
    ['an enhanced code alone', bounced('5.1.1'), 'hard', undefined, '5.1.1'],
    ['the whole answer', bounced('550 5.1.1 User unknown'), 'hard', '550', '5.1.1'],
    ['held for spam', bounced('550', '550 5.7.1 Blocked'), 'blocked', '550', '5.7.1'],
    ['six hours of temporary answers', bounced('451', '4.7.0 Try again'), 'soft', '451', '4.7.0'],
    ['nothing said', bounced(undefined), 'undetermined', undefined, undefined],
  ])('of a bounce with %s', (_what, bounce, bounce_type, smtp_code, enhanced_code) => {
    const [draft] = readItem(mailchannels, bounce) ?? []
    expect([draft?.bounce_type, draft?.smtp_code, draft?.enhanced_code]).toEqual([
      bounce_type,
      smtp_code,
      enhanced_code,
    ])
  })

  it.each([
    ['one recipient', ['ada@example.com'], 'ada@example.com'],
    ['one with a name', ['Ada <ada@example.com>'], 'ada@example.com'],
    ['several recipients, of whom it may be any', ['ada@example.com', 'bo@example.com'], null],
    ['none', [], null],
    ['no list', undefined, null],
  ])('with %s', async (_what, recipients, recipient) => {
    expect(await readOne(mailchannels, item('unsubscribed', { recipients }))).toMatchObject({ recipient })
  })

  it('have link, client and campaign', () => {
    const click = { url: 'https://example.net/a', user_agent: 'UA', ip: '192.0.2.7', campaign_id: 'news' }
    expect(readItem(mailchannels, item('click', click))).toMatchObject([
      { url: 'https://example.net/a', user_agent: 'UA', client_ip: '192.0.2.7', campaign_id: 'news' },
    ])
  })

  it('are the same when the batch is sent again, and another for another recipient', () => {
    const one = identityOf(mailchannels, item('delivered'))
    expect(identityOf(mailchannels, { ...item('delivered') })).toEqual(one)
    expect(identityOf(mailchannels, item('delivered', { recipients: ['bo@example.com'] }))).not.toEqual(one)
  })

  it('come as a list', () => {
    const items = [item('processed'), item('delivered')]
    expect(open(mailchannels, JSON.stringify(items))).toEqual({ kind: 'items', items })
  })
})

describe('a delivery of MailChannels', () => {
  const deliver = async () => {
    const account = await sender.open()
    return { account, request: await account.deliver([anySimulatedEvent(account)], NOW_SECONDS) }
  }
  const withHandles = (
    account: Awaited<ReturnType<typeof sender.open>>,
    customer_handles: readonly string[],
  ) => ({
    ...account,
    document: { ...account.document, secrets: { customer_handles } },
  })

  it('of another customer is refused, though MailChannels signed it', async () => {
    const { account, request } = await deliver()
    expect(await judge(account, request)).toMatchObject({ ok: true })
    expect(await judge(withHandles(account, ['somebodyelse']), request)).toMatchObject({
      refusal: { code: 'topic_foreign' },
    })
  })

  it('waits for a key that could not be fetched', async () => {
    const { account, request } = await deliver()
    expect(await judge({ ...account, serves: {} }, request)).toMatchObject({
      refusal: { code: 'proof_unavailable' },
    })
  })

  it.each([
    ['abc123', undefined],
    ['customer_123', undefined],
    ['two words', 'letters, digits'],
    ['', 'letters, digits'],
    ['*', 'letters, digits'],
  ])('may be of the account "%s"', async (handle, problem) => {
    const { account, request } = await deliver()
    const judged = judge(withHandles(account, [handle]), request)
    if (problem === undefined) expect(await judged).toMatchObject({ ok: false })
    else await expect(judged).rejects.toThrow(problem)
  })
})
