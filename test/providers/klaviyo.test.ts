import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { OutgoingRequest } from '../../src/simulator/sender.ts'
import { profileOf, klaviyo as sender } from '../../src/simulator/senders/klaviyo.ts'
import { klaviyo } from '../../src/providers/klaviyo.ts'
import { NOW_SECONDS, RECIPIENT, simulated, withHeader, withText } from './simulated-events.ts'
import { judge, sent, read } from './judge.ts'
import { identityOf, open, readItem } from './natives.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, klaviyo, {
  signsTime: true,
  batches: true,
  messageId: (id) => `${id}:${profileOf(RECIPIENT)}`,
  poison: (body) => body.replace('"data":[', '"data":[null,'),
  unreadable: [{}, { external_id: 'x' }, { topic: {} }],
})

describe('the signature of Klaviyo', () => {
  const delivered = async () => {
    const { account, request } = await sent(sender)
    const key = String((account.document['secrets'] as Record<string, unknown>)['signing_secret'])
    const judged = (changed: OutgoingRequest) => judge(account, changed)
    return { request, key, judged }
  }
  const signed = (
    request: OutgoingRequest,
    key: string,
    body: string,
    timestamp: string,
  ): OutgoingRequest => ({
    ...request,
    headers: {
      ...request.headers,
      'klaviyo-timestamp': timestamp,
      'klaviyo-signature': createHmac('sha256', key).update(body).update(timestamp).digest('hex'),
    },
    body: new TextEncoder().encode(body),
  })
  const META = '{"timestamp":"2025-11-24T16:00:00.5+00:00"}'
  const DATE = 'Mon, 24 Nov 2025 21:00:00 GMT'

  it('reads the time from the body, since the header is off by hours', async () => {
    const { request, key, judged } = await delivered()
    const at = async (timestamp: string) =>
      judged(signed(request, key, `{"meta":${META},"data":[]}`, timestamp))
    const bare = withHeader(request, 'klaviyo-webhook-id', null)
    for (const timestamp of [DATE, '1764000000', '2025-11-24T16:00:00Z'])
      expect(
        await judged(signed(bare, key, `{"meta":${META},"data":[]}`, timestamp)),
        timestamp,
      ).toMatchObject({ ok: true, value: { signedAtSeconds: NOW_SECONDS } })
    // The header's webhook is not the body's, which names none.
    expect(await at(DATE)).toMatchObject({ ok: false, refusal: { code: 'proof_malformed' } })
  })

  it.each([
    ['no time', '{"meta":{},"data":[]}'],
    ['a time that is none', '{"meta":{"timestamp":"yesterday"},"data":[]}'],
    ['no meta', '{"data":[]}'],
    ['a list', `[${META}]`],
    ['no JSON', META.slice(1)],
    ['nothing', ''],
  ])('refuses a signed body with %s', async (_what, body) => {
    const { request, key, judged } = await delivered()
    const bare = withHeader(request, 'klaviyo-webhook-id', null)
    expect(await judged(signed(bare, key, body, DATE))).toMatchObject({
      ok: false,
      refusal: { code: 'proof_malformed' },
    })
  })

  it.each(['{"meta":{},"data":[]}', 'no JSON', `{"meta":${META},"data":[]}`])(
    'parses %s only after verification: that costs more than verifying',
    async (body) => {
      const { request, judged } = await delivered()
      expect(await judged(signed(request, 'the key of another webhook', body, DATE))).toMatchObject({
        ok: false,
        refusal: { code: 'signature_mismatch' },
      })
    },
  )

  it.each([
    ['upper case', (text: string) => text.toUpperCase()],
    ['base64', (text: string) => Buffer.from(text, 'hex').toString('base64')],
    ['a prefix', (text: string) => `sha256=${text}`],
  ])('accepts a signature in lower-case hex only: %s', async (_what, change) => {
    const { request, judged } = await delivered()
    const text = request.headers['klaviyo-signature'] ?? ''
    expect(await judged(withHeader(request, 'klaviyo-signature', change(text)))).toMatchObject({ ok: false })
  })

  it('refuses a webhook id that differs from the signed one', async () => {
    const { request, judged } = await delivered()
    const id = request.headers['klaviyo-webhook-id'] ?? ''
    for (const other of ['', `${id}0`, `${id}, ${id}`, 'A'.repeat(60_000)])
      expect(await judged(withHeader(request, 'klaviyo-webhook-id', other))).toMatchObject({ ok: false })
    expect(await judged(withHeader(request, 'klaviyo-webhook-id', null))).toMatchObject({ ok: true })
  })
})

