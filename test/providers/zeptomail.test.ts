import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { OutgoingRequest } from '../../src/simulator/sender.ts'
import { zeptomail as sender } from '../../src/simulator/senders/zeptomail.ts'
import { zeptomail } from '../../src/providers/zeptomail.ts'
import { deliveryOf, withHeader, posted } from './simulated-events.ts'
import { judge, sent } from './judge.ts'
import { identityOf, open, readItem } from './natives.ts'
import { readAll, readBody } from './reading.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, zeptomail, {
  signsTime: false,
  batches: false,
  unreadable: [{}, { event_name: 'hardbounce' }, { event_message: {} }, { event_message: [] }],
})

const KEY = 'a key of the tests'
const HEADER = 'producer-signature'
const FORM = 'application/x-www-form-urlencoded'

const ours = { document: { provider: 'zeptomail', secrets: { authentication_key: KEY } } }

const signatureOf = (text: string) => createHmac('sha256', KEY).update(text).digest('base64')

const post = (body: string, signature = '', contentType = 'application/json'): OutgoingRequest =>
  posted(body, {
    'content-type': contentType,
    [HEADER]: `ts=1596109465823;s=${encodeURIComponent(signature)};s-algorithm=HmacSHA256`,
  })

const judged = async (request: OutgoingRequest) => judge(ours, request)

const message = (more: object = {}) => ({
  email_info: {
    client_reference: 'order-4711',
    bounce_address: 'bounce@example.net',
    from: { address: 'shop@example.net' },
    to: [{ email_address: { address: 'ada@example.com', name: 'Ada' } }],
    tag: 'order',
  },
  event_data: [{ details: [{ time: '2026-07-09T06:11:57Z' }] }],
  request_id: 'm1',
  ...more,
})

const item = (event_name: unknown, more: object = {}) => ({
  event_name,
  event_message: message(more),
  webhook_request_id: 'w1',
})

const detailed = (...details: readonly unknown[]) => ({ event_data: [{ details }] })

