import { createSign, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { certificateFor } from '../../src/simulator/certificate.ts'
import type { Account, OutgoingRequest } from '../../src/simulator/sender.ts'
import { alibabaDirectMail as sender } from '../../src/simulator/senders/alibaba-directmail.ts'
import { utf8 } from '../../src/platform/bytes.ts'
import { alibabaDirectMail } from '../../src/providers/alibaba-directmail.ts'
import { NOW_SECONDS, withHeader, posted } from './simulated-events.ts'
import { judge } from './judge.ts'
import { identityOf, open, readItem } from './natives.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, alibabaDirectMail, { signsTime: true, batches: false, signedAnew: true })

const event = (type: unknown, data: object = {}, changes: object = {}) => ({
  data: {
    header: { 'X-Notify-Message-ID': 'order-17' },
    env_id: '6000001',
    rcpt: 'ada@example.com',
    msg_id: '<m-1@example.net>',
    send_time: '2024-04-29T11:07:04',
    tag: 'order',
    ...data,
  },
  id: 'e-1',
  source: 'acs:dm',
  time: '2024-04-29T11:07:12+08:00',
  type,
  ...changes,
})

const FAILED = {
  err_code: '554',
  err_msg: "554  RCPT ada@example.com dosn't exist",
  failed_type: 'SmtpNxBox',
}

describe('Alibaba Cloud Direct Mail events', () => {
  it.each<[string, object, object]>([
    ['dm:Deliver:Succeed', { status: 0, err_msg: '250 Send Mail OK' }, { type: 'email.delivered', reason: undefined }],
    ['dm:Deliver:Fail', { ...FAILED, status: '2' }, { type: 'email.bounced', bounce_type: 'hard', smtp_code: '554' }],
    ['dm:Deliver:Fail', { ...FAILED, status: 2 }, { type: 'email.bounced', bounce_type: 'hard' }],
    ['dm:Deliver:Fail', { ...FAILED, status: '3' }, { type: 'email.bounced', bounce_type: 'blocked' }],
    ['dm:Deliver:Fail', { ...FAILED, status: '4' }, { type: 'email.bounced', bounce_type: 'undetermined' }],
    ['dm:Deliver:Fail', { ...FAILED, status: '4', err_msg: 'Domain frequency limited', err_code: '550', failed_type: 'SmtpMfdFreq' }, { bounce_type: 'undetermined', smtp_code: '550', reason: 'Domain frequency limited' }],
    ['dm:Deliver:Fail', { ...FAILED, status: '4', err_msg: '', err_code: 'none' }, { smtp_code: undefined }],
    ['dm:Deliver:Fail', { failed_type: 'SmtpNxBox' }, { bounce_type: 'undetermined', reason: 'SmtpNxBox' }],
    ['dm:Deliver:Fail', { status: 'constructor' }, { type: 'email.bounced', bounce_type: 'undetermined' }],
    ['dm:Trace:Open', {}, { type: 'email.opened', bounce_type: undefined }],
    ['dm:Trace:Click', { url: 'https://example.net/' }, { type: 'email.clicked', url: 'https://example.net/' }],
    ['dm:Feedback:UnSubscribe', {}, { type: 'email.unsubscribed' }],
    ['dm:Feedback:Subscribe', {}, { type: 'email.subscribed' }],
    ['dm:Validator:GrayListResult', {}, { type: 'email.unknown' }],
    ['constructor', {}, { type: 'email.unknown' }],
  ])('%s with %j', (type, data, expected) => {
    expect(readItem(alibabaDirectMail, event(type, data))).toMatchObject([
      {
        native_type: type,
        provider_event_id: 'e-1',
        message_id: 'm-1@example.net',
        recipient: 'ada@example.com',
        tags: ['order'],
        occurredAtMs: Date.parse('2024-04-29T03:07:12Z'),
        metadata: { 'X-Notify-Message-ID': 'order-17', env_id: '6000001' },
        ...expected,
      },
    ])
  }) // prettier-ignore

  it('reads recipient and message of a complaint from the fields of feedback loops', () => {
    const data = { block_email: 'bo@example.com', message_id: '<m-2@example.net>', block_time: '1726821667' }
    const complaint = { id: 'e-2', type: 'dm:Feedback:FblReport', time: '2024-09-20T20:14:27+08:00', data }
    expect(readItem(alibabaDirectMail, complaint)).toMatchObject([
      {
        type: 'email.spam_reported',
        recipient: 'bo@example.com',
        message_id: 'm-2@example.net',
        metadata: {},
      },
    ])
    const left = {
      id: 'e-3',
      type: 'dm:Feedback:UnSubscribe',
      data: { rcpt: 'bo@example.com', envid: '60001' },
    }
    expect(readItem(alibabaDirectMail, left)).toMatchObject([
      { recipient: 'bo@example.com', message_id: undefined, metadata: { env_id: '60001' } },
    ])
  })

  it.each([
    [
      { failed_type: 'SysOutRecipientUnsubscribed' },
      { type: 'email.rejected', reject_reason: 'unsubscribed' },
    ],
    [
      { failed_type: 'SysOutRecipientReportedSpam', status: 3 },
      { type: 'email.rejected', reject_reason: 'spam' },
    ],
    [
      { failed_type: 'SysOutRcptOnAccountLevelBounceList' },
      { reject_reason: 'bounced', bounce_type: undefined },
    ],
    [
      { status: 4, err_msg: '452 4.2.2 Mailbox full' },
      { type: 'email.bounced', bounce_type: 'soft' },
    ],
    [
      { status: 4, err_msg: '550 5.7.1 No' },
      { type: 'email.bounced', bounce_type: 'undetermined' },
    ],
  ])('reads a failure with %j', (data, expected) => {
    expect(readItem(alibabaDirectMail, event('dm:Deliver:Fail', data))).toMatchObject([expected])
  })

  it('identifies an event by its id, or without one by its content', () => {
    const again = event('dm:Trace:Open', {}, { aliyunpublishtime: 'later' })
    expect(identityOf(alibabaDirectMail, again)).toEqual([expect.any(Number), 'dm:Trace:Open', 'e-1'])
    const nameless = (data: object, changes: object = {}) =>
      identityOf(alibabaDirectMail, event('dm:Trace:Open', data, { id: undefined, ...changes }))
    expect(nameless({}, { aliyunpublishtime: 'later' })).toEqual(nameless({}))
    expect(nameless({ rcpt: 'bo@example.com' })).not.toEqual(nameless({}))
    expect(nameless({}, { type: 'dm:Trace:Click' })).not.toEqual(nameless({}))
  })

  it.each([null, [], 'text', 17, {}, event(undefined), { type: {} }])('cannot read %j', (nonsense) => {
    expect(readItem(alibabaDirectMail, nonsense)).toBeUndefined()
  })

  it.each([
    { type: 'x' },
    { type: 'x', data: null },
    { type: 'x', data: [] },
    { type: 'x', time: 17, data: 'y' },
  ])('keeps %j', (bare) => {
    expect(readItem(alibabaDirectMail, bare)).toMatchObject([{ type: 'email.unknown', native_type: 'x' }])
  })

  it.each(['', 'x-eventbridge-signature-token: t\n{}', '"text"', '{'])('cannot read %j', (text) => {
    expect(open(alibabaDirectMail, text)).toEqual({ kind: 'unreadable' })
  })
})

const PREFIX = 'x-eventbridge-signature'
const URL = 'https://postern.example/hooks/suite'
const HOST = 'https://cn-hangzhou-eventbridge.oss-accelerate.aliyuncs.com'

/** Once a key: what was fetched is kept by its address. */
const signerOf = (bits: number) => {
  const keys = generateKeyPairSync('rsa', { modulusLength: bits })
  // Long over: nobody is said to look.
  const until = { notBefore: new Date('2021-01-21'), notAfter: new Date('2022-01-21') }
  const certificate = certificateFor({ ...keys, ...until, commonName: 'whatever' })
  return { url: `${HOST}/x509_public_certificate_${bits}.pem`, privateKey: keys.privateKey, certificate }
}
const SIGNER = signerOf(2_048)
const SHORT_SIGNER = signerOf(1_024)

interface Signing {
  readonly order?: readonly string[]
  readonly change?: Readonly<Record<string, string>>
  readonly url?: string
  readonly behind?: string
  readonly by?: typeof SIGNER
}

/** A delivery that is put together by hand, as the page has it but for what is changed. */
async function signed({ order, change = {}, url = URL, behind = '', by = SIGNER }: Signing = {}) {
  const account = await sender.open()
  const { signature_token: token } = account.document['secrets'] as { signature_token: string }
  const headers: Record<string, string> = {
    [`${PREFIX}-timestamp`]: `${NOW_SECONDS}999`,
    'x-eventbridge-hash-method': 'SHA256',
    [`${PREFIX}-version`]: '1.0',
    [`${PREFIX}-url`]: by.url,
    [`${PREFIX}-token`]: token,
    ...change,
  }
  const body = JSON.stringify(event('dm:Trace:Open'))
  const lines = (order ?? Object.keys(headers)).map((name) => `${name}: ${headers[name]}`)
  const signature = createSign('sha256').update(`${url}\n${lines.join('\n')}\n${body}${behind}`)
  const request: OutgoingRequest = posted(body, {
    ...headers,
    [`${PREFIX}-v2`]: signature.sign(by.privateKey, 'base64'),
  })
  return { account: { ...account, serves: { [by.url]: by.certificate } }, request }
}

const judged = ({ account, request }: { account: Account; request: OutgoingRequest }) =>
  judge(account, request)

describe('the signature of EventBridge', () => {
  it.each<[string, Signing]>([
    ['as the page has it', {}],
    ['with a line feed behind the body, as Alibaba’s own code has it', { behind: '\n' }],
    ['under a key as short as that of 2021', { by: SHORT_SIGNER }],
  ])('accepts a request that is signed %s', async (_what, signing) => {
    expect(await judged(await signed(signing))).toMatchObject({
      ok: true,
      value: { coversBody: true, signedAtSeconds: NOW_SECONDS },
    })
  })

  it.each<[string, Signing]>([
    ['with two line feeds behind', { behind: '\n\n' }],
    ['with something else behind', { behind: ' ' }],
    ['for another URL', { url: 'https://postern.example/hooks/other' }],
    ['for the URL with a query', { url: `${URL}?a=1` }],
    ['without its time', { order: ['x-eventbridge-hash-method', `${PREFIX}-version`, `${PREFIX}-url`, `${PREFIX}-token`] }],
    ['without the token', { order: [`${PREFIX}-timestamp`, 'x-eventbridge-hash-method', `${PREFIX}-version`, `${PREFIX}-url`] }],
    ['in another order', { order: ['x-eventbridge-hash-method', `${PREFIX}-timestamp`, `${PREFIX}-version`, `${PREFIX}-url`, `${PREFIX}-token`] }],
  ])('refuses a request that is signed %s', async (_what, signing) => {
    expect(await judged(await signed(signing))).toMatchObject({ refusal: { code: 'signature_mismatch' } })
  }) // prettier-ignore

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['of the first version', { 'x-eventbridge-hash-method': 'HMAC-SHA1' }, 'proof_malformed'],
    ['with a weaker hash', { 'x-eventbridge-hash-method': 'SHA1' }, 'proof_malformed'],
    ['of a version that nobody knows', { [`${PREFIX}-version`]: '2.0' }, 'proof_malformed'],
    ['with seconds for milliseconds', { [`${PREFIX}-timestamp`]: String(NOW_SECONDS) }, 'proof_malformed'],
    ['with another token', { [`${PREFIX}-token`]: 'that-of-another-customer' }, 'credentials_wrong'],
    ['with an empty token', { [`${PREFIX}-token`]: '' }, 'proof_missing'],
    [
      'with another’s certificate',
      { [`${PREFIX}-url`]: 'https://evil.example/a.pem' },
      'certificate_refused',
    ],
  ])('refuses a validly signed request %s', async (_what, change, code) => {
    expect(await judged(await signed({ change }))).toMatchObject({ ok: false, refusal: { code } })
  })

  it('refuses the signature of version 1 alone', async () => {
    const { account, request } = await signed()
    const first = withHeader(withHeader(request, `${PREFIX}-v2`, null), PREFIX, 'c2lnbmF0dXJl')
    expect(await judged({ account, request: first })).toEqual({
      ok: false,
      refusal: { code: 'header_missing', header: `${PREFIX}-v2` },
    })
  })

  it('treats the body with an additional line feed as the same delivery', async () => {
    const { account, request } = await signed({ behind: '\n' })
    const longer = { ...request, body: utf8(`${new TextDecoder().decode(request.body)}\n`) }
    const [one, other] = [await judged({ account, request }), await judged({ account, request: longer })]
    expect(one).toMatchObject({ ok: true })
    expect(other).toMatchObject({ ok: true, value: { claim: one.ok ? one.value.claim : {} } })
  })

  it('covers the URL with the target’s query', async () => {
    const { account, request } = await signed({ url: `${URL}?shop=1` })
    expect(await judged({ account, request: { ...request, query: '?shop=1' } })).toMatchObject({ ok: true })
    expect(await judged({ account, request: { ...request, query: '?shop=2' } })).toMatchObject({ ok: false })
  })

  it('gives a retryable answer if the certificate cannot be fetched', async () => {
    const { account, request } = await signed({ by: { ...SIGNER, url: `${HOST}/away.pem` } })
    const away = await judged({ account: { ...account, serves: {} }, request })
    expect(away).toMatchObject({ refusal: { code: 'proof_unavailable' } })
  })
})
