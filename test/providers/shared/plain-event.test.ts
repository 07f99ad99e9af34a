import { describe, expect, it } from 'vitest'
import { toInstant } from '../../../src/platform/time.ts'
import { generic } from '../../../src/providers/generic.ts'
import { readBody, readOne } from '../reading.ts'

const timestamp = '2025-11-24T16:00:00Z'
const event = (event_type: unknown, data: unknown, more: object = {}) => ({
  event_type,
  timestamp,
  data,
  ...more,
})
const message = { message_id: 'm-1', recipient: 'ada@example.com', timestamp }
/** Valid data of each type, and its required fields. */
const REQUIRED = [
  ['email.sent', message, ['message_id', 'recipient', 'timestamp']],
  ['email.delivered', message, ['message_id', 'recipient', 'timestamp']],
  ['email.spam_reported', message, ['message_id', 'recipient', 'timestamp']],
  [
    'email.bounced',
    { ...message, bounce_type: 'hard', reason: '550 5.1.1 no' },
    ['message_id', 'recipient', 'bounce_type', 'reason'],
  ],
  ['email.opened', { ...message, user_agent: 'UA' }, ['message_id', 'recipient', 'timestamp', 'user_agent']],
  ['email.clicked', { ...message, url: 'https://x' }, ['message_id', 'recipient', 'timestamp', 'url']],
  ['email.unsubscribed', { recipient: 'ada@example.com', timestamp }, ['recipient', 'timestamp']],
] as const

describe('an event', () => {
  it.each(REQUIRED)(
    '%s is accepted with its fields, and quarantined without one of them',
    async (type, data, required) => {
      const { timestamp: at, ...fields } = data
      const found = await readOne(generic, event(type, data))
      expect(found).toMatchObject({ type, ...fields, occurred_at: toInstant(Date.parse(at)) })
      for (const field of required) {
        for (const bad of [undefined, null, '', 7, {}]) {
          const body = JSON.stringify(event(type, { ...data, [field]: bad }))
          const { events, quarantined } = await readBody(generic, body)
          expect([events, quarantined.length], `${field}: ${JSON.stringify(bad)}`).toEqual([[], 1])
        }
      }
    },
  )

  it.each([
    ['ada@example.com', true],
    ['ada+tag@mail.example.co.uk', true],
    ["o'hara@example.com", true],
    ['ünïcode@bücher.example', true],
    ['Ada <ada@example.com>', false],
    ['ada@example', false],
    ['ada', false],
    ['@example.com', false],
    ['ada@', false],
    ['a b@example.com', false],
    ['ada@example.com\r\nbcc: x@example.com', false],
    ['ada@exa_mple.com', false],
    ['ada@-example.com', false],
    ['ada@@example.com', false],
    [`${'a'.repeat(65)}@example.com`, false],
    ['ada@example.com,bo@example.com', false],
  ])('with the recipient %j', async (recipient, ok) => {
    const body = JSON.stringify(event('email.delivered', { ...message, recipient }))
    const { events } = await readBody(generic, body)
    expect(events).toHaveLength(ok ? 1 : 0)
  })

  it.each([
    [event('order.shipped', {}), { type: 'email.unknown', native_type: 'order.shipped' }],
    [event('email.deferred', message), { type: 'email.deferred' }],
    [event('email.subscribed', { recipient: 'ada@example.com' }), { type: 'email.subscribed' }],
    [
      event('email.delivered', { ...message, timestamp: '2025-11-24T15:59:00+01:00' }),
      { occurred_at: '2025-11-24T14:59:00.000Z' },
    ],
    [
      event('email.bounced', {
        ...message,
        bounce_type: 'soft',
        reason: '452 4.2.2 full',
        tags: ['a'],
        campaign_id: 'c',
        order: 17,
        metadata: { b: 1 },
      }),
      {
        smtp_code: '452',
        enhanced_code: '4.2.2',
        tags: ['a'],
        campaign_id: 'c',
        metadata: { order: 17, b: 1 },
      },
    ],
  ])('%o', async (native, expected) => {
    expect(await readOne(generic, native)).toMatchObject(expected)
  })

  it.each([
    [{}, { scope: null, automated: null, automated_by: null, metadata: {} }],
    [{ scope: 'list:news' }, { scope: 'list:news', metadata: { scope: 'list:news' } }],
    [{ scope: 'list: news' }, { scope: null, metadata: { scope: 'list: news' } }],
    [{ scope: 'newsletter' }, { scope: null, metadata: { scope: 'newsletter' } }],
    [{ automated: true }, { automated: true, automated_by: 'esp', metadata: { automated: true } }],
    [{ automated: false }, { automated: false, automated_by: 'esp' }],
    [{ automated: 'true' }, { automated: null, automated_by: null }],
  ])('of an unsubscribe with %j', async (data, expected) => {
    expect(await readOne(generic, event('email.unsubscribed', { ...message, ...data }))).toMatchObject(
      expected,
    )
  })

  it.each([
    ['no type', event(undefined, message)],
    ['a type that is no text', event(7, message)],
    ['an empty type', event('', message)],
    ['a type longer than 200 characters', event('x'.repeat(201), message)],
    ['no timestamp', event('email.delivered', message, { timestamp: undefined })],
    ['a timestamp without a zone', event('email.delivered', message, { timestamp: '2025-11-24T16:00:00' })],
    ['no data', event('email.delivered', undefined)],
    ['a list as data', event('email.delivered', [message])],
    ['a list as data of a type that demands nothing', event('order.shipped', [message])],
    ['a bounce type of its own', event('email.bounced', { ...message, bounce_type: 'bad', reason: 'x' })],
  ])('with %s is quarantined, and the others of its batch are not', async (_what, bad) => {
    const body = JSON.stringify([event('email.sent', message), bad, event('email.delivered', message)])
    const { events, quarantined } = await readBody(generic, body)
    expect(events.map(({ type }) => type)).toEqual(['email.sent', 'email.delivered'])
    expect(quarantined).toHaveLength(1)
  })
})