describe('the signature of ZeptoMail', () => {
  const JSON_TEXT = JSON.stringify(item(['hardbounce'], { note: 'á + & = 50 %' }))
  const encoded = encodeURIComponent(JSON_TEXT)
  const inLowerCase = encoded.replaceAll(/%../g, (escape) => escape.toLowerCase())

  it.each([
    ['a JSON body as it came', post(JSON_TEXT, signatureOf(JSON_TEXT)), true],
    ['white space before it', post(` ${JSON_TEXT}`, signatureOf(` ${JSON_TEXT}`)), true],
    ['white space before it that is not signed', post(` ${JSON_TEXT}`, signatureOf(JSON_TEXT)), false],
    ['the value of a form', post(`data=${encoded}`, signatureOf(JSON_TEXT), FORM), true],
    ['the value of another field', post(`event=${encoded}`, signatureOf(JSON_TEXT), FORM), true],
    [
      'spaces that are pluses',
      post(`data=${encoded.replaceAll('%20', '+')}`, signatureOf(JSON_TEXT), FORM),
      true,
    ],
    ['lower-case escapes', post(`data=${inLowerCase}`, signatureOf(JSON_TEXT), FORM), true],
    ['a form that calls itself JSON', post(`data=${encoded}`, signatureOf(JSON_TEXT)), true],
    ['the form and not its value', post(`data=${encoded}`, signatureOf(`data=${encoded}`), FORM), false],
    ['another field behind it', post(`data=${encoded}&x=1`, signatureOf(JSON_TEXT), FORM), false],
    ['an escape that is none', post(`data=${encoded}%zz`, signatureOf(JSON_TEXT), FORM), false],
    ['an escape that was cut', post(`data=${encoded}%2`, signatureOf(JSON_TEXT), FORM), false],
    ['text without a value', post('data', signatureOf('data'), FORM), false],
    ['time and body', post(JSON_TEXT, signatureOf(`1596109465823${JSON_TEXT}`)), false],
    ['the body in hex', post(JSON_TEXT, createHmac('sha256', KEY).update(JSON_TEXT).digest('hex')), false],
    [
      'the body under another key',
      post(JSON_TEXT, createHmac('sha256', 'another key').update(JSON_TEXT).digest('base64')),
      false,
    ],
  ])('over %s', async (_what, request, ok) => {
    expect(await judged(request)).toMatchObject({ ok })
  })

  const s = signatureOf(JSON_TEXT)
  const escaped = encodeURIComponent(s)
  it.each([
    [`ts=1;s=${escaped};s-algorithm=HmacSHA256`, true],
    [`ts=1; s=${escaped}; s-algorithm=HmacSHA256`, true],
    [`s-algorithm=HmacSHA256;s=${escaped};ts=1`, true],
    [`ts=1;s=${s};s-algorithm=HmacSHA256`, true],
    [encodeURIComponent(`ts=1;s=${s};s-algorithm=HmacSHA256`), true],
    // The time is not signed: what it says is nobody's word.
    [`ts=9999999999999;s=${escaped};s-algorithm=HmacSHA256`, true],
    [`ts=1;s=${escaped}`, false],
    [`ts=1;s=${escaped};s-algorithm=HmacSHA1`, false],
    [`ts=1;s=${escaped};s-algorithm=none`, false],
    [`ts=1;s=${escaped};s=${escaped};s-algorithm=HmacSHA256`, false],
    [`ts=1;s=${escaped};s-algorithm=HmacSHA256;s-algorithm=HmacSHA256`, false],
    [`ts=1;s=${escaped}%;s-algorithm=HmacSHA256`, false],
    [`ts=1;s=${encodeURIComponent(escaped)};s-algorithm=HmacSHA256`, false],
    ['ts=1;s=;s-algorithm=HmacSHA256', false],
    [s, false],
  ])('in %s', async (value, ok) => {
    expect(await judged(withHeader(post(JSON_TEXT), HEADER, value))).toMatchObject({ ok })
  })

  it('identifies a notification independent of its encoding', async () => {
    const claims = await Promise.all(
      [post(JSON_TEXT, s), post(`a=${encoded}`, s), post(`b=${inLowerCase}`, s)].map(judged),
    )
    const [first, ...others] = claims.map((claim) => (claim.ok ? claim.value.claim : undefined))
    expect(first).toBeDefined()
    for (const other of others) expect(other).toEqual(first)
  })

  it('of a form is read with what it covers', async () => {
    const text = JSON.stringify({ event_name: ['hardbounce'], event_message: [message()] })
    const { events } = await readBody(zeptomail, `data=${encodeURIComponent(text)}`, FORM)
    expect(events).toMatchObject([{ type: 'email.bounced', message_id: 'm1' }])
  })
})

describe('the headers of a ZeptoMail webhook', () => {
  const headers = { 'X-Webhook-Key': 'a-key-of-the-tests' }
  const byHeaders = { document: { provider: 'zeptomail', secrets: { headers } } }

  it.each([
    ['a-key-of-the-tests', true],
    ['a-key-of-the-test', false],
    [null, false],
  ])('verify it: %s', async (value, ok) => {
    const request = withHeader(post(JSON.stringify(item(['hardbounce']))), 'x-webhook-key', value)
    expect(await judge(byHeaders, request)).toMatchObject(ok ? { ok, value: { coversBody: false } } : { ok })
  })
})

describe('what the console asks before it saves a URL', () => {
  const asked = (method: string, body: string) =>
    zeptomail.answerValidation?.({ ...deliveryOf({ ...post(body), headers: {} }), method })

  it.each([
    ['GET', '', { status: 200 }],
    ['HEAD', '', { status: 200 }],
    ['POST', '', { status: 200 }],
    ['POST', '{}', { status: 200 }],
    ['POST', '{ }', undefined],
    ['POST', '[]', undefined],
    ['POST', JSON.stringify(item(['hardbounce'])), undefined],
  ])('%s %s', (method, body, validation) => {
    expect(asked(method, body)).toEqual(validation)
  })

  it('is no delivery', async () => {
    const { request } = await sent(sender)
    expect(zeptomail.answerValidation?.(deliveryOf(request))).toBeUndefined()
  })
})

