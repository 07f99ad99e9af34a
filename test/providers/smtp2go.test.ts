import { describe, expect, it } from 'vitest'
import { smtp2go as sender } from '../../src/simulator/senders/smtp2go.ts'
import { utf8 } from '../../src/platform/bytes.ts'
import { smtp2go } from '../../src/providers/smtp2go.ts'
import { withHeader } from './simulated-events.ts'
import { judge, sent } from './judge.ts'
import { readAll, readBody, readOne } from './reading.ts'
import { describeProvider } from './suite.ts'

const FORM = 'application/x-www-form-urlencoded'

describeProvider(sender, smtp2go, { signsTime: false, batches: false })

describe('the signature of SMTP2GO', () => {
  it.each([
    ['Bearer a-token-of-the-tests', true],
    ['bearer a-token-of-the-tests', true],
    ['Bearer a-token-of-the-test', false],
    ['a-token-of-the-tests', false],
    ['Basic a-token-of-the-tests', false],
  ])('may be a bearer token: %s', async (authorization, ok) => {
    const document = { provider: 'smtp2go', secrets: { bearer_token: 'a-token-of-the-tests' } }
    const request = withHeader((await sent(sender)).request, 'authorization', authorization)
    expect(await judge({ document }, request)).toMatchObject({ ok })
  })
})

describe('SMTP2GO events', () => {
  const bounce = {
    event: 'bounce',
    time: '2026-05-01T12:00:00Z',
    rcpt: 'ada@example.com',
    email_id: '1rK2uF-FnQW0hPzabc-XyZ',
    bounce: 'hard',
    message: '550 5.1.1 user unknown',
  }

  it.each([
    [
      {},
      {
        type: 'email.bounced',
        bounce_type: 'hard',
        smtp_code: '550',
        occurred_at: '2026-05-01T12:00:00.000Z',
      },
    ],
    [{ bounce: 'soft' }, { bounce_type: 'soft' }],
    [
      { bounce: 'soft', message: undefined, context: 'DATA: 452 4.2.2 Mailbox full' },
      {
        reason: 'DATA: 452 4.2.2 Mailbox full',
        smtp_code: '452',
        enhanced_code: '4.2.2',
        cause: 'mailbox_full',
      },
    ],
    [{ context: 'RCPT TO:<ada@example.com>' }, { reason: '550 5.1.1 user unknown', smtp_code: '550' }],
    [{ event: 'delivered', message: undefined, context: 'DATA: 250 ok' }, { reason: null }],
    [{ bounce: '' }, { bounce_type: 'undetermined' }],
    [{ time: '2026-05-01 12:00:00' }, { occurred_at: '2026-05-01T12:00:00.000Z' }],
    [{ time: 1_777_636_800 }, { occurred_at: '2026-05-01T12:00:00.000Z' }],
    [{ time: undefined, sendtime: '2026-05-01T11:59:00Z' }, { occurred_at: '2026-05-01T11:59:00.000Z' }],
    [{ 'X-Order': '4711', 'geoip-country': 'NL', 'client-os': 'x' }, { metadata: { 'X-Order': '4711' } }],
    [
      {
        event: 'open',
        srchost: '192.0.2.7',
        id: 7,
        'message-id': '<a@example.net>',
        from_address: 'shop@example.net',
        from_name: 'Shop',
      },
      { client_ip: '192.0.2.7', other_message_ids: ['a@example.net'], metadata: {}, provider_event_id: null },
    ],
    // The address that submitted the mail.
    [
      { event: 'processed', srchost: '198.51.100.9' },
      { client_ip: null, metadata: {} },
    ],
    // Nobody is suppressed if it cannot be told whose event it is.
    [{ rcpt: undefined, recipients: ['ada@example.com', 'bo@example.com'] }, { recipient: null }],
    [{ rcpt: undefined, recipients: ['ada@example.com'] }, { recipient: 'ada@example.com' }],
  ])('with %o are read as %o', async (changes, expected) => {
    expect(await readOne(smtp2go, { ...bounce, ...changes })).toMatchObject(expected)
  })

  it.each(['sms_sending', 'sms_submitted', 'sms_delivered', 'sms_failed', 'sms_rejected', 'opt-out'])(
    'of a text message leave no number and no text: %s',
    async (event) => {
      const native = { event, destination_number: '+4915112345678', message_content: 'Your code is 1234' }
      for (const [body, type] of [
        [JSON.stringify(native), 'application/json'],
        [new URLSearchParams(native).toString(), FORM],
      ] as const)
        expect(await readBody(smtp2go, utf8(body), type)).toMatchObject({ events: [], quarantined: [] })
    },
  )

  it.each([FORM, `${FORM}; charset=utf-8`, FORM.toUpperCase()])(
    'are the same as form fields: %s',
    async (type) => {
      const form = utf8(new URLSearchParams(bounce).toString())
      const { events } = await readBody(smtp2go, form, type)
      expect(events).toEqual([await readOne(smtp2go, bounce)])
    },
  )

  it('without a recipient of their own are of all recipients', async () => {
    const events = await readAll(smtp2go, {
      ...bounce,
      event: 'processed',
      rcpt: undefined,
      recipients: ['ada@example.com', 'Bo <bo@example.com>'],
    })
    expect(events.map(({ recipient }) => recipient)).toEqual(['ada@example.com', 'bo@example.com'])
  })
})
