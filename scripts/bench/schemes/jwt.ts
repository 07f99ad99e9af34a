/**
 * Signed tokens whose claims are as long as the body of the other rows. Bare verifies the signature and reads nothing. Beside it
 * stand those that decode and judge the claims, as every verifier of tokens must: jose, and the least that can be written by
 * hand around WebCrypto, with the runtime's own decoders and no care for other spellings.
 */
import { jwtVerify } from 'jose'
import { createJwt } from '../../../src/gateway/authenticate/jwt.ts'
import { type Bytes, toBase64Url, utf8 } from '../../../src/platform/bytes.ts'
import { COVERED, NOW_SECONDS, RSA, bareVerifies, hmacKey, pairOf, schemeVerifies, sign } from '../making.ts'
import type { Row, Verify } from '../row.ts'

const SECRET = 'bench-0123456789-abcdefghij-0123456789'
const KEY_ID = 'bench'
const TIMES = { iat: NOW_SECONDS, nbf: NOW_SECONDS, exp: NOW_SECONDS + 300 }

/** Header and claims, as they are signed (RFC 7515 section 5.1). */
function signedPart(alg: string, body: Bytes): string {
  const claims = { ...TIMES, body: Buffer.from(body).toString('latin1') }
  return [{ alg, kid: KEY_ID }, claims].map((part) => toBase64Url(utf8(JSON.stringify(part)))).join('.')
}

const evidenceOf = (signed: string, signature: Bytes) =>
  ({ ...COVERED, scheme: 'jwt', token: `${signed}.${toBase64Url(signature)}` }) as const

const joseVerifies =
  (token: string, key: CryptoKey, alg: string): Verify =>
  () =>
    jwtVerify(token, key, { algorithms: [alg], currentDate: new Date(NOW_SECONDS * 1_000) }).then(
      () => true,
      () => false,
    )

/** ES2026: workerd has it, Node 24 has not. */
const decoding = Uint8Array as unknown as {
  readonly fromBase64?: (text: string, options: { readonly alphabet: 'base64url' }) => Bytes
}

const bytesOf = (part: string): Uint8Array<ArrayBuffer> =>
  decoding.fromBase64?.(part, { alphabet: 'base64url' }) ?? Buffer.from(part, 'base64url')

function handVerifies(token: string, key: CryptoKey, algorithm: string): Verify {
  const encoder = new TextEncoder()
  const decoder = new TextDecoder()
  return async () => {
    const [header = '', payload = '', signature = ''] = token.split('.')
    const signed = encoder.encode(`${header}.${payload}`)
    if (!(await crypto.subtle.verify(algorithm, key, bytesOf(signature), signed))) return false
    const { nbf, exp } = JSON.parse(decoder.decode(bytesOf(payload))) as { nbf: number; exp: number }
    return nbf <= NOW_SECONDS && NOW_SECONDS < exp
  }
}

export const jwtHs256: Row = {
  name: 'jwt HS256',
  async prepare(made, sent) {
    const key = await hmacKey(utf8(SECRET))
    const signature = await sign('HMAC', key, utf8(signedPart('HS256', made)))
    const signed = signedPart('HS256', sent)
    const evidence = evidenceOf(signed, signature)
    return {
      bare: bareVerifies('HMAC', key, signature, utf8(signed)),
      ours: schemeVerifies(createJwt(), evidence, { kind: 'text', text: SECRET }),
      official: {
        jose: joseVerifies(evidence.token, key, 'HS256'),
        'by hand': handVerifies(evidence.token, key, 'HMAC'),
      },
    }
  },
}

export const jwtRs256: Row = {
  name: 'jwt RS256',
  async prepare(made, sent) {
    const pair = await pairOf(RSA)
    const signature = await sign(RSA.name, pair.privateKey, utf8(signedPart('RS256', made)))
    const signed = signedPart('RS256', sent)
    const { kty, n, e } = (await crypto.subtle.exportKey('jwk', pair.publicKey)) as JsonWebKey
    const issuer = async () => Response.json({ keys: [{ kty, n, e, kid: KEY_ID }] })
    const secret = { kind: 'jwks-url', url: 'https://issuer.example/jwks.json' } as const
    const evidence = evidenceOf(signed, signature)
    return {
      bare: bareVerifies(RSA.name, pair.publicKey, signature, utf8(signed)),
      ours: schemeVerifies(createJwt(), evidence, secret, issuer),
      official: {
        jose: joseVerifies(evidence.token, pair.publicKey, 'RS256'),
        'by hand': handVerifies(evidence.token, pair.publicKey, RSA.name),
      },
    }
  },
}
