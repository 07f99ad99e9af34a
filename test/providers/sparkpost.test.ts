import { describe, expect, it } from 'vitest'
import { sparkpost as sender } from '../../src/simulator/senders/sparkpost.ts'
import { sparkpost } from '../../src/providers/sparkpost.ts'
import { withHeader } from './simulated-events.ts'
import { judge, sent } from './judge.ts'
import { readItem } from './natives.ts'
import { readAll, readBody, readOne } from './reading.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, sparkpost, { signsTime: false, batches: true })

describe('the signature of SparkPost', () => {
  const TOKEN = 'x-messagesystems-webhook-token'

  it.each([
    ['legacy-token', true],
    ['legacy-tokens', false],
    ['', false],
    [null, false],
  ])('may be a header that was set on the webhook: %s', async (value, ok) => {
    const { account, request } = await sent(sender)
    const headers = {
      ...account,
      document: {
        provider: 'sparkpost',
        secrets: { headers: { 'X-MessageSystems-Webhook-Token': 'legacy-token' } },
      },
    }
    expect(await judge(headers, withHeader(request, TOKEN, value))).toMatchObject({ ok })
  })
})

const wrapped = (event: object, category = 'message_event') => [{ msys: { [category]: event } }]

it('drops text messages of SparkPost, whatever else the delivery has', async () => {
  const sms = { type: 'sms_status', sms_dst: '+4915112345678', sms_text: 'Your code is 1234', event_id: '1' }
  const mail = { type: 'delivery', event_id: '2', message_id: 'm-1', rcpt_to: 'ada@example.com' }
  const said = await readBody(sparkpost, JSON.stringify([...wrapped(sms), ...wrapped(mail)]))
  expect(said.quarantined).toEqual([])
  expect(said.events).toMatchObject([{ type: 'email.delivered', recipient: 'ada@example.com' }])
  expect(said.events).toHaveLength(1)
})

