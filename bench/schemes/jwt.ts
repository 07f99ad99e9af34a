/** Signed tokens with the claims that ESPs sign: issuer, audience, time and the digest of the body. */
import { jwtVerify } from 'jose'
import { createJwt } from '../../src/gateway/authenticate/jwt.ts'
import { type Bytes, toBase64Url, toHex, utf8 } from '../../src/platform/bytes.ts'
import {
  COVERED,
  NOW_SECONDS,
  RSA,
  checks,
  decoded,
  hmacKey,
  pairOf,
  schemeVerifies,
  sign,
} from '../making.ts'
import type { Row, Verify } from '../row.ts'

const SECRET = 'bench-0123456789-abcdefghij-0123456789'
const KEY_ID = 'bench'
const CLAIMS = {
  iss: 'https://issuer.example',
  aud: 'https://hooks.example.com',
  iat: NOW_SECONDS,
  nbf: NOW_SECONDS,
  exp: NOW_SECONDS + 300,
  jti: '01890a5d-ac96-774b-bcce-b302099a8057',
}

/** Header and claims as signed (RFC 7515 section 5.1). The claims include the digest of the body. */
async function signedPart(alg: string, body: Bytes): Promise<string> {
  const payload_hash = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', body)))
  const claims = { ...CLAIMS, payload_hash }
  return [{ alg, kid: KEY_ID }, claims].map((part) => toBase64Url(utf8(JSON.stringify(part)))).join('.')
}

const credentialsOf = (signed: string, signature: Bytes) =>
  ({ ...COVERED, scheme: 'jwt', token: `${signed}.${toBase64Url(signature)}` }) as const

const joseVerifies =
  (token: string, key: CryptoKey, alg: string): Verify =>
  () =>
    jwtVerify(token, key, { algorithms: [alg], currentDate: new Date(NOW_SECONDS * 1_000) }).then(
      () => true,
      () => false,
    )

function bareVerifies(token: string, key: CryptoKey, algorithm: string): Verify {
  const encoder = new TextEncoder()
  const decoder = new TextDecoder()
  return async () => {
    const [header = '', payload = '', signature = ''] = token.split('.')
    const signed = encoder.encode(`${header}.${payload}`)
    if (!(await crypto.subtle.verify(algorithm, key, decoded(signature, 'base64url'), signed))) return false
    const { nbf, exp } = JSON.parse(decoder.decode(decoded(payload, 'base64url'))) as {
      nbf: number
      exp: number
    }
    return nbf <= NOW_SECONDS && NOW_SECONDS < exp
  }
}

export const jwtHs256: Row = {
  name: 'jwt HS256',
  async prepare(made, sent) {
    const key = await hmacKey(utf8(SECRET))
    const signature = await sign('HMAC', key, utf8(await signedPart('HS256', made)))
    const signed = await signedPart('HS256', sent)
    const credentials = credentialsOf(signed, signature)
    return {
      check: checks('HMAC', key, signature, utf8(signed)),
      bare: bareVerifies(credentials.token, key, 'HMAC'),
      ours: schemeVerifies(createJwt(), credentials, { kind: 'text', text: SECRET }),
      official: { jose: joseVerifies(credentials.token, key, 'HS256') },
    }
  },
}

export const jwtRs256: Row = {
  name: 'jwt RS256',
  async prepare(made, sent) {
    const pair = await pairOf(RSA)
    const signature = await sign(RSA.name, pair.privateKey, utf8(await signedPart('RS256', made)))
    const signed = await signedPart('RS256', sent)
    const { kty, n, e } = (await crypto.subtle.exportKey('jwk', pair.publicKey)) as JsonWebKey
    const issuer = async () => Response.json({ keys: [{ kty, n, e, kid: KEY_ID }] })
    const secret = { kind: 'jwks-url', url: 'https://issuer.example/jwks.json' } as const
    const credentials = credentialsOf(signed, signature)
    return {
      check: checks(RSA.name, pair.publicKey, signature, utf8(signed)),
      bare: bareVerifies(credentials.token, pair.publicKey, RSA.name),
      ours: schemeVerifies(createJwt(), credentials, secret, issuer),
      official: { jose: joseVerifies(credentials.token, pair.publicKey, 'RS256') },
    }
  },
}
