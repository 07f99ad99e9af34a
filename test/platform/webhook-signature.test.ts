// For Ed25519.
import 'cloudflare:workers'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { type Bytes, concat, fromBase64, toBase64, utf8 } from '../../src/platform/bytes.ts'
import { type SigningKey, signatureHeader } from '../../src/platform/webhook-signature.ts'

const decoded = (base64: string): Bytes => fromBase64(base64) ?? new Uint8Array()
const random = (length: number): Bytes => crypto.getRandomValues(new Uint8Array(length))
const hmac = (length = 32): SigningKey => ({ kind: 'v1', key: random(length) })

/** The known answers in the tests of the official libraries: JavaScript for `v1`, Go for `v1a`. */
const KNOWN: readonly (readonly [SigningKey['kind'], string, string])[] = [
  ['v1', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='],
  [
    'v1a',
    'VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=',
    'v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag==',
  ],
]

describe('the signature of an outgoing webhook', () => {
  it.each(KNOWN)('%s is that of the official library', async (kind, key, expected) => {
    const signed = ['msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, utf8('{"test": 2432232314}')] as const
    expect(await signatureHeader(...signed, [{ kind, key: decoded(key) }])).toBe(expected)
  })

  it('has one entry a key, in their order, and the same with keys that were imported before', async () => {
    const keys: SigningKey[] = [{ kind: 'v1a', key: random(32) }, hmac(), hmac(24)]
    const sign = async (some: readonly SigningKey[]) => signatureHeader('id', 1, utf8('{}'), some)
    const list = await sign(keys)
    expect(list).toBe((await Promise.all(keys.map((key) => sign([key])))).join(' '))
    expect(list.split(' ').map((entry) => entry.split(',')[0])).toEqual(['v1a', 'v1', 'v1'])
    expect(await sign([])).toBe('')
  })

  it('verifies with the official library under each key, and under no other', async () => {
    const keys = [hmac(24), { kind: 'v1a', key: random(32) } as const, hmac(64)]
    const nowSeconds = Math.floor(Date.now() / 1_000)
    const body = '{"data":{"subject":"Grüße, 世界"}}'
    const headers = {
      'webhook-id': 'id',
      'webhook-timestamp': String(nowSeconds),
      'webhook-signature': await signatureHeader('id', nowSeconds, utf8(body), keys),
    }
    const verify = ({ key }: SigningKey, text = body) =>
      new Webhook(`whsec_${toBase64(key)}`).verify(text, headers)
    for (const key of keys.filter(({ kind }) => kind === 'v1')) {
      expect(verify(key)).toEqual(JSON.parse(body))
      expect(() => verify(key, `${body} `)).toThrow('No matching signature')
    }
    expect(() => verify(hmac())).toThrow('No matching signature')
  })

  it('with Ed25519 verifies under the public key', async () => {
    const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair
    const pkcs8 = new Uint8Array((await crypto.subtle.exportKey('pkcs8', pair.privateKey)) as ArrayBuffer)
    const body = random(100)
    const list = await signatureHeader('id', 7, body, [{ kind: 'v1a', key: pkcs8.slice(-32) }])
    const signature = decoded(list.slice('v1a,'.length))
    const verify = async (text: Bytes) =>
      crypto.subtle.verify('Ed25519', pair.publicKey, signature, concat(['id.7.', text]))
    expect(await verify(body)).toBe(true)
    expect(await verify(concat([body, 'x']))).toBe(false)
  })

  it.each([0, 31, 33, 64])('refuses an Ed25519 seed of %i bytes', async (length) => {
    const keys: SigningKey[] = [{ kind: 'v1a', key: random(length) }]
    await expect(signatureHeader('id', 1, utf8('{}'), keys)).rejects.toThrow(Error)
  })
})