describe('SparkPost events', () => {
  const bounce = {
    type: 'bounce',
    bounce_class: '10',
    event_id: '84345317653491230',
    message_id: 'm-1',
    rcpt_to: 'ada@example.com',
    raw_rcpt_to: 'Ada@example.com',
    raw_reason: '550 5.1.1 User unknown',
    timestamp: '1464824548',
  }

  const CASES: readonly (readonly [changes: object, expected: object])[] = [
    [{}, { type: 'email.bounced', bounce_type: 'hard', recipient: 'Ada@example.com', smtp_code: '550' }],
    ...['10', '30'].map((code) => [{ bounce_class: code }, { bounce_type: 'hard' }] as const),
    ...['20', '21', '22', '23', '24', '40', '70'].map(
      (code) => [{ bounce_class: code }, { bounce_type: 'soft' }] as const,
    ),
    ...['25', '50', '51', '52', '53', '54'].map(
      (code) => [{ bounce_class: code }, { bounce_type: 'blocked' }] as const,
    ),
    ...['1', '99', undefined].map(
      (code) => [{ bounce_class: code }, { bounce_type: 'undetermined' }] as const,
    ),
    ...['60', '100'].map(
      (code) => [{ bounce_class: code }, { type: 'email.autoresponded', bounce_type: null }] as const,
    ),
    [{ bounce_class: 10 }, { bounce_type: 'hard' }],
    [{ bounce_class: '80' }, { type: 'email.subscribed' }],
    [{ bounce_class: '90' }, { type: 'email.unsubscribed', bounce_type: null }],
    [{ type: 'out_of_band' }, { type: 'email.bounced', bounce_type: 'hard' }],
    [{ type: 'generation_rejection' }, { type: 'email.rejected', reject_reason: 'other', bounce_type: null }],
    [{ type: 'generation_failure' }, { type: 'email.failed' }],
    [
      { type: 'amp_click', target_link_url: 'https://example.net' },
      { type: 'email.clicked', url: 'https://example.net' },
    ],
    [{ type: 'link_unsubscribe' }, { type: 'email.unsubscribed' }],
    // The server that the mail was handed to is no person.
    [{ ip_address: '192.0.2.9' }, { client_ip: null }],
    [{ type: 'open', ip_address: '192.0.2.9' }, { client_ip: '192.0.2.9' }],
    [{ timestamp: '2016-06-01T23:42:28.000+00:00' }, { occurred_at: '2016-06-01T23:42:28.000Z' }],
    [{ timestamp: 1_464_824_548 }, { occurred_at: '2016-06-01T23:42:28.000Z' }],
    [{ message_id: undefined, transmission_id: 't-1' }, { message_id: 't-1' }],
    [
      { campaign_id: 'spring', rcpt_tags: ['US'] },
      { tags: ['spring'], campaign_id: 'spring' },
    ],
    [{ rcpt_tags: ['US'] }, { tags: ['US'], campaign_id: null }],
    [
      { raw_reason: undefined, reason: undefined, error_code: '550' },
      { reason: '550', smtp_code: '550' },
    ],
  ]
  it.each(CASES)('with %o are read as %o', async (changes, expected) => {
    expect(await readOne(sparkpost, wrapped({ ...bounce, ...changes }))).toMatchObject(expected)
  })

  it.each([
    [{ is_prefetched: true, is_proxy: true }, true],
    [{ is_prefetched: false, is_proxy: true }, false],
    [{ is_prefetched: null }, undefined],
    [undefined, undefined],
  ])('with the client %o were made by a machine: %s', (user_agent_parsed, automated) => {
    const [item] = wrapped({ ...bounce, type: 'open', user_agent_parsed }, 'track_event')
    expect(readItem(sparkpost, item)?.[0]?.automated).toBe(automated)
  })

  it('of the test for a new webhook are none', async () => {
    expect(await readBody(sparkpost, '[{"msys":{}}]')).toMatchObject({ events: [], quarantined: [] })
  })

  it('of mail that is relayed inwards', async () => {
    const event = await readOne(
      sparkpost,
      wrapped({ rcpt_to: 'inbox@example.net', webhook_id: 'w' }, 'relay_message'),
    )
    expect(event).toMatchObject({
      type: 'email.inbound',
      native_type: 'relay_message',
      recipient: 'inbox@example.net',
    })
  })

  it('of a class that is not known are kept', async () => {
    expect(await readOne(sparkpost, wrapped({ type: 'ab_test_completed' }, 'ab_test_event'))).toMatchObject({
      type: 'email.unknown',
      native_type: 'ab_test_completed',
    })
  })

  it('of a first open count once, though it is reported under two names', async () => {
    const opened = { ...bounce, type: 'open', event_id: 'e-1', user_agent: 'X', ip_address: '192.0.2.1' }
    const items = [
      ...wrapped(opened, 'track_event'),
      ...wrapped({ ...opened, type: 'initial_open', event_id: 'e-2' }, 'track_event'),
    ]
    const { events } = await readBody(sparkpost, JSON.stringify(items))
    expect(events).toMatchObject([{ type: 'email.opened' }])
  })

  it.each([
    ['later', { timestamp: '1464824549' }],
    ['elsewhere', { ip_address: '192.0.2.2' }],
    ['as AMP', { type: 'amp_open' }],
    ['by another', { raw_rcpt_to: 'bo@example.com' }],
  ])('of an open that is %s are two', async (_what, changes) => {
    const opened = { ...bounce, type: 'open', event_id: 'e-1', ip_address: '192.0.2.1' }
    const events = await readAll(sparkpost, [
      ...wrapped(opened, 'track_event'),
      ...wrapped({ ...opened, event_id: 'e-2', ...changes }, 'track_event'),
    ])
    expect(events).toHaveLength(2)
  })

  it('that are no objects are quarantined alone', async () => {
    const items = [{ msys: { message_event: 'oops' } }, { msys: null }, {}, ...wrapped(bounce)]
    const { events, quarantined } = await readBody(sparkpost, JSON.stringify(items))
    expect([events.length, quarantined.length]).toEqual([1, 3])
  })
})
