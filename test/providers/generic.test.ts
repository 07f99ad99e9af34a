import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { OutgoingRequest, Sender } from '../../src/simulator/sender.ts'
import { generic as sender } from '../../src/simulator/senders/generic.ts'
import { generic } from '../../src/providers/generic.ts'
import { withHeader } from './simulated-events.ts'
import { judge, sent } from './judge.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, generic, { signsTime: true, batches: true, signedAnew: true })

/** The generic sender with another proof; `prove` gives the headers of a body. */
function verifiedBy(
  open: () => {
    readonly document: Readonly<Record<string, unknown>>
    readonly prove: (body: Uint8Array, nowSeconds: number) => Readonly<Record<string, string>>
  },
  bodyIsSigned: boolean,
): Sender {
  return {
    ...sender,
    async open() {
      const account = await sender.open()
      const { document, prove } = open()
      return {
        ...account,
        document: { provider: 'generic', ...document },
        async deliver(simulatedEvents, nowSeconds) {
          const { body } = await account.deliver(simulatedEvents, nowSeconds)
          const proof = prove(body, nowSeconds)
          return {
            method: 'POST',
            query: '',
            headers: { 'content-type': 'application/json', ...proof },
            body,
            proofHeaders: Object.keys(proof),
            bodyIsSigned,
          }
        },
      }
    },
  }
}

const random = () => crypto.randomUUID()

describe('with an API key', () => {
  const byKey = verifiedBy(() => {
    const api_key = random()
    return { document: { secrets: { api_key } }, prove: () => ({ 'x-api-key': api_key }) }
  }, false)
  describeProvider(byKey, generic, { signsTime: false, batches: true, signedAnew: true })
})

describe('with Basic credentials', () => {
  const byPassword = verifiedBy(() => {
    const basic_auth = { username: 'shop', password: `ü:${random()}` }
    const pair = Buffer.from(`${basic_auth.username}:${basic_auth.password}`).toString('base64')
    return { document: { secrets: { basic_auth } }, prove: () => ({ authorization: `Basic ${pair}` }) }
  }, false)
  describeProvider(byPassword, generic, { signsTime: false, batches: true, signedAnew: true })
})

describe('with a fixed bearer token', () => {
  const byToken = verifiedBy(() => {
    const bearer_token = random()
    return {
      document: { secrets: { bearer_token } },
      prove: () => ({ authorization: `Bearer ${bearer_token}` }),
    }
  }, false)
  describeProvider(byToken, generic, { signsTime: false, batches: true, signedAnew: true })
})

describe('with a free HMAC-SHA512 over id, time and body', () => {
  const free = verifiedBy(() => {
    const hmac = random()
    const signature = {
      algorithm: 'hmac-sha512',
      header: 'X-Acme-Signature',
      prefix: 'v1=',
      encoding: 'base64',
      signed: '{id}.{timestamp}.{body}',
      timestampHeader: 'X-Acme-Time',
      idHeader: 'X-Acme-Id',
    }
    return {
      document: { secrets: { hmac }, signature },
      prove(body, nowSeconds) {
        const id = createHmac('sha256', 'ids').update(body).digest('hex')
        const mac = createHmac('sha512', hmac).update(`${id}.${nowSeconds}.`).update(body).digest('base64')
        return { 'x-acme-id': id, 'x-acme-time': String(nowSeconds), 'x-acme-signature': `v1=${mac}` }
      },
    }
  }, true)
  describeProvider(free, generic, { signsTime: true, batches: true, signedAnew: true })
})

/** One free signature by a public key, over URL, fixed text and body. */
const freeByPublicKey = (
  algorithm: string,
  pair: () => ReturnType<typeof generateKeyPairSync>,
  hash: string | null,
  more: { readonly format?: 'der' | 'p1363'; readonly encoding: 'hex' | 'base64' | 'base64url' },
): Sender =>
  verifiedBy(() => {
    const { privateKey, publicKey } = pair()
    const publicUrl = 'https://hooks.example.net/in?shop=1'
    const signature = { algorithm, header: 'x-signature', signed: '{url}\n{body}!', ...more }
    return {
      document: {
        publicUrl,
        secrets: { public_key: publicKey.export({ type: 'spki', format: 'pem' }) },
        signature,
      },
      prove(body) {
        const signed = Buffer.concat([Buffer.from(`${publicUrl}\n`), body, Buffer.from('!')])
        const made = sign(hash, signed, privateKey)
        const signature = more.format === 'p1363' ? pairOf(made) : made
        return { 'x-signature': signature.toString(more.encoding) }
      },
    }
  }, true)

/** The two numbers of an ECDSA signature in DER, each in 32 bytes. */
function pairOf(der: Buffer): Buffer {
  const rLength = der[3] ?? 0
  const numbers = [der.subarray(4, 4 + rLength), der.subarray(6 + rLength)]
  return Buffer.concat(numbers.map((number) => Buffer.concat([Buffer.alloc(32), number]).subarray(-32)))
}

const p256 = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2_048 })

describe.each([
  ['ecdsa-p256-sha256', p256, 'sha256', { encoding: 'hex' }],
  ['ecdsa-p256-sha256', p256, 'sha256', { encoding: 'base64url', format: 'p1363' }],
  ['rsa-pkcs1-sha1', rsa, 'sha1', { encoding: 'base64' }],
  ['rsa-pkcs1-sha256', rsa, 'sha256', { encoding: 'hex' }],
  ['ed25519', () => generateKeyPairSync('ed25519'), null, { encoding: 'base64url' }],
] as const)('with a free %s', (algorithm, pair, hash, more) => {
  describeProvider(freeByPublicKey(algorithm, pair, hash, more), generic, {
    signsTime: false,
    batches: true,
    signedAnew: true,
  })
})

const delivered = async () => {
  const { account, request } = await sent(sender)
  const { hmac } = account.document['secrets'] as { hmac: string }
  const overBody = `sha256=${createHmac('sha256', hmac).update(request.body).digest('hex')}`
  return { account, request, hmac, overBody }
}

const SIGNATURE = 'x-webhook-signature'

describe('the fixed signature', () => {
  it.each([
    [
      'over the body alone if there is no time',
      (r: OutgoingRequest, overBody: string) =>
        withHeader(withHeader(r, 'x-webhook-timestamp', null), SIGNATURE, overBody),
      true,
    ],
    [
      'over the body alone beside a time that it does not cover',
      (r: OutgoingRequest, overBody: string) => withHeader(r, SIGNATURE, overBody),
      false,
    ],
    [
      'without its prefix',
      (r: OutgoingRequest) => withHeader(r, SIGNATURE, (r.headers[SIGNATURE] ?? '').slice('sha256='.length)),
      false,
    ],
  ])('%s', async (_what, change, ok) => {
    const { account, request, overBody } = await delivered()
    expect(await judge(account, change(request, overBody))).toMatchObject({ ok })
  })

  it('does not count if the source describes another one', async () => {
    const { account, request } = await delivered()
    const signature = { algorithm: 'hmac-sha256', header: 'x-other', encoding: 'hex', signed: '{body}' }
    const other = { ...account, document: { ...account.document, signature } }
    expect(await judge(other, request)).toEqual({
      ok: false,
      refusal: { code: 'header_missing', header: 'x-other' },
    })
  })
})
