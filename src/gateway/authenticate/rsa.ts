/** RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2). WebCrypto compares the whole padded block, so padding tricks fail. */
import type { RsaCredentials } from '../../providers/shared/presented-credentials.ts'
import type { KeyUse, Scheme } from './scheme.ts'
import { type How, verifySigned } from './signatures.ts'

const how = (use: KeyUse): How => ({ use, form: (signature) => signature })

const HASHES: Readonly<Record<RsaCredentials['hash'], How>> = {
  'SHA-1': how('rsa-pkcs1-sha1'),
  'SHA-256': how('rsa-pkcs1-sha256'),
}

export const rsa: Scheme<RsaCredentials> = {
  name: 'rsa',
  verify: (credentials, context) => verifySigned(credentials, context, HASHES[credentials.hash]),
}
