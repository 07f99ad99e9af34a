import { describe, expect, it } from 'vitest'
import { sendgridId, sendgrid as sender } from '../../src/simulator/senders/sendgrid.ts'
import { sendgrid } from '../../src/providers/sendgrid.ts'
import { NOW_SECONDS, anySimulatedEvent, withHeader } from './simulated-events.ts'
import { judge, sent } from './judge.ts'
import { readItem } from './natives.ts'
import { readAll, readOne } from './reading.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, sendgrid, {
  signsTime: true,
  batches: true,
  messageId: sendgridId,
})

/** The order of P-256. */
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** The other signature that ECDSA has for the same message: anybody can make it of the first, s becomes n - s. */
function twinOf(signature: string): string {
  const der = Buffer.from(signature, 'base64')
  const rEnd = 4 + (der[3] ?? 0)
  const s = BigInt(`0x${der.subarray(rEnd + 2).toString('hex')}`)
  const hex = (N - s).toString(16).padStart(64, '0')
  const twin = Buffer.from(/^[89a-f]/.test(hex) ? `00${hex}` : hex.replace(/^(?:00(?=[0-7]))+/, ''), 'hex')
  const parts = [der.subarray(2, rEnd), Buffer.from([0x02, twin.byteLength]), twin]
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([0x30, content.byteLength]), content]).toString('base64')
}

describe("SendGrid's signature", () => {
  it('gives the same claim for the second valid form of a signature', async () => {
    const { account, request } = await sent(sender)
    const header = 'x-twilio-email-event-webhook-signature'
    const twin = withHeader(request, header, twinOf(request.headers[header] ?? ''))
    expect(twin.headers[header]).not.toBe(request.headers[header])
    const [first, second] = [await judge(account, request), await judge(account, twin)]
    expect(second).toMatchObject({ ok: true })
    expect(second.ok && second.value.claim).toEqual(first.ok && first.value.claim)
  })

  it('covers the line breaks that separate the events', async () => {
    const account = await sender.open()
    const request = await account.deliver(
      [anySimulatedEvent(account), anySimulatedEvent(account)],
      NOW_SECONDS,
    )
    const text = new TextDecoder().decode(request.body)
    for (const changed of [text.trimEnd(), text.replace(',\r\n', ','), JSON.stringify(JSON.parse(text))]) {
      const body = new TextEncoder().encode(changed)
      expect(await judge(account, { ...request, body })).toMatchObject({
        ok: false,
        refusal: { code: 'signature_mismatch' },
      })
    }
  })
})

const click = {
  event: 'click',
  email: 'ada@example.com',
  timestamp: 1_700_000_000,
  sg_message_id: 'm.filter1',
  sg_event_id: 'one',
  url: 'https://example.net/',
  url_offset: { index: 0, type: 'html' },
}

