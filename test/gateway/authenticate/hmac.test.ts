import { describe, expect, it } from 'vitest'
import { hmac } from '../../../src/gateway/authenticate/hmac.ts'
import { concat, fromHex, toHex, utf8 } from '../../../src/platform/bytes.ts'
import type { SchemeContext } from '../../../src/gateway/authenticate/scheme.ts'
import type { HmacCredentials } from '../../../src/providers/shared/presented-credentials.ts'
import type { Secret } from '../../../src/registry/sources/source.ts'
import { contextWith, encode, hmacWith, textSecret } from './making.ts'
import { RFC_7520_PAYLOAD } from './standard-tokens.ts'
import { bySignature, describeScheme } from './suite.ts'

const BODY = utf8('{"event":"bounced"}')
const covered = { slots: ['key'], identity: [BODY], coversBody: true } as const

for (const hash of ['SHA-1', 'SHA-256', 'SHA-512'] as const) {
  for (const encoding of ['hex', 'base64', 'base64url'] as const) {
    describeScheme<HmacCredentials>({
      title: `HMAC ${hash} in ${encoding}`,
      scheme: hmac,
      ...bySignature(encoding),
      async valid() {
        const text = crypto.randomUUID()
        const tag = await hmacWith(hash, utf8(text), BODY)
        const signatures = [{ text: encode(tag, encoding), encoding }]
        return {
          credentials: { scheme: 'hmac', hash, signatures, signed: [BODY], ...covered },
          secret: textSecret(text),
        }
      },
    })
  }
}

const bytesOf = (hex: string) => fromHex(hex) ?? utf8('malformed')