describe('Klaviyo events', () => {
  const item = (topic: string, properties: Record<string, unknown> = {}) => ({
    topic,
    external_id: '73WCCK7JKtE',
    payload: {
      data: {
        type: 'event',
        id: '73WCCK7JKtE',
        attributes: {
          timestamp: 1_763_999_940,
          datetime: '2025-11-24T15:59:00+00:00',
          event_properties: { $message: '01H7F525FK', $event_id: '01H7F525FK:1254', ...properties },
        },
        relationships: { profile: { data: { type: 'profile', id: '01KP4EGHH8' } } },
      },
    },
  })

  it.each([
    ['received_email', { type: 'email.delivered' }],
    ['email_delivered', { type: 'email.delivered' }],
    ['bounced_email', { type: 'email.bounced', bounce_type: 'undetermined' }],
    ['dropped_email', { type: 'email.rejected', reject_reason: 'other' }],
    ['opened_email', { type: 'email.opened' }],
    ['clicked_email', { type: 'email.clicked' }],
    ['marked_email_as_spam', { type: 'email.spam_reported' }],
    ['subscribed_to_email_marketing', { type: 'email.subscribed' }],
    ['unsubscribed_from_email_marketing', { type: 'email.unsubscribed' }],
    ['manually_suppressed_from_email_marketing', { type: 'email.unsubscribed' }],
    // It does not undo what the person chose.
    ['manually_unsuppressed_from_email_marketing', { type: 'email.unknown' }],
    ['constructor', { type: 'email.unknown' }],
  ])('%s', (word, expected) => {
    expect(readItem(klaviyo, item(`event:klaviyo.${word}`))).toMatchObject([
      {
        ...expected,
        native_type: `event:klaviyo.${word}`,
        provider_event_id: '73WCCK7JKtE',
        message_id: '01H7F525FK:01KP4EGHH8',
        campaign_id: '01H7F525FK',
        occurredAtMs: 1_763_999_940_000,
        metadata: { profile_id: '01KP4EGHH8' },
      },
    ])
  })

  it.each([
    'sent_sms',
    'unsubscribed_from_sms_marketing',
    'opened_push',
    'received_whatsapp',
    'submitted_review',
    'updated_email_preferences',
  ])('%s is no event of an email', (word) => {
    expect(readItem(klaviyo, item(`event:klaviyo.${word}`))).toEqual([])
  })

  it("does not read metrics of other integrations as Klaviyo's own", () => {
    for (const topic of ['event:api.opened_email', 'event:shopify.sent_sms', 'opened_email'])
      expect(readItem(klaviyo, item(topic))).toMatchObject([{ type: 'email.unknown', native_type: topic }])
  })

  it.each([
    ['Hard', 'hard'],
    ['Soft', 'soft'],
    ['hard', 'hard'],
    ['Other', 'undetermined'],
  ])('a bounce that is %s', (word, bounce_type) => {
    const bounce = item('event:klaviyo.bounced_email', { 'Bounce Type': word })
    expect(readItem(klaviyo, bounce)).toMatchObject([{ bounce_type }])
  })

  it.each([
    ['opened_email', { machine_open: true }, true],
    ['opened_email', { machine_open: 'True' }, true],
    ['opened_email', { machine_open: 'False' }, undefined],
    ['opened_email', { machine_open: null }, undefined],
    ['opened_email', { 'Bot Click': true }, undefined],
    ['clicked_email', { 'Bot Click': true }, true],
    ['clicked_email', { 'Bot Click': false }, false],
    ['clicked_email', {}, undefined],
    ['received_email', { machine_open: true }, undefined],
  ])('tells whether a machine did it: %s %o', (word, properties, automated) => {
    expect(readItem(klaviyo, item(`event:klaviyo.${word}`, properties))?.[0]?.automated).toBe(automated)
  })

  it.each([
    ['its own profile', '01KP4EGHH8', 'ada@example.com'],
    ['another profile', '01KP4EGHH9', undefined],
  ])('reads the address of an included profile only if it is %s', (_what, id, recipient) => {
    const event = item('event:klaviyo.bounced_email')
    const included = [
      { type: 'metric', id: 'M' },
      { type: 'profile', id, attributes: { email: 'ada@example.com' } },
    ]
    expect(readItem(klaviyo, { ...event, payload: { ...event.payload, included } })?.[0]?.recipient).toBe(
      recipient,
    )
  })

  it('reads the address, the link and the older time format if present', () => {
    const click = item('event:klaviyo.clicked_email', {
      URL: 'https://example.net/',
      email_address: 'ada@example.com',
    })
    const { attributes } = click.payload.data
    const older = { ...attributes, timestamp: undefined, datetime: '2025-11-24 15:59:00+00:00' }
    const [draft] =
      readItem(klaviyo, {
        ...click,
        payload: { data: { ...click.payload.data, attributes: older } },
      }) ?? []
    expect(draft).toMatchObject({
      url: 'https://example.net/',
      recipient: 'ada@example.com',
      occurredAtMs: 1_763_999_940_000,
    })
  })

  it('is identified by the event id, or without one by the whole event', () => {
    expect(identityOf(klaviyo, item('event:klaviyo.opened_email'))).toEqual([
      expect.any(Number),
      'event:klaviyo.opened_email',
      '73WCCK7JKtE',
    ])
    const [one, other] = ['a', 'b'].map((payload) =>
      identityOf(klaviyo, { topic: 'event:klaviyo.opened_email', payload }),
    )
    expect(one).not.toEqual(other)
  })

  it('quarantines an event without recipient and message', async () => {
    const account = await sender.open()
    const request = await account.deliver([simulated('email.delivered')], NOW_SECONDS)
    const { events, quarantined } = await read(klaviyo, withText(request, '$message', '$other'))
    expect(events).toEqual([])
    expect(quarantined).toMatchObject([{ problem: 'payload_invalid' }])
  })

  it('opens the list of events, and nothing else', () => {
    expect(open(klaviyo, '{"data":[1,2]}')).toEqual({ kind: 'items', items: [1, 2] })
    for (const text of ['{"data":{}}', '{}', '[]', 'x', ''])
      expect(open(klaviyo, text).kind).toBe('unreadable')
  })
})
