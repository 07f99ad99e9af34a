import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { OutgoingRequest } from '../../src/simulator/sender.ts'
import { mandrill as sender } from '../../src/simulator/senders/mandrill.ts'
import { mandrill } from '../../src/providers/mandrill.ts'
import { deliveryOf, withText, posted } from './simulated-events.ts'
import { judge, sent } from './judge.ts'
import { readBody } from './reading.ts'
import { describeProvider } from './suite.ts'

const FORM = 'application/x-www-form-urlencoded'

describeProvider(sender, mandrill, {
  signsTime: false,
  batches: true,
  poison: (body) => body.replace('%5B', '%5Bnull%2C'),
})

describe('the signature of Mandrill', () => {
  const KEY = 'a key of the tests'
  const URL_OF_HOOK = 'https://hooks.example.net/m?a=1'

  /** Signed by hand: the URL, then names and values in the order given. */
  const signed = (fields: readonly (readonly [string, string])[], order = fields): OutgoingRequest =>
    posted(new URLSearchParams(fields.map(([name, value]) => [name, value])).toString(), {
      'content-type': FORM,
      'x-mandrill-signature': createHmac('sha1', KEY)
        .update(URL_OF_HOOK + order.flat().join(''))
        .digest('base64'),
    })
  const account = (document: object) => ({ document: { provider: 'mandrill', ...document } })
  const ours = account({ publicUrl: URL_OF_HOOK, secrets: { webhook_key: KEY } })

  const a = ['alpha', '1'] as const
  const events = ['mandrill_events', '[]'] as const
  it.each([
    ['sorted parameters', signed([a, events]), ours, true],
    ['parameters that were sent in another order', signed([events, a], [a, events]), ours, true],
    ['parameters signed as they were sent', signed([events, a]), ours, false],
    [
      'the URL among the secrets',
      signed([events]),
      account({ secrets: { webhook_key: KEY, webhook_url: URL_OF_HOOK } }),
      true,
    ],
    [
      'another URL',
      signed([events]),
      account({ publicUrl: `${URL_OF_HOOK}&b=2`, secrets: { webhook_key: KEY } }),
      false,
    ],
    [
      'a slash at the end of the URL',
      signed([events]),
      account({ publicUrl: `${URL_OF_HOOK}/`, secrets: { webhook_key: KEY } }),
      false,
    ],
    [
      'a parameter that was added',
      withText(signed([events]), 'mandrill_events', 'b=2&mandrill_events'),
      ours,
      false,
    ],
    [
      'the URL as requested, if the source sets none',
      signed([events]),
      account({ secrets: { webhook_key: KEY } }),
      false,
    ],
  ])('with %s', async (_what, request, source, ok) => {
    expect(await judge(source, request)).toMatchObject({ ok })
  })

  it('covers the requested URL if the source sets none', async () => {
    const { url } = deliveryOf(signed([events]))
    const text = createHmac('sha1', KEY).update(`${url}mandrill_events[]`).digest('base64')
    const request = { ...signed([events]), headers: { 'content-type': FORM, 'x-mandrill-signature': text } }
    expect(await judge(account({ secrets: { webhook_key: KEY } }), request)).toMatchObject({
      ok: true,
    })
  })
})

const asked = (method: string, body: string) =>
  mandrill.answerValidation?.({
    ...deliveryOf(posted(body, { 'content-type': FORM })),
    method,
  })

describe("Mandrill's validation of a new URL", () => {
  it.each([
    ['HEAD', '', { status: 200 }],
    ['POST', 'mandrill_events=%5B%5D', { status: 200 }],
    ['POST', 'mandrill_events=[]', { status: 200 }],
    ['POST', '', undefined],
    ['POST', 'mandrill_events=%5B1%5D', undefined],
    ['POST', 'mandrill_events=%5B%5D&mandrill_events=%5B1%5D', undefined],
  ])('%s %s', (method, body, validation) => {
    expect(asked(method, body)).toEqual(validation)
  })

  it('a delivery with events does not get the validation answer', async () => {
    const { request } = await sent(sender)
    expect(mandrill.answerValidation?.(deliveryOf(request))).toBeUndefined()
  })
})

