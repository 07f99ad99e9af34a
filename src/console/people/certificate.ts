/** The certificate of an erasure: a JWS (RFC 7515) with EdDSA (RFC 8037). */
import { CompactSign, calculateJwkThumbprint, exportJWK } from 'jose'
import type { Certificate, CertificateKey } from '../../api/erasures.ts'
import { type Bytes, concat, fromHex, toHex, utf8 } from '../../platform/bytes.ts'
import type { People } from '../../store/people.ts'

/** The purpose of the key's seed. It is derived from the key of the blind index, which never changes. */
const KEY_PURPOSE = 'erasure-certificates'
const PERSON_PURPOSE = 'erasure-certificates/person'

/** RFC 8410 section 7: a private Ed25519 key is this, and its 32 bytes. */
const PKCS8_PREFIX = fromHex('302e020100300506032b657004220420') ?? new Uint8Array()

const PERSON_BYTES = 16

type Keys = Pick<People, 'keyFor'>

export async function signCertificate(certificate: Certificate, people: Keys): Promise<string> {
  const { kid } = await certificateKey(people)
  const payload = utf8(JSON.stringify(certificate))
  return new CompactSign(payload)
    .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'postern-erasure+jws' })
    .sign(await privateKey(people))
}

/** The public key. */
export async function certificateKey(people: Keys): Promise<CertificateKey> {
  const { x } = await exportJWK(await privateKey(people))
  if (x === undefined) throw new TypeError('an Ed25519 key has no public part')
  const key = { kty: 'OKP', crv: 'Ed25519', x } as const
  return { ...key, kid: await calculateJwkThumbprint(key), alg: 'EdDSA', use: 'sig' }
}

/**
 * A name for the person in certificates. It is made from the blind index, which is still known when the address is forgotten, and it tells
 * nothing of that index: whoever has both a certificate and a copy of the store must not find the rows of a person.
 */
export async function certificatePerson(index: string, people: Keys): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const raw: Bytes = await people.keyFor(PERSON_PURPOSE)
  const key = await crypto.subtle.importKey('raw', raw, algorithm, false, ['sign'])
  return toHex(new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8(index)), 0, PERSON_BYTES))
}

async function privateKey({ keyFor }: Keys): Promise<CryptoKey> {
  const pkcs8 = concat([PKCS8_PREFIX, await keyFor(KEY_PURPOSE)])
  // Extractable: its public part is exported.
  return crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', true, ['sign'])
}