describe('ZeptoMail events', () => {
  it.each([
    ['delivered', { type: 'email.delivered' }],
    ['softbounce', { type: 'email.bounced', bounce_type: 'soft' }],
    ['softbounced', { type: 'email.bounced', bounce_type: 'soft' }],
    ['hardbounced', { type: 'email.bounced', bounce_type: 'hard' }],
    ['hardbounce', { type: 'email.bounced', bounce_type: 'hard' }],
    ['hard bounce', { type: 'email.bounced', bounce_type: 'hard' }],
    ['email_open', { type: 'email.opened' }],
    ['email_link_click', { type: 'email.clicked' }],
    ['fbl_compliant', { type: 'email.spam_reported' }],
    ['fbl_complaint', { type: 'email.spam_reported' }],
    ['feedback loop', { type: 'email.spam_reported' }],
    ['invented', { type: 'email.unknown' }],
    ['constructor', { type: 'email.unknown' }],
  ])('%s', (name, expected) => {
    expect(readItem(zeptomail, item(name))).toMatchObject([
      {
        ...expected,
        native_type: name,
        provider_event_id: 'w1',
        message_id: 'm1',
        recipient: 'ada@example.com',
        occurredAtMs: Date.parse('2026-07-09T06:11:57Z'),
        tags: ['order'],
        metadata: { client_reference: 'order-4711' },
      },
    ])
  })

  it.each([
    [
      { reason: 'relaying-issues', bounced_recipient: 'bo@example.com', diagnostic_message: '550 5.7.1 No' },
      { recipient: 'bo@example.com', reason: '550 5.7.1 No', smtp_code: '550', enhanced_code: '5.7.1' },
    ],
    [{ reason: 'bad-mailbox' }, { recipient: 'ada@example.com', reason: 'bad-mailbox' }],
    [
      { fblFrom: 'mx.example.com', returnPath: 'bounce@example.net', to: 'bo@example.com' },
      { recipient: 'bo@example.com' },
    ],
    [{ to: ['bo@example.com', 'cy@example.com'] }, { recipient: null }],
    [{ to: ['bo@example.com', 'bo@example.com'] }, { recipient: 'bo@example.com' }],
    [{ time: '2026-07-09T06:12:00Z' }, { occurredAtMs: Date.parse('2026-07-09T06:12:00Z') }],
    // It may be another when the event comes again.
    [{ modified_time: '2026-07-09T06:12:00Z' }, { occurredAtMs: undefined }],
    [
      { clicked_link: 'https://example.net/a', ip_location_info: { ip_address: '192.0.2.7' } },
      { url: 'https://example.net/a', client_ip: '192.0.2.7' },
    ],
    ['text', { occurredAtMs: undefined }],
    [null, { occurredAtMs: undefined }],
  ])('with %j', (detail, expected) => {
    expect(readItem(zeptomail, item('hardbounce', detailed(detail)))).toMatchObject([expected])
  })

  it('have no recipient if the message was for several', () => {
    const to = ['ada', 'bo'].map((name) => ({ email_address: { address: `${name}@example.com` } }))
    for (const email_info of [{ to }, { to: [to[0]], cc: [to[1]] }, { to: [to[0]], bcc: [to[1]] }])
      expect(readItem(zeptomail, item('email_open', { email_info }))).toMatchObject([
        { recipient: null, message_id: 'm1' },
      ])
    const bounced = detailed({ bounced_recipient: 'bo@example.com' })
    expect(readItem(zeptomail, item('hardbounce', { email_info: { to }, ...bounced }))).toMatchObject([
      { recipient: 'bo@example.com' },
    ])
  })

  it.each([undefined, null, 'text', []])('are of no email without its facts: %j', (email_info) => {
    const what = item('hardbounce', { email_info, whatsapp_info: { to: '31612345678' } })
    expect(readItem(zeptomail, what)).toMatchObject([{ type: 'email.unknown', bounce_type: undefined }])
  })

  it('are one event for each detail, or one without details', () => {
    const two = detailed({ bounced_recipient: 'ada@example.com' }, { bounced_recipient: 'bo@example.com' })
    expect(readItem(zeptomail, item('hardbounce', two))?.map(({ recipient }) => recipient)).toEqual([
      'ada@example.com',
      'bo@example.com',
    ])
    for (const event_data of [undefined, [], {}, 'text', { details: [] }])
      expect(readItem(zeptomail, item('delivered', { event_data }))).toHaveLength(1)
  })

  it('are read one by one if a call has several messages', async () => {
    const messages = [message({ request_id: 'm1' }), null, message({ request_id: 'm2' })]
    const text = JSON.stringify({ event_name: ['softbounce'], event_message: messages })
    const { events, quarantined } = await readBody(zeptomail, text)
    expect(events.map(({ type, message_id }) => [type, message_id])).toEqual([
      ['email.bounced', 'm1'],
      ['email.bounced', 'm2'],
    ])
    expect(quarantined).toMatchObject([{ problem: 'item_unreadable', item: true }])
  })

  it('have their own names if there are as many, else the first name', async () => {
    const both = (event_name: unknown) =>
      readAll(zeptomail, { event_name, event_message: [message(), message({ request_id: 'm2' })] })
    expect((await both(['delivered', 'email_open'])).map(({ type }) => type)).toEqual([
      'email.delivered',
      'email.opened',
    ])
    for (const names of ['delivered', ['delivered'], ['delivered', 'email_open', 'softbounce']])
      expect((await both(names)).map(({ type }) => type)).toEqual(['email.delivered', 'email.delivered'])
  })

  it('are read if a list is a single object, and by their object if they have no name', async () => {
    const data = { object: 'softbounce', details: { bounced_recipient: 'bo@example.com' } }
    expect(await readAll(zeptomail, { event_message: message({ event_data: data }) })).toMatchObject([
      { type: 'email.bounced', bounce_type: 'soft', recipient: 'bo@example.com' },
    ])
  })

  it('have the type of their own object if one call has several', async () => {
    const entry = (object: string, bounced_recipient: string) => ({
      object,
      details: [{ bounced_recipient }],
    })
    const event_data = [entry('hardbounce', 'ada@example.com'), entry('softbounce', 'bo@example.com')]
    const said = await readAll(zeptomail, {
      event_name: ['hardbounce', 'softbounce'],
      event_message: [message({ event_data })],
    })
    expect(said.map(({ recipient, bounce_type }) => [recipient, bounce_type])).toEqual([
      ['ada@example.com', 'hard'],
      ['bo@example.com', 'soft'],
    ])
  })

  it('are the same on another call, and others by message, person, time and link', () => {
    const of = (detail: object, more: object = {}) =>
      identityOf(zeptomail, { ...item('email_link_click', { ...detailed(detail), ...more }) })
    const click = { time: '2026-07-09T06:11:57Z', clicked_link: 'https://example.net/a' }
    const first = of(click)
    expect(
      identityOf(zeptomail, { ...item('email_link_click', detailed(click)), webhook_request_id: 'w2' }),
    ).toEqual(first)
    expect(of({ ...click, modified_time: '2026-07-09T07:00:00Z' })).toEqual(first)
    expect(of({ ...click, clicked_link: 'https://example.net/b' })).not.toEqual(first)
    expect(of({ ...click, time: '2026-07-09T06:11:58Z' })).not.toEqual(first)
    expect(of(click, { request_id: 'm2' })).not.toEqual(first)
  })

  it.each(['', 'text', '[]', 'null', '{}', '{"event_message":[]}', 'data=%7B%7D', 'data=%zz', '='])(
    'are quarantined as a whole if the body is %s',
    (text) => {
      expect(open(zeptomail, text)).toEqual({ kind: 'unreadable' })
    },
  )
})