describe("SendGrid's events", () => {
  it.each([
    [{ event: 'processed' }, { type: 'email.sent' }],
    [
      { event: 'deferred', response: '421 4.7.0 later', attempt: '2' },
      { type: 'email.deferred', reason: '421 4.7.0 later', smtp_code: '421' },
    ],
    [
      { event: 'delivered', ip: '192.0.2.1', response: '250 OK' },
      { type: 'email.delivered', client_ip: null },
    ],
    [
      { event: 'bounce', status: '5.1.1' },
      { type: 'email.bounced', bounce_type: 'hard', enhanced_code: '5.1.1' },
    ],
    [
      { event: 'bounce', type: 'bounce', status: '', reason: '550 5.7.1 no' },
      { bounce_type: 'hard', smtp_code: '550', enhanced_code: '5.7.1' },
    ],
    [
      { event: 'bounce', type: 'blocked' },
      { type: 'email.bounced', bounce_type: 'blocked' },
    ],
    [
      { event: 'dropped', reason: 'Bounced Address' },
      { type: 'email.rejected', reject_reason: 'bounced' },
    ],
    [{ event: 'dropped', reason: 'Unsubscribed Address' }, { reject_reason: 'unsubscribed' }],
    [{ event: 'dropped', reason: 'Spam Reporting Address' }, { reject_reason: 'spam' }],
    [
      { event: 'dropped', reason: 'Spam Content (if Spam Checker app is enabled)' },
      { reject_reason: 'spam' },
    ],
    [{ event: 'dropped', reason: 'Invalid SMTPAPI header' }, { reject_reason: 'invalid' }],
    [{ event: 'dropped', reason: 'Recipient List over Package Quota' }, { reject_reason: 'other' }],
    [
      { event: 'open', ip: '192.0.2.1', useragent: 'UA', sg_machine_open: true },
      { type: 'email.opened', client_ip: '192.0.2.1', user_agent: 'UA', metadata: {} },
    ],
    [click, { type: 'email.clicked', url: 'https://example.net/', message_id: 'm.filter1' }],
    [{ event: 'spamreport' }, { type: 'email.spam_reported' }],
    [{ event: 'unsubscribe' }, { type: 'email.unsubscribed' }],
    [
      { event: 'group_unsubscribe', asm_group_id: 7, ip: '192.0.2.1', useragent: 'UA', url: 'https://x/' },
      { type: 'email.unsubscribed', client_ip: '192.0.2.1', user_agent: 'UA', url: 'https://x/' },
    ],
    [{ event: 'group_resubscribe', asm_group_id: 7 }, { type: 'email.subscribed' }],
    [
      { event: 'account_status_change', type: 'compliance_suspend', sg_event_id: 'e' },
      {
        type: 'email.unknown',
        native_type: 'account_status_change',
        reason: 'compliance_suspend',
        provider_event_id: 'e',
        recipient: null,
        metadata: {},
      },
    ],
    [
      { event: 'bounce', bounce_classification: 'Invalid Address' },
      { reason: 'Invalid Address', metadata: {} },
    ],
    [{ event: 'deferred', domain: 'example.com', from: 'shop@example.net' }, { metadata: {} }],
    [
      {
        event: 'processed',
        marketing_campaign_id: 7,
        marketing_campaign_version: 'B',
        marketing_campaign_split_id: 1,
      },
      { campaign_id: '7', metadata: {} },
    ],
    [{ event: 'open', category: 'one' }, { tags: ['one'] }],
    [
      { event: 'open', category: ['one', 'two'], singlesend_id: 's' },
      { tags: ['one', 'two'], campaign_id: 's' },
    ],
    [{ event: 'open', 'smtp-id': '<a@b>' }, { message_id: 'a@b' }],
    [{ event: 'open', order: 17 }, { metadata: { order: 17 } }],
  ])('%o', async (event, expected) => {
    expect(await readOne(sendgrid, [event])).toMatchObject(expected)
  })

  it.each([
    ['group_unsubscribe', 'group:7'],
    ['group_resubscribe', 'group:7'],
    ['unsubscribe', undefined],
    ['click', undefined],
  ])('%s of a message of a group holds for %s', (event, scope) => {
    expect(readItem(sendgrid, { event, asm_group_id: 7 })?.[0]?.scope).toBe(scope)
  })

  it.each([
    [true, true],
    [false, undefined],
    [undefined, undefined],
  ])('the machine open %s means %s: that it was not Apple is no person yet', (sg_machine_open, automated) => {
    expect(readItem(sendgrid, { event: 'open', sg_machine_open })?.[0]?.automated).toBe(automated)
  })

  it('are the same if they are retried under another event id', async () => {
    const [first] = await readAll(sendgrid, [click])
    const [again] = await readAll(sendgrid, [{ ...click, sg_event_id: 'two' }])
    expect(again?.id).toBe(first?.id)
    expect(again?.provider_event_id).not.toBe(first?.provider_event_id)
  })

  it.each([
    { url: 'https://example.net/b' },
    { url_offset: { index: 1, type: 'html' } },
    { timestamp: 1_700_000_001 },
    { email: 'bo@example.com' },
    { sg_message_id: 'other' },
    { event: 'open' },
  ])('are different events with %o', async (change) => {
    const ids = (await readAll(sendgrid, [click, { ...click, ...change }])).map(({ id }) => id)
    expect(new Set(ids).size).toBe(2)
  })
})
