/**
 * Alibaba Cloud Direct Mail through EventBridge: RSA over URL, five headers and the event. EventBridge has one key for all
 * customers, so only the target's token distinguishes accounts.
 */
import { createSign, generateKeyPairSync, randomBytes } from 'node:crypto'
import { certificateFor } from '../certificate.ts'
import { once } from '../once.ts'
import { type SimulatedEvent, sender, signed } from '../sender.ts'
import { eventUuid } from '../stable-ids.ts'

/** The URL of the event target. */
const URL = 'https://postern.example/hooks/suite'

const CERTIFICATE_URL =
  'https://eu-central-1-eventbridge.oss-accelerate.aliyuncs.com/x509_public_certificate_2021012101.pem'

const eventBridge = once(() => {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const validity = { notBefore: new Date('2020-01-01'), notAfter: new Date('2049-01-01') }
  return { ...pair, certificate: certificateFor({ ...pair, ...validity, commonName: 'EventBridge' }) }
})

const WORDS: Record<string, string> = {
  'email.delivered': 'dm:Deliver:Succeed',
  'email.bounced': 'dm:Deliver:Fail',
  'email.opened': 'dm:Trace:Open',
  'email.clicked': 'dm:Trace:Click',
  'email.spam_reported': 'dm:Feedback:FblReport',
  'email.unsubscribed': 'dm:Feedback:UnSubscribe',
  'email.subscribed': 'dm:Feedback:Subscribe',
}

export const alibabaDirectMail = sender('alibaba-directmail', Object.keys(WORDS), (given) => {
  const token = given['signature_token'] ?? randomBytes(24).toString('base64url')
  return {
    secrets: { signature_token: token },
    settings: { publicUrl: URL },
    serves: { [CERTIFICATE_URL]: eventBridge().certificate },
    async deliver([first], nowSeconds) {
      const body = JSON.stringify(first === undefined ? {} : wording(first))
      const headers = {
        'x-eventbridge-signature-timestamp': String(nowSeconds * 1_000 + 250),
        'x-eventbridge-hash-method': 'SHA256',
        'x-eventbridge-signature-version': '1.0',
        'x-eventbridge-signature-url': CERTIFICATE_URL,
        'x-eventbridge-signature-token': token,
      }
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
      const signature = createSign('sha256')
        .update([URL, ...lines, body].join('\n'))
        .sign(eventBridge().privateKey, 'base64')
      return signed({
        body: Buffer.from(body),
        proof: { ...headers, 'x-eventbridge-signature-v2': signature },
      })
    },
  }
})

function wording(h: SimulatedEvent) {
  const type = WORDS[h.kind] ?? h.kind
  const time = inBeijing(h.occurredAtSeconds)
  return {
    data: dataOf(h, type),
    id: eventUuid(h),
    source: 'acs:dm',
    specversion: '1.0',
    subject: 'acs:dm:eu-central-1:1234567890987654:*',
    time,
    type,
    aliyunaccountid: '1234567890987654',
    aliyunpublishtime: time,
    aliyuneventbusname: 'default',
    aliyunregionid: 'eu-central-1',
  }
}

function dataOf(h: SimulatedEvent, type: string): object {
  if (h.kind === 'email.spam_reported')
    return {
      send_time: String(h.occurredAtSeconds - 60),
      send_email: 'shop@example.net',
      block_email: h.recipient,
      subject: 'Your order',
      message_id: `<${h.messageId}>`,
      block_time: String(h.occurredAtSeconds),
    }
  return {
    header: { 'X-Notify-Message-ID': 'order-17' },
    env_id: '600000012345',
    account: 'shop@example.net',
    from: 'shop@example.net',
    rcpt: h.recipient,
    msg_id: h.messageId,
    send_time: inBeijing(h.occurredAtSeconds - 5).slice(0, 19),
    event: type,
    region: 'eu-central-1',
    tag: 'order',
    ...details(h),
  }
}

function details(h: SimulatedEvent): object {
  const failed =
    h.bounce === 'soft'
      ? { status: '4', err_code: '452', err_msg: '452 4.2.2 Mailbox full', failed_type: 'SmtpOverQuota' }
      : { status: '2', err_code: '550', err_msg: '550 5.1.1 User unknown', failed_type: 'SmtpNxBox' }
  const more: Record<string, object> = {
    'email.delivered': { status: '0', err_code: '250', err_msg: '250 Send Mail OK' },
    'email.bounced': failed,
    'email.clicked': { url: h.url },
  }
  return more[h.kind] ?? {}
}

/** A time as Alibaba writes it in all regions. */
const inBeijing = (seconds: number): string =>
  new Date((seconds + 8 * 3_600) * 1_000).toISOString().replace('.000Z', '+08:00')
