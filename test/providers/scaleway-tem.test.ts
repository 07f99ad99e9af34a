import { describe, expect, it } from 'vitest'
import { scalewayTem as sender } from '../../src/simulator/senders/scaleway-tem.ts'
import type { Account, OutgoingRequest } from '../../src/simulator/sender.ts'
import { utf8 } from '../../src/platform/bytes.ts'
import { openBody } from '../../src/providers/shared/understand.ts'
import { scalewayTem } from '../../src/providers/scaleway-tem.ts'
import { deliveryOf, verifiedBytesOf } from './simulated-events.ts'
import { judge, sent } from './judge.ts'
import { identityOf, readItem } from './natives.ts'
import { CONFIRMATION, PROOF, envelope } from './sns-envelope.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, scalewayTem, {
  signsTime: true,
  batches: false,
  signedAnew: true,
  bodyProof: PROOF,
})

const item = (type: unknown, changes: object = {}) => ({
  id: 'e-1',
  timestamp: '2025-11-24T15:00:01Z',
  event: {
    id: 'ev-1',
    type,
    created_at: '2025-11-24T15:00:00.500000Z',
    email_id: 'm-1',
    email_to: 'ada@example.com',
    email_response_code: 550,
    email_response_message: '5.1.1 User unknown',
    ...changes,
  },
})

describe('Scaleway Transactional Email events', () => {
  it.each([
    ['email_queued', { type: 'email.sent' }],
    ['email_delivered', { type: 'email.delivered' }],
    ['email_deferred', { type: 'email.deferred', bounce_type: undefined }],
    ['email_dropped', { type: 'email.bounced', bounce_type: 'hard' }],
    ['email_mailbox_not_found', { type: 'email.bounced', bounce_type: 'hard' }],
    ['email_spam', { type: 'email.bounced', bounce_type: 'blocked' }],
    ['email_blocklisted', { type: 'email.rejected', reject_reason: 'bounced' }],
    ['blocklist_created', { type: 'email.unknown' }],
    ['unknown_type', { type: 'email.unknown' }],
    ['constructor', { type: 'email.unknown', bounce_type: undefined }],
  ])('%s', (type, expected) => {
    expect(readItem(scalewayTem, item(type))).toMatchObject([
      {
        ...expected,
        native_type: type,
        provider_event_id: 'ev-1',
        message_id: 'm-1',
        recipient: 'ada@example.com',
        reason: '5.1.1 User unknown',
        smtp_code: '550',
        enhanced_code: '5.1.1',
        occurredAtMs: Date.parse('2025-11-24T15:00:00.500Z'),
      },
    ])
  })

  it.each([
    [550, 'hard'],
    [452, 'soft'],
  ])('a message that was dropped after a %s is a %s bounce', (email_response_code, bounce_type) => {
    expect(readItem(scalewayTem, item('email_dropped', { email_response_code }))).toMatchObject([
      { bounce_type },
    ])
  })

  it('reads why an address is on the blocklist', () => {
    const entry = { email_response_message: undefined, email_response_code: undefined, email_id: undefined }
    const full = { ...entry, blocklist_type: 'mailbox_full', blocklist_reason: '452 4.2.2 Mailbox full' }
    expect(readItem(scalewayTem, item('email_blocklisted', full))).toMatchObject([
      { reason: '452 4.2.2 Mailbox full', smtp_code: '452', enhanced_code: '4.2.2', message_id: undefined },
    ])
    const bare = { ...entry, blocklist_type: 'mailbox_full' }
    expect(readItem(scalewayTem, item('email_blocklisted', bare))).toMatchObject([{ reason: 'mailbox_full' }])
  })

  it('identifies an event by its own id, or without one by the message’s', () => {
    const again = { ...item('email_queued'), id: 'e-2', timestamp: '2025-11-24T16:00:00Z' }
    expect(identityOf(scalewayTem, again)).toEqual(identityOf(scalewayTem, item('email_queued')))
    const nameless = item('email_queued', { id: null, created_at: 'soon' })
    expect(readItem(scalewayTem, nameless)).toMatchObject([
      { identity: ['e-1'], provider_event_id: 'e-1', occurredAtMs: Date.parse('2025-11-24T15:00:01Z') },
    ])
  })

  it.each([null, [], 'text', {}, { id: 'e-1', event: {} }, item(undefined), { event: item('x').event }])(
    'cannot read %j',
    (nonsense) => {
      expect(readItem(scalewayTem, nonsense)).toBeUndefined()
    },
  )
})

