import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { unisenderGo as sender } from '../../src/simulator/senders/unisender-go.ts'
import { utf8 } from '../../src/platform/bytes.ts'
import { unisenderGo } from '../../src/providers/unisender-go.ts'
import { deliveryOf, posted } from './simulated-events.ts'
import { judge } from './judge.ts'
import { readAll, readBody, readOne } from './reading.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, unisenderGo, { signsTime: false, batches: true, bodyProof: ['auth'] })

const KEY = 'a key of the tests'
const md5 = (...parts: readonly (string | Uint8Array)[]): string =>
  parts.reduce((hash, part) => hash.update(part), createHash('md5')).digest('hex')

const account = { document: { provider: 'unisender-go', secrets: { api_key: KEY } } }

/** A body whose `@` is the place of the digest. */
const signed = (template: string): string => template.replace('@', md5(template.replace('@', KEY)))

describe('the signature of Unisender Go', () => {
  it.each([
    ['first', '{"auth":"@","events_by_user":[]}', true],
    ['last', '{"events_by_user":[],"auth":"@"}', true],
    ['among white space', ' { "auth" : "@" , "events_by_user" : [] } ', true],
    ['beside text outside ASCII', '{"note":"Привет \\"auth\\":","auth":"@"}', true],
    [
      'behind one inside, which strangers may have written',
      '{"a":{"auth":"x"},"b":["auth","x"],"auth":"@"}',
      true,
    ],
    ['behind a text that looks like it', '{"a":"\\\\\\",\\"auth\\":\\"x","auth":"@"}', true],
    ['only inside', '{"a":{"auth":"@"}}', false],
    ['twice', '{"auth":"@","auth":"@"}', false],
    ['as a key only', '{"@":"auth"}', false],
    ['no text', '{"auth":1,"b":"@"}', false],
    ['not there', '{"b":"@"}', false],
  ])('is found %s', async (_what, template, ok) => {
    expect(await judge(account, posted(signed(template)))).toMatchObject({ ok })
  })

  it('is refused in capitals and for a body that is no object', async () => {
    const template = '{"auth":"@","events_by_user":[]}'
    const digest = md5(template.replace('@', KEY))
    for (const body of [
      template.replace('@', digest.toUpperCase()),
      signed('["auth","@"]'),
      signed('"@"'),
      '',
    ]) {
      expect(await judge(account, posted(body))).toMatchObject({ ok: false })
    }
  })

  it('is refused for an extended body, which MD5 alone would not detect', async () => {
    // From a digest and a length anybody can compute the digest of the padded body with more behind it. The
    // padding of MD5 begins with 0x80, which no JSON has there. Here the lengthened body is even signed
    // with the key.
    const behind = new Uint8Array([0x80, 0, 0, 0])
    const [before, after] = ['{"auth":"', '","events_by_user":[]}']
    const digest = md5(before, KEY, after, behind)
    const body = new Uint8Array([...utf8(before + digest + after), ...behind])
    expect(await judge(account, posted(body))).toMatchObject({ ok: false })
  })

  it('is asked for with GET when the webhook is set up', () => {
    const delivery = deliveryOf(posted(''))
    expect(unisenderGo.answerValidation?.({ ...delivery, method: 'GET' })).toEqual({ status: 200 })
    expect(unisenderGo.answerValidation?.(delivery)).toBeUndefined()
  })
})

const batch = (...events: readonly unknown[]) => ({ auth: 'x', events_by_user: [{ user_id: 1, events }] })

