import { createPublicKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Account, OutgoingRequest, Sender } from '../../src/simulator/sender.ts'
import { postal as sender, postalId } from '../../src/simulator/senders/postal.ts'
import { postal } from '../../src/providers/postal.ts'
import { NOW_SECONDS, anySimulatedEvent, withHeader } from './simulated-events.ts'
import { judge, sent } from './judge.ts'
import { readAll, readOne } from './reading.ts'
import { describeProvider } from './suite.ts'

const SHA1 = 'x-postal-signature'
const SHA256 = 'x-postal-signature-256'

/** Postal as it signs with one hash only, so that this one carries the proof. */
const signingOnly = (name: string, other: string): Sender => ({
  ...sender,
  async open() {
    const account = await sender.open()
    return {
      ...account,
      async deliver(simulatedEvents, nowSeconds) {
        const request = await account.deliver(simulatedEvents, nowSeconds)
        return { ...withHeader(request, other, null), proofHeaders: [name] }
      },
    }
  },
})

describe('with SHA-256', () => {
  describeProvider(signingOnly(SHA256, SHA1), postal, {
    signsTime: false,
    batches: false,
    messageId: postalId,
  })
})
describe('with SHA-1, as old installations', () => {
  describeProvider(signingOnly(SHA1, SHA256), postal, {
    signsTime: false,
    batches: false,
    messageId: postalId,
  })
})

const signed = async (change: (request: OutgoingRequest) => OutgoingRequest) => {
  const account = await sender.open()
  return judge(account, change(await account.deliver([anySimulatedEvent(account)], NOW_SECONDS)))
}

describe('the signature of Postal', () => {
  it.each([
    ['both signatures right', (r: OutgoingRequest) => r, true],
    [
      'a wrong SHA-256 and a right SHA-1',
      (r: OutgoingRequest) => withHeader(r, SHA256, r.headers[SHA1] ?? ''),
      false,
    ],
    ['an empty SHA-256 and a right SHA-1', (r: OutgoingRequest) => withHeader(r, SHA256, ''), false],
    ['a right SHA-256 and a wrong SHA-1', (r: OutgoingRequest) => withHeader(r, SHA1, 'garbage'), true],
    [
      'another key id, which is not believed',
      (r: OutgoingRequest) => withHeader(r, `${SHA1}-kid`, 'x'),
      true,
    ],
    ['none of the two', (r: OutgoingRequest) => withHeader(withHeader(r, SHA1, null), SHA256, null), false],
  ])('with %s', async (_what, change, ok) => {
    expect(await signed(change)).toMatchObject({ ok })
  })

  it('also accepts the key as PEM', async () => {
    const { account, request } = await sent(sender)
    const { public_key } = account.document['secrets'] as { public_key: string }
    const spki = createPublicKey({ key: Buffer.from(public_key, 'base64'), format: 'der', type: 'spki' })
    const pem: Account = {
      ...account,
      document: {
        provider: 'postal',
        secrets: { public_key_pem: spki.export({ type: 'spki', format: 'pem' }) },
      },
    }
    expect(await judge(pem, request)).toMatchObject({ ok: true })
  })
})

describe('Postal events', () => {
  const message = {
    id: 1563,
    direction: 'outgoing',
    to: 'ada@example.com',
    message_id: 'm@example.net',
    tag: null,
  }
  const sent = { event: 'MessageSent', timestamp: 1_606_753_101.354_368, uuid: 'u-1', payload: { message } }

  it.each([
    [
      sent,
      { type: 'email.delivered', message_id: '1563', occurred_at: '2020-11-30T16:18:21.354Z', tags: [] },
    ],
    [
      {
        ...sent,
        event: 'MessageDelayed',
        payload: { message, status: 'SoftFail', output: '451 4.7.1 later' },
      },
      { type: 'email.deferred', bounce_type: 'soft', smtp_code: '451', reason: '451 4.7.1 later' },
    ],
    [
      {
        ...sent,
        event: 'MessageDeliveryFailed',
        payload: { message, status: 'HardFail', details: 'no such user' },
      },
      { type: 'email.bounced', bounce_type: 'hard', reason: 'no such user' },
    ],
    [
      { ...sent, event: 'MessageHeld' },
      { type: 'email.deferred', bounce_type: null },
    ],
    [
      {
        ...sent,
        event: 'MessageBounced',
        payload: {
          original_message: message,
          bounce: { id: 2, direction: 'incoming', to: 'psrp@example.net' },
        },
      },
      { type: 'email.bounced', bounce_type: 'hard', recipient: 'ada@example.com', message_id: '1563' },
    ],
    [
      {
        ...sent,
        event: 'MessageLinkClicked',
        payload: { message, url: 'https://example.net', ip_address: '192.0.2.1' },
      },
      { type: 'email.clicked', url: 'https://example.net', client_ip: '192.0.2.1' },
    ],
    [
      { ...sent, event: 'DomainDNSError', payload: { domain: 'example.net' } },
      { type: 'email.unknown', recipient: null },
    ],
    [{ ...sent, payload: { message: { ...message, id: undefined } } }, { message_id: 'm@example.net' }],
  ])('%# %o', async (item, expected) => {
    expect(await readOne(postal, item)).toMatchObject(expected)
  })

  it('of received mail are none', async () => {
    expect(
      await readAll(postal, {
        ...sent,
        event: 'MessageDeliveryFailed',
        payload: { message: { ...message, direction: 'incoming' } },
      }),
    ).toEqual([])
  })
})