const form = (items: unknown) =>
  readBody(mandrill, new URLSearchParams({ mandrill_events: JSON.stringify(items) }).toString(), FORM)

describe('Mandrill events', () => {
  it('about lists keep their native type and are distinct', async () => {
    const change = {
      type: 'blacklist',
      action: 'add',
      ts: 1_438_785_792,
      reject: { email: 'ada@example.com' },
    }
    const { events } = await form([
      change,
      { ...change, action: 'remove' },
      { type: 'whitelist', action: 'add', ts: 1_438_785_792, entry: { email: 'bo@example.com' } },
    ])
    expect(events.map(({ type, native_type, recipient }) => [type, native_type, recipient])).toEqual([
      ['email.unknown', 'blacklist', 'ada@example.com'],
      ['email.unknown', 'blacklist', 'ada@example.com'],
      ['email.unknown', 'whitelist', 'bo@example.com'],
    ])
  })

  it('of inbound mail have no message of ours', async () => {
    const { events } = await form([
      {
        event: 'inbound',
        ts: 1_344_498_257,
        msg: { email: 'inbox@example.net', from_email: 'ada@example.com' },
      },
      { event: 'inbound', ts: 1_344_498_257 },
    ])
    expect(events).toMatchObject([
      { type: 'email.inbound', recipient: 'inbox@example.net', message_id: null },
      { type: 'email.inbound', recipient: null },
    ])
  })

  it('are the same if the message was opened meanwhile', async () => {
    const click = {
      event: 'click',
      ts: 1_344_498_257,
      _id: 'm',
      url: 'https://example.net',
      msg: { _id: 'm' },
    }
    const [before, after] = [
      await form([click]),
      await form([{ ...click, msg: { _id: 'm', opens: [{ ts: 1 }] } }]),
    ]
    expect(after.events.map(({ id }) => id)).toEqual(before.events.map(({ id }) => id))
  })

  it.each([
    [
      { event: 'soft_bounce', msg: { bounce_description: 'mailbox_full' } },
      { bounce_type: 'soft', reason: 'mailbox_full' },
    ],
    [
      { event: 'hard_bounce', msg: { diag: 'smtp;550 5.1.1 No' } },
      { bounce_type: 'hard', smtp_code: '550', enhanced_code: '5.1.1' },
    ],
    [
      {
        event: 'deferral',
        msg: { smtp_events: [{ diag: '421 4.4.1 First' }, { diag: '451 4.3.5 Temporarily unavailable' }] },
      },
      {
        type: 'email.deferred',
        reason: '451 4.3.5 Temporarily unavailable',
        smtp_code: '451',
        enhanced_code: '4.3.5',
      },
    ],
    [
      { event: 'soft_bounce', msg: { smtp_events: [], diag: '' } },
      { bounce_type: 'soft', reason: null },
    ],
    [
      { event: 'reject', msg: { reject: { reason: 'spam' } } },
      { type: 'email.rejected', reject_reason: 'spam' },
    ],
    [{ event: 'reject', msg: {} }, { reject_reason: 'other' }],
    [
      { event: 'send', msg: { _id: 'm-2' } },
      { type: 'email.sent', message_id: 'm-2' },
    ],
  ])('with %o are read as %o', async (item, expected) => {
    const msg = { email: 'ada@example.com', ...item.msg }
    expect((await form([{ ts: 1_344_498_257, ...item, msg }])).events).toMatchObject([expected])
  })

  it.each([['mandrill_events=oops'], ['mandrill_events=%7B%7D'], ['other=%5B%5D'], ['']])(
    'are quarantined as a whole if they cannot be read: %s',
    async (body) => {
      expect(await readBody(mandrill, body, FORM)).toMatchObject({
        events: [],
        quarantined: [{ problem: 'body_unreadable' }],
      })
    },
  )
})