describe('Unisender Go events', () => {
  const data = {
    job_id: 'j-1',
    email: 'ada@example.com',
    status: 'soft_bounced',
    event_time: '2015-11-30 15:09:42',
    metadata: { order: '4711' },
    delivery_info: { delivery_status: 'err_mailbox_full', destination_response: '452 4.2.2 Mailbox full' },
  }
  const status = (changes: object) => ({
    event_name: 'transactional_email_status',
    event_data: { ...data, ...changes },
  })

  it.each<readonly [object, object]>([
    [
      {},
      {
        type: 'email.bounced',
        bounce_type: 'soft',
        smtp_code: '452',
        occurred_at: '2015-11-30T15:09:42.000Z',
      },
    ],
    [
      { delivery_info: { delivery_status: 'err_will_retry' } },
      { type: 'email.deferred', reason: 'err_will_retry' },
    ],
    [{ status: 'hard_bounced' }, { type: 'email.bounced', bounce_type: 'hard' }],
    ...(
      [
        ['err_user_unknown', { type: 'email.bounced', bounce_type: 'hard' }],
        ['err_delivery_failed', { type: 'email.bounced', bounce_type: 'hard' }],
        ['err_something_new', { type: 'email.bounced', bounce_type: 'hard' }],
        ['err_spam_rejected', { type: 'email.bounced', bounce_type: 'blocked' }],
        ['err_blacklisted', { type: 'email.bounced', bounce_type: 'blocked' }],
        ['err_destination_misconfigured', { type: 'email.bounced', bounce_type: 'soft' }],
        ['err_unsubscribed', { type: 'email.rejected', reject_reason: 'unsubscribed' }],
        ['err_unreachable', { type: 'email.rejected', reject_reason: 'bounced' }],
        ['err_lost', { type: 'email.failed', bounce_type: null }],
      ] as const
    ).map(
      ([delivery_status, expected]) =>
        [{ status: 'hard_bounced', delivery_info: { delivery_status } }, expected] as const,
    ),
    // Of another status it is no cause: the documented example of a sent message has one.
    [
      {
        status: 'sent',
        delivery_info: { delivery_status: 'err_delivery_failed', destination_response: '550 Spam rejected' },
      },
      { type: 'email.sent', bounce_type: null, reason: '550 Spam rejected', smtp_code: '550' },
    ],
    [
      { status: 'unsubscribed', comment: 'too many mails', delivery_info: undefined },
      { type: 'email.unsubscribed', reason: 'too many mails' },
    ],
    [{ status: 'spam' }, { type: 'email.spam_reported' }],
    [{ status: 'subscribed' }, { type: 'email.subscribed', metadata: { order: '4711' } }],
    [
      { status: 'clicked', url: 'https://example.net', delivery_info: { user_agent: 'X', ip: '192.0.2.1' } },
      { url: 'https://example.net', user_agent: 'X', client_ip: '192.0.2.1' },
    ],
  ])('with %o are read as %o', async (changes, expected) => {
    expect(await readOne(unisenderGo, batch(status(changes)))).toMatchObject(expected)
  })

  it('of all users arrive in one delivery, and an invalid list is quarantined alone', async () => {
    const body = {
      events_by_user: [{ events: [status({})] }, { events: 'oops' }, { events: [status({ job_id: 'j-2' })] }],
    }
    const { events, quarantined } = await readBody(unisenderGo, JSON.stringify(body))
    expect([events.length, quarantined.length]).toEqual([2, 1])
  })

  it('are single with the option "single event"', async () => {
    const expected = { type: 'email.delivered', recipient: 'ada@example.com', message_id: 'j-1' }
    expect(await readOne(unisenderGo, { auth: 'x', ...status({ status: 'delivered' }) })).toMatchObject(
      expected,
    )
    expect(await readOne(unisenderGo, { auth: 'x', ...data, status: 'delivered' })).toMatchObject(expected)
  })

  it('of a blocked domain are no message event, and kept', async () => {
    const notice = {
      event_name: 'transactional_spam_block',
      event_data: { block_time: '2015-11-30 15:09:42', block_type: 'one_smtp', domain: 'example.com' },
    }
    expect(await readAll(unisenderGo, batch(notice))).toMatchObject([
      { type: 'email.unknown', native_type: 'transactional_spam_block', recipient: null, reason: 'one_smtp' },
    ])
  })
})
