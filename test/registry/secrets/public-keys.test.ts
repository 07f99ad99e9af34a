import * as v from 'valibot'
import { beforeAll, describe, expect, it } from 'vitest'
import { concat, fromBase64, fromHex, toBase64, utf8 } from '../../../src/platform/bytes.ts'
import { SourceConfigSchema } from '../../../src/registry/sources/document.ts'
import {
  anyPublic,
  ecdsaP256Public,
  ed25519Public,
  isStrongPoint,
  rsaPublic,
} from '../../../src/registry/secrets/public-keys.ts'
import type { KindOfSecret } from '../../../src/registry/secrets/kind.ts'
import { certificateOf } from '../../gateway/authenticate/x509.ts'
import { type KeyFiles, ecFiles, ed25519Files, pem, rsaFiles, x25519Files } from './keys.ts'

const CONFIG = v.parse(SourceConfigSchema, { provider: 'made-up' })

let ec: KeyFiles
let p384: KeyFiles
let ed: KeyFiles
let x: KeyFiles
let rsa: KeyFiles
let certificate: string
beforeAll(async () => {
  ;[ec, p384, ed, x, rsa] = await Promise.all([
    ecFiles(),
    ecFiles('P-384'),
    ed25519Files(),
    x25519Files(),
    rsaFiles(),
  ])
  const signer = await crypto.subtle.importKey(
    'pkcs8',
    rsa.pkcs8,
    { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    false,
    ['sign'],
  )
  certificate = await certificateOf(rsa.spki, signer, { fromSeconds: 0, toSeconds: 4_000_000_000 })
}, 60_000)

/** The canonical key, or the problem. */
async function check(kind: KindOfSecret, value: unknown, config = CONFIG) {
  const checked = await kind.check(value, config)
  if (!checked.ok) return checked.problems.map(({ problem }) => problem).join(' ')
  return checked.secret.kind === 'public-key' ? `${checked.secret.algorithm} ${checked.secret.spki}` : ''
}

/** Forms in which a key is accepted. */
const SPELLINGS: readonly (readonly [string, (der: Uint8Array) => string])[] = [
  ['PEM', (der) => pem(der)],
  ['PEM with CRLF', (der) => pem(der).replaceAll('\n', '\r\n')],
  ['PEM without its last line feed', (der) => pem(der).trim()],
  ['PEM on one line', (der) => pem(der).replaceAll('\n', ' ')],
  ['base64', (der) => toBase64(der)],
  ['base64 in lines', (der) => (toBase64(der).match(/.{1,40}/g) ?? []).join('\n')],
  ['base64 without its padding', (der) => toBase64(der).replace(/=+$/, '')],
  ['base64 between spaces', (der) => ` ${toBase64(der)}\n`],
]

describe.each([
  ['ECDSA P-256', ecdsaP256Public, 'ecdsa-p256', () => ec],
  ['RSA', rsaPublic, 'rsa', () => rsa],
  ['Ed25519', ed25519Public, 'ed25519', () => ed],
] as const)('an %s public key', (_name, kind, algorithm, files) => {
  it.each(SPELLINGS)('is accepted as %s', async (_what, spell) => {
    expect(await check(kind, spell(files().spki))).toBe(`${algorithm} ${toBase64(files().spki)}`)
  })

  it.each<[string, () => unknown, RegExp]>([
    ['nothing', () => '', /empty/i],
    ['a blank', () => ' \n ', /empty/i],
    ['a number', () => 42, /as text/],
    ['an object', () => ({ kty: 'EC' }), /as text/],
    ['a private key as PEM', () => pem(files().pkcs8, 'PRIVATE KEY'), /a private key/],
    ['a private key as base64', () => toBase64(files().pkcs8), /a private key/],
    ['an old private key as PEM', () => pem(files().pkcs8, 'RSA PRIVATE KEY'), /a private key/],
    ['an encrypted private key', () => pem(files().pkcs8, 'ENCRYPTED PRIVATE KEY'), /a private key/],
    ['a certificate as PEM', () => certificate, /a certificate/],
    ['a certificate as base64', () => certificate.replaceAll(/-----[^-]*-----|\s/g, ''), /a certificate/],
    ['two keys', () => pem(files().spki) + pem(files().spki), /several keys/],
    ['PEM with \\n for line breaks', () => pem(files().spki).replaceAll('\n', '\\n'), /line breaks/],
    ['PEM cut short', () => pem(files().spki).slice(0, -20), /broken/],
    ['base64url', () => `${toBase64(files().spki).replace(/=+$/, '').slice(0, -2)}-_`, /base64url|Must be/],
    [
      'a SendGrid API key',
      () => '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',
      /a SendGrid API key/,
    ],
    ['a Mailgun key', () => 'key-3ax6xnjp29jd6fds4gc373sgvjxteol0', /a Mailgun API or signing key/],
    [
      'a Standard Webhooks secret',
      () => 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      /a Standard Webhooks secret/,
    ],
    ['an SSH key', () => 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample me@host', /an SSH public key/],
    ['a DKIM record', () => `v=DKIM1; t=s; h=sha256; p=${toBase64(files().spki)}`, /a DKIM record/],
    ['a JWK', () => '{"kty":"EC"}', /JSON/],
    ['a URL', () => 'https://issuer.example/key.pem', /a URL/],
    ['a word', () => 'not a key!', /neither PEM nor base64/],
    [
      'base64 of something',
      () => toBase64(utf8('x'.repeat(50))),
      /50 bytes that are not a complete key file/,
    ],
    [
      'a byte behind the key',
      () => toBase64(concat([files().spki, Uint8Array.of(0)])),
      /not a complete key file/,
    ],
    ['a byte too few', () => toBase64(files().spki.slice(0, -1)), /not a complete key file/],
    ['too much', () => 'A'.repeat(9_000), /too long/],
  ])('is refused with the name of what was sent: %s', async (_what, value, problem) => {
    const text = await check(kind, value())
    expect(text).toMatch(problem)
    if (typeof value() === 'string' && value() !== '' && String(value()).trim() !== '')
      expect(text).not.toContain(String(value()).trim().slice(0, 30))
  })
})

describe('a public key of another algorithm', () => {
  it.each<[string, KindOfSecret, () => Uint8Array, RegExp]>([
    ['P-384 for P-256', ecdsaP256Public, () => p384.spki, /curve key on P-384/],
    ['RSA for P-256', ecdsaP256Public, () => rsa.spki, /an RSA key/],
    ['Ed25519 for P-256', ecdsaP256Public, () => ed.spki, /an Ed25519 key/],
    ['P-256 for RSA', rsaPublic, () => ec.spki, /curve key on P-256/],
    ['Ed25519 for RSA', rsaPublic, () => ed.spki, /an Ed25519 key/],
    ['P-256 for Ed25519', ed25519Public, () => ec.spki, /curve key on P-256/],
    ['X25519 for Ed25519', ed25519Public, () => x.spki, /another algorithm/],
  ])('is named in the error: %s', async (_what, kind, der, problem) => {
    expect(await check(kind, pem(der()))).toMatch(problem)
    expect(await check(kind, toBase64(der()))).toMatch(problem)
  })
})

describe('an ECDSA P-256 public key', () => {
  it('has its point on the curve', async () => {
    const off = ec.spki.slice()
    off[off.byteLength - 1] = (off.at(-1) ?? 0) ^ 1
    expect(await check(ecdsaP256Public, toBase64(off))).toMatch(/not on the curve/)
    const infinity = concat([ec.spki.slice(0, 27), new Uint8Array(64)])
    expect(await check(ecdsaP256Public, toBase64(infinity))).toMatch(/not on the curve/)
  })

  it('is refused as a raw point and as raw bytes', async () => {
    expect(await check(ecdsaP256Public, toBase64(ec.spki.slice(-65)))).toMatch(/raw point/)
    expect(await check(ecdsaP256Public, toBase64(new Uint8Array(32).fill(9)))).toMatch(/32 raw bytes/)
  })
})

describe('an RSA public key', () => {
  it('has at least 1,024 bits for an ESP, and 2,048 for a sender of the operator', async () => {
    const { spki } = await rsaFiles(1_024)
    const own = v.parse(SourceConfigSchema, {
      provider: 'generic',
      signature: { algorithm: 'rsa-pkcs1-sha256', header: 'x-signature', encoding: 'hex', signed: '{body}' },
    })
    expect(await check(rsaPublic, toBase64(spki))).toBe(`rsa ${toBase64(spki)}`)
    expect(await check(anyPublic, toBase64(spki), own)).toMatch(/1024 bits/)
    expect(await check(anyPublic, toBase64(rsa.spki), own)).toBe(`rsa ${toBase64(rsa.spki)}`)
  }, 60_000)

  it.each([
    [512, /too weak/],
    [8_200, /too large/],
  ])('of %i bits is refused', async (bits, problem) => {
    expect(await check(rsaPublic, toBase64(rsaSpki((1n << BigInt(bits)) - 1n, 65_537n)))).toMatch(problem)
  })

  it.each([1n, 2n, 65_536n])('with the exponent %i is broken', async (exponent) => {
    expect(await check(rsaPublic, toBase64(rsaSpki((1n << 2_048n) - 1n, exponent)))).toMatch(/broken/)
  })
})

describe('an Ed25519 public key', () => {
  it('may be the raw 32 bytes', async () => {
    expect(await check(ed25519Public, toBase64(ed.spki.slice(-32)))).toBe(`ed25519 ${toBase64(ed.spki)}`)
  })

  it('is not 64 raw bytes, which hold the private half', async () => {
    expect(await check(ed25519Public, toBase64(new Uint8Array(64).fill(3)))).toMatch(/64 raw bytes/)
  })

  /** The eight points of small order, their non-canonical encodings, and an encoding of no point (y = 2). */
  it.each([
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0000000000000000000000000000000000000000000000000000000000000080',
    '0100000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000080',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    '0200000000000000000000000000000000000000000000000000000000000000',
  ])('is refused if it is not a usable point: %s', async (hex) => {
    const raw = fromHex(hex) ?? utf8('malformed')
    expect(await check(ed25519Public, toBase64(raw))).toMatch(/not a valid Ed25519 key/)
    expect(await check(ed25519Public, toBase64(concat([ed.spki.slice(0, 12), raw])))).toMatch(
      /not a valid Ed25519 key/,
    )
  })

  it('is accepted for every key that WebCrypto generates', async () => {
    for (let i = 0; i < 20; i++) expect(isStrongPoint((await ed25519Files()).spki.slice(-32))).toBe(true)
    // RFC 8032 section 7.1.
    expect(isStrongPoint(fromBase64('11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=') ?? utf8(''))).toBe(true)
  })
})

/** An SPKI of any numbers (RFC 8017 appendix A.1.1). */
function rsaSpki(modulus: bigint, exponent: bigint): Uint8Array {
  const key = tlv(0x30, integer(modulus), integer(exponent))
  const algorithm = fromHex('300d06092a864886f70d0101010500') ?? utf8('malformed')
  return tlv(0x30, algorithm, tlv(0x03, Uint8Array.of(0), key))
}

function integer(value: bigint): Uint8Array {
  const text = value.toString(16)
  const even = text.length % 2 === 0 ? text : `0${text}`
  return tlv(0x02, fromHex(/^[89a-f]/.test(even) ? `00${even}` : even) ?? utf8('malformed'))
}

function tlv(tag: number, ...parts: Uint8Array[]): Uint8Array {
  const content = concat(parts)
  const length = content.byteLength
  const header =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return concat([Uint8Array.of(tag, ...header), content])
}

it('tells of a cut public key that it is a part, and not that it is a public key', async () => {
  const text = toBase64(ec.spki)
  for (const part of [text.slice(0, 61), text.slice(0, 60), `${text.slice(0, 60)}…`]) {
    const told = await check(ecdsaP256Public, part)
    expect(told).toMatch(/^Must be an ECDSA P-256 public key, but this is .*(?:part|not a complete key)/)
    expect(told).not.toMatch(/but this is a public key/)
  }
})
