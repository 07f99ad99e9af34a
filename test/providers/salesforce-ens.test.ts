import { createHmac, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { OutgoingRequest } from '../../src/simulator/sender.ts'
import { salesforceEns as sender } from '../../src/simulator/senders/salesforce-ens.ts'
import { numberFor } from '../../src/simulator/stable-ids.ts'
import { utf8 } from '../../src/platform/bytes.ts'
import { salesforceEns } from '../../src/providers/salesforce-ens.ts'
import { RECIPIENT, posted, simulated } from './simulated-events.ts'
import { judge } from './judge.ts'
import { identityOf, readItem } from './natives.ts'
import { readBody } from './reading.ts'
import { describeProvider } from './suite.ts'

/** Without a message key the ids of job, list, batch and subscriber tell the message. */
const WITHOUT_KEY: readonly string[] = ['email.opened', 'email.clicked', 'email.unsubscribed']

describeProvider(sender, salesforceEns, {
  signsTime: false,
  batches: true,
  messageId: (id, kind) =>
    WITHOUT_KEY.includes(kind) ? `${numberFor(id, 7)}.44609.4153.${numberFor(RECIPIENT, 10)}` : id,
  unreadable: [{}, { info: {} }, { callbackId: 'c', verificationKey: 'k' }],
})

const SIGNATURE = 'x-sfmc-ens-signature'

describe('the signature of Salesforce', () => {
  const KEY = randomBytes(32).toString('base64')
  const BODY = utf8('[{"eventCategoryType":"TransactionalSendEvents.EmailSent","info":{"messageKey":"m"}}]')

  const signed = (
    key: string | Uint8Array,
    body = BODY,
    digest: 'base64' | 'hex' = 'base64',
  ): OutgoingRequest =>
    posted(body, {
      'content-type': 'application/json',
      [SIGNATURE]: createHmac('sha256', key).update(body).digest(digest),
    })

  const account = (signature_key: string) => ({
    document: { provider: 'salesforce-ens', secrets: { signature_key } },
  })

  it.each([
    ['the bytes of its key', signed(Buffer.from(KEY, 'base64')), KEY, true],
    ['its key as text', signed(KEY), KEY, true],
    ['a key that is no base64', signed('no base64 at all'), 'no base64 at all', true],
    ['the bytes of another key', signed(randomBytes(32)), KEY, false],
    ['the bytes of its key, in hex', signed(Buffer.from(KEY, 'base64'), BODY, 'hex'), KEY, false],
    ['its key as text, in hex', signed(KEY, BODY, 'hex'), KEY, false],
    ['no key at all', signed(''), KEY, false],
    // Fifteen bytes are too few for a key; as text it is one.
    ['too few bytes', signed(Buffer.alloc(15, 7)), Buffer.alloc(15, 7).toString('base64'), false],
  ])('under %s', async (_what, request, key, ok) => {
    expect(await judge(account(key), request)).toMatchObject({ ok })
  })

  it('is made in both ways by the simulated sender, in turn', async () => {
    const opened = await sender.open()
    const simulatedEvents = [simulated('email.sent')]
    const requests = [await opened.deliver(simulatedEvents, 0), await opened.deliver(simulatedEvents, 0)]
    expect(new Set(requests.map(({ headers }) => headers[SIGNATURE])).size).toBe(2)
    for (const request of requests) expect(await judge(opened, request)).toMatchObject({ ok: true })
  })

  it('covers every byte of the body, under either key', async () => {
    for (const key of [KEY, Buffer.from(KEY, 'base64')]) {
      const request = { ...signed(key), body: utf8(`${new TextDecoder().decode(BODY)} `) }
      expect(await judge(account(KEY), request)).toMatchObject({
        ok: false,
        refusal: { code: 'signature_mismatch' },
      })
    }
  })

  it('is also required of the callback verification, which has none', async () => {
    const body = utf8('{"callbackId":"65b885ab-c2b4-46fe-85d0-d6cb8be8057d","verificationKey":"k"}')
    const { [SIGNATURE]: _, ...headers } = signed(KEY, body).headers
    expect(await judge(account(KEY), { ...signed(KEY, body), headers })).toMatchObject({
      ok: false,
      refusal: { code: 'header_missing' },
    })
    expect(salesforceEns.answerValidation).toBeUndefined()
  })
})

const COMPOSITE = { jobId: '2001070', batchId: '4153', listId: '44609', subscriberId: '1251508322' }

const item = (eventCategoryType: string, info: object = {}, more: object = {}) => ({
  eventCategoryType,
  timestampUTC: 1_600_698_608_530,
  compositeId: '2001070.44609.4153.1251508322',
  composite: COMPOSITE,
  definitionKey: 'order-confirmation',
  mid: 1_447_640,
  info,
  ...more,
})

describe('Salesforce events', () => {
  it.each([
    ['TransactionalSendEvents.EmailSent', { type: 'email.sent' }],
    ['TransactionalSendEvents.EmailNotSent', { type: 'email.rejected', reject_reason: 'other' }],
    ['TransactionalSendEvents.EmailBounced', { type: 'email.bounced', bounce_type: 'undetermined' }],
    ['EngagementEvents.EmailOpen', { type: 'email.opened' }],
    ['EngagementEvents.EmailClick', { type: 'email.clicked' }],
    ['EngagementEvents.EmailUnsubscribe', { type: 'email.unsubscribed' }],
    ['EngagementEvents.EmailForwarded', { type: 'email.unknown' }],
    ['EmailSent', { type: 'email.unknown' }],
    ['constructor', { type: 'email.unknown' }],
  ])('%s', (word, expected) => {
    expect(readItem(salesforceEns, item(word, { to: 'ada@example.com', messageKey: 'm1' }))).toMatchObject([
      {
        ...expected,
        native_type: word,
        message_id: 'm1',
        recipient: 'ada@example.com',
        occurredAtMs: 1_600_698_608_530,
        tags: ['order-confirmation'],
        campaign_id: '2001070',
        metadata: COMPOSITE,
      },
    ])
  })

  it.each([
    'TransactionalSendEvents.SmsSent',
    'TransactionalSendEvents.SmsBounced',
    'TransactionalSendEvents.OttNotSent',
    'EngagementEvents.OttMobileOriginated',
    'EngagementEvents.PushOpen',
    'SendEvents.PushSent',
    'SendEvents.AutomationInstanceErrored',
  ])('%s is no event of an email', (word) => {
    expect(readItem(salesforceEns, item(word))).toEqual([])
  })

  it.each([
    [{ bounceCode: 'HARD' }, { bounce_type: 'hard' }],
    [{ bounceCode: 'SOFT' }, { bounce_type: 'soft' }],
    [{ bounceCode: 'BLOCK' }, { bounce_type: 'undetermined' }],
    [
      { bounceMessage: '5.1.1 (bad destination mailbox address) User Unknown', smtpReason: '5.1.1' },
      { reason: '5.1.1 (bad destination mailbox address) User Unknown', enhanced_code: '5.1.1' },
    ],
    [{ bounceMessage: '550 5.7.1 No' }, { smtp_code: '550', enhanced_code: '5.7.1' }],
  ])('a bounce with %j', (info, expected) => {
    expect(readItem(salesforceEns, item('TransactionalSendEvents.EmailBounced', info))).toMatchObject([
      expected,
    ])
  })

  it.each([
    [
      { reason: 'The subscriber ExactTarget system status is unsubscribed', statusMessage: 'Unsubscribed' },
      { reason: 'The subscriber ExactTarget system status is unsubscribed', reject_reason: 'unsubscribed' },
    ],
    [{ statusMessage: 'Held' }, { reason: 'Held', reject_reason: 'other' }],
  ])('an unsent message with %j', (info, expected) => {
    expect(readItem(salesforceEns, item('TransactionalSendEvents.EmailNotSent', info))).toMatchObject([
      expected,
    ])
  })

  it('names the person of a click only by a number', () => {
    const info = { ipAddress: '192.0.2.7', userAgent: 'UA', contentLink: 'https://example.net/a' }
    expect(
      readItem(salesforceEns, item('EngagementEvents.EmailClick', info, { definitionKey: 'NA' })),
    ).toMatchObject([
      {
        message_id: '2001070.44609.4153.1251508322',
        recipient: undefined,
        client_ip: '192.0.2.7',
        user_agent: 'UA',
        url: 'https://example.net/a',
        tags: [],
      },
    ])
  })

  it.each([
    [{ composite: undefined }, '2001070.44609.4153.1251508322'],
    [{ composite: { ...COMPOSITE, subscriberId: undefined }, compositeId: 'c' }, 'c'],
    [{ composite: { ...COMPOSITE, jobId: 2_001_071 } }, '2001071.44609.4153.1251508322'],
    [{ composite: 'text', compositeId: undefined }, undefined],
  ])('identifies the message by its ids: %j', (more, id) => {
    expect(readItem(salesforceEns, item('EngagementEvents.EmailOpen', {}, more))).toMatchObject([
      { message_id: id },
    ])
  })

  it.each([undefined, null, '2024-02-01', '1600698608530', -1, 1e308, {}])(
    'has no time in %j',
    (timestampUTC) => {
      expect(readItem(salesforceEns, item('EngagementEvents.EmailOpen', {}, { timestampUTC }))).toMatchObject(
        [{ occurredAtMs: undefined }],
      )
    },
  )

  it('distinguishes events by kind, unit, message, person, time and link', () => {
    const of = (word: string, info: object = {}, more: object = {}) =>
      identityOf(salesforceEns, item(word, info, more))
    const CLICK = 'EngagementEvents.EmailClick'
    const identities = [
      of(CLICK),
      of('EngagementEvents.EmailOpen'),
      of(CLICK, {}, { mid: 2 }),
      of(CLICK, { messageKey: 'm1' }),
      of(CLICK, { to: 'ada@example.com' }),
      of(CLICK, {}, { timestampUTC: 1_600_698_608_531 }),
      of(CLICK, { contentLink: 'https://example.net/a' }),
      of(CLICK, {}, { composite: { ...COMPOSITE, subscriberId: '2' } }),
      of(CLICK, {}, { composite: undefined, compositeId: undefined }),
      of(CLICK, { ipAddress: '192.0.2.8' }, { composite: undefined, compositeId: undefined }),
    ]
    expect(new Set(identities.map((identity) => JSON.stringify(identity))).size).toBe(identities.length)
    expect(of(CLICK, { userAgent: 'other' })).toEqual(of(CLICK))
  })

  it('may be a single event', async () => {
    const alone = item('TransactionalSendEvents.EmailSent', { to: 'ada@example.com', messageKey: 'm1' })
    const { events } = await readBody(salesforceEns, JSON.stringify(alone))
    expect(events).toMatchObject([{ type: 'email.sent', message_id: 'm1' }])
  })
})
