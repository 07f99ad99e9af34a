/** Ed25519 (RFC 8032 section 5.1). */
import type { Ed25519Evidence } from '../../providers/evidence.ts'
import type { Scheme } from './scheme.ts'
import { type How, verifySigned } from './signatures.ts'

export const ED25519_SIGNATURE_BYTES = 64

const HOW: How = {
  use: 'ed25519',
  form: (signature) => (signature.byteLength === ED25519_SIGNATURE_BYTES ? signature : undefined),
}

export const ed25519: Scheme<Ed25519Evidence> = {
  name: 'ed25519',
  verify: (evidence, context) => verifySigned(evidence, context, HOW),
}
