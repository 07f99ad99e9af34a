/** Ed25519 (RFC 8032 section 5.1). */
import type { Ed25519Credentials } from '../../providers/shared/presented-credentials.ts'
import type { Scheme } from './scheme.ts'
import { type How, verifySigned } from './signatures.ts'

export const ED25519_SIGNATURE_BYTES = 64

export const BY_ED25519: How = {
  use: 'ed25519',
  form: (signature) => (signature.byteLength === ED25519_SIGNATURE_BYTES ? signature : undefined),
}

export const ed25519: Scheme<Ed25519Credentials> = {
  name: 'ed25519',
  verify: (credentials, context) => verifySigned(credentials, context, BY_ED25519),
}