/** RFC 4231 sections 4.2 to 4.8: key, data and HMAC-SHA-256. Section 4.6 cuts the tag short, which we never accept. */
const RFC_4231 = [
  ['4.2', '0b'.repeat(20), toHex(utf8('Hi There')), 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
  ['4.4', 'aa'.repeat(20), 'dd'.repeat(50), '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe'],
  ['4.5', '0102030405060708090a0b0c0d0e0f10111213141516171819', 'cd'.repeat(50), '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b'],
  ['4.7', 'aa'.repeat(131), toHex(utf8('Test Using Larger Than Block-Size Key - Hash Key First')), '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54'],
] as const // prettier-ignore

describe('HMAC known answers', () => {
  it.each(RFC_4231)('are those of RFC 4231 section %s', async (_section, key, data, tag) => {
    // Keys of those sections that are no text of ours go in as the bytes of a Standard Webhooks secret.
    const secret: Secret = { kind: 'standard-webhooks', key: encode(bytesOf(key), 'base64') }
    const credentials = (text: string): HmacCredentials => ({
      ...covered,
      scheme: 'hmac',
      hash: 'SHA-256',
      signatures: [{ text, encoding: 'hex' }],
      signed: [bytesOf(data)],
    })
    expect(await hmac.verify(credentials(tag), contextWith([secret]))).toMatchObject({ ok: true })
    // Cut to 128 bits as in section 4.6.
    const cut = await hmac.verify(credentials(tag.slice(0, 32)), contextWith([secret]))
    expect(cut).toMatchObject({ ok: false, refusal: { code: 'proof_malformed' } })
  })

  it('are those of RFC 7520 section 4.4', async () => {
    const secret: Secret = {
      kind: 'standard-webhooks',
      key: 'hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG+Onbc6mxCcYg=',
    }
    const header = 'eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9'
    const judge = (payload: string) =>
      hmac.verify(
        {
          ...covered,
          scheme: 'hmac',
          hash: 'SHA-256',
          signatures: [{ text: 's0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0', encoding: 'base64url' }],
          signed: [utf8(`${header}.`), utf8(payload)],
        },
        contextWith([secret]),
      )
    expect(await judge(RFC_7520_PAYLOAD)).toMatchObject({ ok: true })
    expect(await judge(RFC_7520_PAYLOAD.slice(1))).toMatchObject({ refusal: { code: 'signature_mismatch' } })
  })

  it('takes any of four signatures and does not look at a fifth', async () => {
    const key = crypto.randomUUID()
    const right = {
      text: encode(await hmacWith('SHA-256', utf8(key), BODY), 'hex'),
      encoding: 'hex',
    } as const
    const wrong = { text: '00'.repeat(32), encoding: 'hex' } as const
    const judge = (signatures: HmacCredentials['signatures']) =>
      hmac.verify(
        { scheme: 'hmac', hash: 'SHA-256', signatures, signed: [BODY], ...covered },
        contextWith([textSecret(key)]),
      )
    expect(await judge([wrong, wrong, wrong, right])).toMatchObject({ ok: true })
    expect(await judge([wrong, wrong, wrong, wrong, right])).toMatchObject({ ok: false })
    expect(await judge([])).toMatchObject({ refusal: { code: 'proof_missing' } })
  })

  it('signs the parts as one text', async () => {
    const key = crypto.randomUUID()
    const tag = await hmacWith('SHA-256', utf8(key), utf8('1800000000.{}'))
    const credentials: HmacCredentials = {
      ...covered,
      scheme: 'hmac',
      hash: 'SHA-256',
      signatures: [{ text: encode(tag, 'hex'), encoding: 'hex' }],
      signed: [utf8('1800000000'), utf8('.'), utf8('{}')],
    }
    expect(await hmac.verify(credentials, contextWith([textSecret(key)]))).toMatchObject({ ok: true })
  })
})

describe('a key that may be text or base64', () => {
  const BYTES = Uint8Array.from({ length: 32 }, (_, i) => i)
  const TEXT = encode(BYTES, 'base64')
  const SHORT = encode(BYTES.subarray(0, 15), 'base64')

  const judge = async (
    key: Uint8Array,
    secret: string,
    more: Partial<HmacCredentials> = { keyMayBeBase64: true },
    change: Partial<SchemeContext> = {},
  ) => {
    const text = encode(await hmacWith('SHA-256', key, BODY), 'base64')
    const signatures = [{ text, encoding: 'base64' as const }]
    const credentials: HmacCredentials = {
      scheme: 'hmac',
      hash: 'SHA-256',
      signatures,
      signed: [BODY],
      ...covered,
    }
    return hmac.verify({ ...credentials, ...more }, contextWith([textSecret(secret)], change))
  }

  it.each([
    ['the bytes', BYTES, TEXT, true],
    ['the text', utf8(TEXT), TEXT, true],
    ['a text that is no base64', utf8('no base64 at all'), 'no base64 at all', true],
    ['other bytes', BYTES.toReversed(), TEXT, false],
    ['another text', utf8(SHORT), TEXT, false],
    ['the bytes of a text that holds too few', BYTES.subarray(0, 15), SHORT, false],
    ['the bytes of base64 with another spelling', BYTES, TEXT.replace('=', ''), false],
  ])('is %s', async (_what, key, secret, ok) => {
    expect(await judge(key, secret)).toMatchObject({ ok })
  })

  it('takes none of the attempts that public keys are allowed', async () => {
    const attempts = { take: () => false }
    for (const key of [BYTES, utf8(TEXT)])
      expect(await judge(key, TEXT, undefined, { attempts })).toMatchObject({ ok: true })
  })

  it('is the text alone where nothing else is said', async () => {
    expect(await judge(BYTES, TEXT, {})).toMatchObject({ refusal: { code: 'signature_mismatch' } })
    expect(await judge(utf8(TEXT), TEXT, {})).toMatchObject({ ok: true })
  })

  it('is refused like any other: a mismatch names the number of keys, a malformed signature is called malformed', async () => {
    expect(await judge(BYTES.toReversed(), TEXT)).toMatchObject({
      refusal: { code: 'signature_mismatch', keysAttempted: 1 },
    })
    const signatures = [{ text: 'AAAA', encoding: 'base64' as const }]
    expect(await judge(BYTES, TEXT, { keyMayBeBase64: true, signatures })).toMatchObject({
      refusal: { code: 'proof_malformed' },
    })
  })
})

describe('a large body', () => {
  const PREFIX = '1800000000.'
  const SIZES = [20_000, 131_072 - PREFIX.length, 131_073 - PREFIX.length, 200_000]

  it('counts to its last byte, also beside others', async () => {
    const key = 'a-secret-that-is-long-enough'
    const judge = async (size: number, change: (body: Uint8Array) => void) => {
      const body = new Uint8Array(size).fill(size % 251)
      const tag = await hmacWith('SHA-256', utf8(key), concat([utf8(PREFIX), body]))
      change(body)
      const credentials: HmacCredentials = {
        scheme: 'hmac',
        hash: 'SHA-256',
        signatures: [{ text: encode(tag, 'hex'), encoding: 'hex' }],
        signed: [utf8(PREFIX), body],
        ...covered,
      }
      return (await hmac.verify(credentials, contextWith([textSecret(key)]))).ok
    }
    const judgeAll = (change: (body: Uint8Array) => void) =>
      Promise.all(SIZES.map((size) => judge(size, change)))
    expect(await judgeAll(() => {})).toEqual(SIZES.map(() => true))
    expect(await judgeAll((body) => body.set([0], body.length - 1))).toEqual(SIZES.map(() => false))
  })

  it.each(['', 'not hex', 'ab'])(
    'is not put together for a signature that cannot be one: %j',
    async (text) => {
      const untouched = new Proxy(BODY, {
        get: () => {
          throw new Error('the body was looked at')
        },
      })
      const credentials: HmacCredentials = {
        scheme: 'hmac',
        hash: 'SHA-256',
        signatures: [{ text, encoding: 'hex' }],
        signed: [utf8('1800000000.'), untouched],
        ...covered,
      }
      const secrets = [textSecret('a-secret-that-is-long-enough')]
      expect(await hmac.verify(credentials, contextWith(secrets))).toMatchObject({ ok: false })
    },
  )
})