const PROJECT = 'arn:scw:sns:fr-par:project-d4730602-0495-4bb6-bb94-de3a9b000660'
const opened = (topic: string, fields: Record<string, string> = {}) =>
  openBody(
    scalewayTem,
    verifiedBytesOf(deliveryOf(envelope({ ...CONFIRMATION, TopicArn: topic, ...fields }))),
  )

describe('a Scaleway subscription', () => {
  it.each([
    [`${PROJECT}:mail`, 'a1B2', 'sns.mnq.fr-par.scaleway.com', 'a1B2'],
    [`${PROJECT}:mail.fifo`, 'a1', 'sns.mnq.fr-par.scaleway.com', 'a1'],
    [`${PROJECT.replace('fr-par', 'nl-ams')}:mail`, 'a1', 'sns.mnq.nl-ams.scaleway.com', 'a1'],
    // The form of tokens is not documented, so any token must stay within its parameter.
    [`${PROJECT}:mail`, 'a+/=&Action=x#y', 'sns.mnq.fr-par.scaleway.com', 'a%2B%2F%3D%26Action%3Dx%23y'],
  ])('to %s with token %s is confirmed by a URL that is built here', (topic, Token, host, written) => {
    expect(opened(topic, { Token })).toEqual({
      kind: 'handshake',
      confirm: `https://${host}/?Action=ConfirmSubscription&TopicArn=${topic}&Token=${written}`,
    })
  })

  it.each([
    `${PROJECT.replace('fr-par', 'evil.example/')}:mail`,
    `${PROJECT.replace('fr-par', 'pl-waw')}:mail`,
    `${PROJECT}:mail&Token=other`,
    `${PROJECT}x:mail`,
    PROJECT,
  ])('to %s is not', (topic) => {
    expect(opened(topic)).toEqual({ kind: 'unreadable' })
  })

  it('has no token with a space or a line break in it', () => {
    expect(opened(`${PROJECT}:mail`, { Token: 'a b' })).toEqual({ kind: 'unreadable' })
    expect(opened(`${PROJECT}:mail`, { Token: 'a\nType' })).toEqual({ kind: 'unreadable' })
  })
})

async function signed(change: (body: Record<string, unknown>) => object = () => ({})) {
  const { account, request } = await sent(sender)
  const body = JSON.parse(new TextDecoder().decode(request.body)) as Record<string, unknown>
  return { account, request: { ...request, body: utf8(JSON.stringify({ ...body, ...change(body) })) } }
}

const judged = ({ account, request }: { account: Account; request: OutgoingRequest }) =>
  judge(account, request)

describe('the signature of Scaleway', () => {
  it.each<[string, (body: Record<string, unknown>) => object, string]>([
    ['version 2, which was not signed', () => ({ SignatureVersion: '2' }), 'signature_mismatch'],
    [
      'the folder of another region',
      ({ SigningCertURL }) => ({
        SigningCertURL: String(SigningCertURL).replace('/fr-par/sns', '/nl-ams/sns'),
      }),
      'certificate_refused',
    ],
    [
      'a certificate of Amazon’s',
      () => ({ SigningCertURL: 'https://sns.eu-west-1.amazonaws.com/a.pem' }),
      'certificate_refused',
    ],
    ['the id of another message', () => ({ MessageId: 'other' }), 'signature_mismatch'],
    ['another time', () => ({ Timestamp: '2025-11-24T16:00:01.000Z' }), 'signature_mismatch'],
    ['a subject that was not signed', () => ({ Subject: '' }), 'signature_mismatch'],
    ['a topic of Amazon’s', () => ({ TopicArn: 'arn:aws:sns:eu-west-1:123456789012:t' }), 'topic_foreign'],
  ])('refuses %s', async (_what, change, code) => {
    expect(await judged(await signed(change))).toMatchObject({ ok: false, refusal: { code } })
  })

  it('is refused without the authority that issued the certificate', async () => {
    const { account, request } = await signed()
    const urls = Object.keys(account.serves ?? {})
    expect(urls).toHaveLength(2)
    for (const url of urls) {
      const { [url]: _, ...serves } = account.serves ?? {}
      expect(await judged({ account: { ...account, serves }, request })).toMatchObject({
        ok: false,
        refusal: { code: 'proof_unavailable' },
      })
    }
  })
})
