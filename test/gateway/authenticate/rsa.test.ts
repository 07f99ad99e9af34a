import { beforeAll, describe, expect, it } from 'vitest'
import { rsa } from '../../../src/gateway/authenticate/rsa.ts'
import { concat, fromBase64Url, fromHex, utf8 } from '../../../src/platform/bytes.ts'
import type { RsaCredentials } from '../../../src/providers/shared/presented-credentials.ts'
import { type Pair, contextWith, encode, numberOf, pairOf, signWith } from './making.ts'
import { bySignature, describeScheme } from './suite.ts'

const BODY = utf8('{"event":"bounced"}')
const covered = { slots: ['key'], identity: [BODY], coversBody: true } as const
const PKCS1 = 'RSASSA-PKCS1-v1_5'

for (const hash of ['SHA-1', 'SHA-256'] as const) {
  describe(`with ${hash}`, () => {
    // Making RSA pairs takes long, so the suite draws from a few.
    const pairs: Pair[] = []
    let next = 0
    beforeAll(async () => {
      pairs.push(...(await Promise.all(Array.from({ length: 9 }, () => pairOf('rsa', hash)))))
    }, 60_000)
    describeScheme<RsaCredentials>({
      title: `RSA PKCS#1 v1.5 ${hash}`,
      scheme: rsa,
      ...bySignature('base64'),
      async valid() {
        const pair = pairs[next++ % pairs.length]
        if (pair === undefined) throw new Error('no pair')
        const text = encode(await signWith(PKCS1, pair.privateKey, BODY), 'base64')
        return {
          credentials: {
            scheme: 'rsa',
            hash,
            signatures: [{ text, encoding: 'base64' }],
            signed: [BODY],
            ...covered,
          },
          secret: pair.secret,
        }
      },
    })
  })
}

/** Padded blocks that are raised to the power of d; each row but the first is one that a careless verifier accepts. */
const DIGEST_INFO = '3031300d060960864801650304020105000420'
const FF = (count: number) => new Uint8Array(count).fill(0xff)
const ZERO = Uint8Array.of(0)
const hex = (text: string) => fromHex(text) ?? utf8('malformed')
const block = (...parts: Uint8Array[]) => concat([Uint8Array.of(0, 1), ...parts])

const PADDINGS: readonly (readonly [string, (digest: Uint8Array) => Uint8Array])[] = [
  ['the padding as it must be', (digest) => block(FF(202), ZERO, hex(DIGEST_INFO), digest)],
  ['garbage behind the digest', (digest) => block(FF(8), ZERO, hex(DIGEST_INFO), digest, new Uint8Array(194).fill(7))],
  ['garbage before the digest info', (digest) => block(FF(101), ZERO, new Uint8Array(101).fill(7), hex(DIGEST_INFO), digest)],
  ['digest info without its NULL', (digest) => block(FF(204), ZERO, hex('302f300b0609608648016503040201'), hex('0420'), digest)],
  ['digest info in long form', (digest) => block(FF(201), ZERO, hex('308131300d060960864801650304020105000420'), digest)],
  ['no digest info', (digest) => block(FF(221), ZERO, digest)],
  ['a byte of the padding changed', (digest) => block(FF(100), Uint8Array.of(0xfe), FF(101), ZERO, hex(DIGEST_INFO), digest)],
  ['block type 2', (digest) => concat([Uint8Array.of(0, 2), FF(202), ZERO, hex(DIGEST_INFO), digest])],
  ['the digest info of SHA-1', (digest) => block(FF(218), ZERO, hex('3021300906052b0e03021a05000414'), digest.subarray(0, 20))],
] // prettier-ignore

describe('RSA padding', () => {
  let pair: Pair
  let raise: (message: Uint8Array) => Uint8Array
  let modulus: bigint
  beforeAll(async () => {
    pair = await pairOf('rsa')
    const { n = '', d = '' } = (await crypto.subtle.exportKey('jwk', pair.privateKey)) as JsonWebKey
    const exponent = numberOf(fromBase64Url(d) ?? ZERO)
    modulus = numberOf(fromBase64Url(n) ?? ZERO)
    raise = (message) => bytes256(powerOf(numberOf(message), exponent, modulus))
  }, 60_000)

  const judge = (signature: Uint8Array) =>
    rsa.verify(
      {
        ...covered,
        scheme: 'rsa',
        hash: 'SHA-256',
        signatures: [{ text: encode(signature, 'hex'), encoding: 'hex' }],
        signed: [BODY],
      },
      contextWith([pair.secret]),
    )

  it.each(PADDINGS)('with %s', async (what, padded) => {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', BODY))
    const message = padded(digest)
    expect(message.byteLength).toBe(256)
    expect((await judge(raise(message))).ok).toBe(what === 'the padding as it must be')
  })

  it('takes one spelling of a signature only', async () => {
    const signature = await signWith(PKCS1, pair.privateKey, BODY)
    expect(await judge(signature)).toMatchObject({ ok: true })
    expect(await judge(concat([ZERO, signature]))).toMatchObject({ ok: false })
    expect(await judge(bytesOf(numberOf(signature) + modulus))).toMatchObject({ ok: false })
    expect(await judge(new Uint8Array(256))).toMatchObject({ ok: false })
  })
})

const bytes256 = (value: bigint): Uint8Array => hex(value.toString(16).padStart(512, '0'))

function bytesOf(value: bigint): Uint8Array {
  const text = value.toString(16)
  return hex(text.length % 2 === 0 ? text : `0${text}`)
}

function powerOf(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  let square = base % modulus
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}
